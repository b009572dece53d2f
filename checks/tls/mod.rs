//! TLS between API Gateway and the load balancer.

pub(crate) mod fixes;
mod missing;
mod mutual;
pub(crate) mod served;

pub mod lb_cert_expired;
pub mod lb_cert_incomplete_chain;
pub mod lb_cert_key_or_alg;
pub mod lb_cert_private_ca;
pub mod lb_cert_self_signed;
pub mod lb_mtls_passthrough;
pub mod lb_mtls_verify;
pub mod secure_server_name_missing;
pub mod server_name_is_elb_dns_name;
pub mod server_name_san_mismatch;
pub mod server_name_wildcard_literal;
pub mod ssl_policy_tls13_only;
pub mod tls_config_on_internet;
pub mod tls_missing_nlb_tls;
pub mod tls_missing_tcp_passthrough;
pub mod tls_to_http_listener;
pub mod truststore_removed;
pub mod wildcard_depth;
pub mod wrong_default_cert;
