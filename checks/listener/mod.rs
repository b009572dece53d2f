//! The listener: its rules, its default action, and what they do with a request.

pub mod action_authenticate;
pub mod action_jwt_validation;
pub(crate) mod asked;
pub mod default_action_fixed_response;
pub mod forward_weight_zero;
mod forwards;
pub(crate) mod host;
pub mod listener_redirects_to_https;
pub mod listener_server_header_off;
mod login;
mod missed;
pub(crate) mod new_rule;
pub mod rule_forwards_to_unpopulated_tg;
pub mod rule_header_secret;
pub mod rule_host_mismatch;
pub mod rule_method;
pub mod rule_order;
pub mod rule_path_mismatch;
pub mod rule_source_ip;
pub mod rule_transform;
