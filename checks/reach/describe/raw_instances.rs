//! Instances as they are written: only whether they run.
//! Field meanings: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Instance.html>.

use super::raw::{absent, items};
use serde::Deserialize;

items! {
    struct Reservation {
        #[serde(default, deserialize_with = "absent")]
        instances: Vec<Instance>,
    }
    struct Instance {
        instance_id: String,
        state: Option<InstanceState>,
    }
    struct InstanceState {
        #[serde(default, deserialize_with = "absent")]
        name: String,
    }
}
