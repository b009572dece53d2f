//! The target group: who is registered, whether the load balancer can reach them, what their health says.

pub(crate) mod closed;
pub(crate) mod doors;
pub mod hc_code_mismatch;
pub mod hc_connect_refused;
pub mod hc_timeout;
pub(crate) mod health;
pub mod lb_is_client_hairpin;
pub(crate) mod preservation;
mod registration;
mod replacement;
pub mod target_az_not_enabled;
pub mod target_draining;
pub mod target_health_unavailable;
pub mod target_initial;
pub mod target_invalid_state;
pub mod target_ip_unusable;
pub mod target_sg_hc_port;
pub mod target_sg_traffic_port;
pub mod target_type_instance_awsvpc;
pub mod tg_all_unhealthy;
pub mod tg_empty;
pub mod tg_protocol_https_vs_plain;
pub mod tg_protocol_version;
mod unused;
pub(crate) mod visitor;
