//! The stage: which one serves a request, and whether it serves anything.

pub mod autodeploy_failed;
mod new_stage;
pub mod no_default_stage;
pub mod no_stage;
pub mod stage_shadows_path;
pub mod stage_without_deployment;
pub mod undeployed_changes;
