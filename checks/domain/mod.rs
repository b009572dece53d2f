//! The way in: the default endpoint, and custom domains.

pub mod domain_status_not_available;
mod entry;
pub mod execute_api_bypass_of_mtls;
pub mod execute_api_disabled;
