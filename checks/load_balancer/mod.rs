//! The load balancer: state, exposure, security groups, attributes.

pub mod alb_behind_nlb_cross_zone;
pub mod desync_strictest;
pub mod drop_invalid_headers;
mod from_link;
pub mod idle_timeout_shorter_than_backend;
pub mod lb_impaired;
pub mod lb_internet_facing;
pub mod lb_not_active;
pub mod lb_sg_egress;
pub mod lb_sg_ingress_from_link;
pub mod lb_sg_stale_reference;
pub mod nlb_client_ip_preservation;
pub mod nlb_cross_zone_off;
pub mod nlb_no_sg;
pub mod nlb_proxy_protocol;
pub mod nlb_sg_ingress;
mod reach;
mod replacement;
pub mod waf_blocks;
pub mod waf_fail_closed;
pub mod waf_rate_sees_link_ip;
pub mod zonal_shift_active;
pub(crate) mod zones;
