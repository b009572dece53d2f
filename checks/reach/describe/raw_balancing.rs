//! The load balancers' answers as they are written.
//! Field meanings: <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/Welcome.html>.

use super::raw::items;
use serde::Deserialize;

items! {
    struct Balancer {
        load_balancer_arn: String,
        #[serde(default)]
        load_balancer_name: String,
        #[serde(default)]
        r#type: String,
    }
    struct ListenersOf {
        #[serde(default)]
        listeners: Vec<Listener>,
    }
    struct Listener {
        load_balancer_arn: String,
        port: Option<u16>,
        #[serde(default)]
        protocol: String,
        #[serde(default)]
        default_actions: Vec<Action>,
    }
    struct Action {
        target_group_arn: Option<String>,
        forward_config: Option<Forward>,
    }
    struct Forward {
        #[serde(default)]
        target_groups: Vec<ForwardTo>,
    }
    struct ForwardTo {
        target_group_arn: Option<String>,
        weight: Option<u32>,
    }
    struct AttributesOf {
        load_balancer_arn: Option<String>,
        target_group_arn: Option<String>,
        #[serde(default)]
        attributes: Vec<Attribute>,
    }
    struct Attribute {
        key: String,
        #[serde(default)]
        value: String,
    }
    struct TargetGroup {
        target_group_arn: String,
        #[serde(default)]
        target_group_name: String,
        #[serde(default)]
        target_type: String,
        #[serde(default)]
        protocol: String,
        port: Option<u16>,
    }
    struct HealthOf {
        target_group_arn: String,
        #[serde(default)]
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
        #[serde(default)]
        state: String,
    }
}
