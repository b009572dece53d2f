//! TLS between API Gateway and the load balancer.

pub mod secure_server_name_missing;
