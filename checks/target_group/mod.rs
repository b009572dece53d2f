//! The target group: who is registered, whether the load balancer can reach them, what their health says.

pub mod hc_code_mismatch;
pub mod hc_connect_refused;
pub mod hc_timeout;
mod health;
pub mod tg_empty;
