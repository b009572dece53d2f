//! The way in: the default endpoint, and custom domains.

pub mod execute_api_disabled;
