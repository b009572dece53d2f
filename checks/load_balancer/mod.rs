//! The load balancer: state, exposure, security groups, attributes.

pub mod desync_strictest;
pub mod lb_internet_facing;
pub mod lb_not_active;
pub mod lb_sg_egress;
pub mod lb_sg_ingress_from_link;
mod replacement;
