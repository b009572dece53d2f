//! TLS between API Gateway and the load balancer.

mod fixes;
mod served;

pub mod secure_server_name_missing;
pub mod tls_to_http_listener;
