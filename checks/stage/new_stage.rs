//! The fix that two checks share: a stage that is served without a segment in the URL.

use crate::finding::{Fix, Risk};
use crate::model::deployment::Deployment;
use crate::model::gateway::DEFAULT_STAGE;
use crate::remedy;
use crate::steps::{aws, quote};
use serde_json::json;

/// Creates `$default`, which deploys by itself.
pub(super) fn create_default_stage(deployment: &Deployment) -> Fix {
    // It deploys by itself: AWS gives the deployment its id; the model only has to know that there is one.
    let deployed = "the new deployment";
    let stage = json!({"name": DEFAULT_STAGE, "auto_deploy": true, "deployment_id": deployed, "last_deployment_status_message": null});
    let change = vec![remedy::set(&["stages", "known", DEFAULT_STAGE], stage)];
    let api = quote(deployment.api_id());
    let command = format!("apigatewayv2 create-stage --api-id {api} --stage-name {} --auto-deploy", quote(DEFAULT_STAGE));
    Fix::new("create the stage $default, served without a segment in the URL", Risk::Safe, change)
        .cli(aws(deployment, &command))
        .console("API Gateway: Deploy → Stages → Create → name $default, automatic deployment on")
}
