//! The load balancers' answers as they are written.
//! Field meanings: <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/Welcome.html>.

use super::raw::{absent, items};
use serde::Deserialize;

items! {
    struct Balancer {
        load_balancer_arn: String,
        #[serde(default, deserialize_with = "absent")]
        load_balancer_name: String,
        #[serde(default, deserialize_with = "absent")]
        r#type: String,
    }
    struct ListenersOf {
        load_balancer_arn: Option<String>,
        #[serde(default, deserialize_with = "absent")]
        listeners: Vec<Listener>,
    }
    struct Listener {
        load_balancer_arn: String,
        port: Option<u16>,
        #[serde(default, deserialize_with = "absent")]
        protocol: String,
        #[serde(default, deserialize_with = "absent")]
        default_actions: Vec<Action>,
    }
    struct Action {
        target_group_arn: Option<String>,
        forward_config: Option<Forward>,
    }
    struct Forward {
        #[serde(default, deserialize_with = "absent")]
        target_groups: Vec<ForwardTo>,
    }
    struct ForwardTo {
        target_group_arn: Option<String>,
        weight: Option<u32>,
    }
    struct AttributesOf {
        load_balancer_arn: Option<String>,
        target_group_arn: Option<String>,
        #[serde(default, deserialize_with = "absent")]
        attributes: Vec<Attribute>,
    }
    struct Attribute {
        key: String,
        #[serde(default, deserialize_with = "absent")]
        value: String,
    }
    struct TargetGroup {
        target_group_arn: String,
        #[serde(default, deserialize_with = "absent")]
        target_group_name: String,
        #[serde(default, deserialize_with = "absent")]
        target_type: String,
        #[serde(default, deserialize_with = "absent")]
        protocol: String,
        port: Option<u16>,
    }
    struct HealthOf {
        target_group_arn: String,
        #[serde(default, deserialize_with = "absent")]
        target_health_descriptions: Vec<Health>,
    }
    struct Health {
        target: TargetRef,
        target_health: Option<TargetState>,
    }
    struct TargetRef {
        id: String,
        port: Option<u16>,
    }
    struct TargetState {
        #[serde(default, deserialize_with = "absent")]
        state: String,
    }
}
