//! The load balancer: state, exposure, security groups, attributes.

pub mod alb_behind_nlb_cross_zone;
pub mod desync_strictest;
mod from_link;
pub mod lb_internet_facing;
pub mod lb_not_active;
pub mod lb_sg_egress;
pub mod lb_sg_ingress_from_link;
pub mod nlb_client_ip_preservation;
pub mod nlb_cross_zone_off;
pub mod nlb_no_sg;
pub mod nlb_proxy_protocol;
pub mod nlb_sg_ingress;
mod replacement;
mod zones;
