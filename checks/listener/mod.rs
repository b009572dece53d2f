//! The listener: its rules, its default action, and what they do with a request.

pub(crate) mod asked;
pub mod default_action_fixed_response;
pub(crate) mod host;
pub mod listener_redirects_to_https;
mod new_rule;
pub mod rule_host_mismatch;
pub mod rule_path_mismatch;
