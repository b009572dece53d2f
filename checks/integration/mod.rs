//! The integration: what it leads to, how it gets there, and what it does to the request.

pub mod cross_account_or_region;
pub mod host_not_what_rules_expect;
pub mod integration_method_fixed;
pub mod integration_not_private;
pub mod integration_timeout_short;
pub mod overwrite_path_wrong;
pub mod path_decoded;
pub mod payload_format_version;
pub mod response_mapping_hides_status;
pub mod stage_prefix_forwarded;
pub mod uri_listener_gone;
pub mod uri_wrong_listener;
