//! The way in: the default endpoint, and custom domains.

mod certificate;
pub mod client_mtls_rejected;
pub mod domain_cert_expired;
pub mod domain_cert_wildcard_depth;
pub mod domain_status_not_available;
mod entry;
pub mod execute_api_bypass_of_mtls;
pub mod execute_api_disabled;
pub mod ipv6_client_on_ipv4_api;
pub mod mapping_missing;
pub mod mapping_stage_in_url;
pub mod mapping_wrong_stage;
pub mod mtls_truststore_warnings;
pub mod routing_rule_shadows_mapping;
