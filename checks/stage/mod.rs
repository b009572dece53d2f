//! The stage: which one serves a request, whether it serves anything, and what it lets through.

mod access_log;
pub mod access_log_broken;
pub mod access_log_off;
mod asked;
pub mod autodeploy_failed;
pub mod deployment_pending;
mod new_stage;
pub mod no_default_stage;
pub mod no_stage;
pub mod stage_shadows_path;
pub mod stage_variable_missing;
pub mod stage_without_deployment;
pub mod throttle_low;
pub mod throttle_zero;
mod throttling;
pub mod undeployed_changes;
