//! TLS between API Gateway and the load balancer.

mod fixes;
mod missing;
mod served;

pub mod lb_cert_expired;
pub mod lb_cert_private_ca;
pub mod lb_cert_self_signed;
pub mod secure_server_name_missing;
pub mod server_name_is_elb_dns_name;
pub mod server_name_san_mismatch;
pub mod tls_config_on_internet;
pub mod tls_missing_nlb_tls;
pub mod tls_missing_tcp_passthrough;
pub mod tls_to_http_listener;
pub mod wildcard_depth;
