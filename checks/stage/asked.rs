//! The stages that the requests asked about go to.

use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Stage;

/// Each stage that a request which was asked about goes to, once, by name.
pub(super) fn asked_stages(deployment: &Deployment) -> Result<Vec<&Stage>, Gap> {
    let mut stages = Vec::new();
    for request in deployment.requests() {
        stages.extend(deployment.stage_for(request)?); // none: no-stage or no-default-stage reports it
    }
    stages.sort_by(|a, b| a.name.cmp(&b.name));
    stages.dedup_by(|a, b| a.name == b.name);
    Ok(stages)
}
