//! The target group: who is registered, whether the load balancer can reach them, what their health says.

mod closed;
mod doors;
pub mod hc_code_mismatch;
pub mod hc_connect_refused;
pub mod hc_timeout;
mod health;
pub mod target_sg_hc_port;
pub mod target_sg_traffic_port;
pub mod tg_empty;
