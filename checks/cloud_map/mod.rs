//! Cloud Map services that integrations name instead of a load balancer.

pub mod cm_all_unhealthy;
pub mod cm_host_is_task_address;
pub mod cm_no_instances;
pub mod cm_no_port;
pub mod cm_query_filter;
pub mod cm_registry_port_missing;
pub mod cm_service_deleted;
pub mod cm_stale_instances;
pub mod cm_task_sg;
pub mod cm_tls;
pub mod cm_vpc_mismatch;
pub(crate) mod doors;
mod found;
mod life;
