//! The network between the VPC link, the load balancer and its targets: network ACLs, route tables, room for addresses.

#[cfg(test)]
mod agreement;
mod between;
#[cfg(test)]
mod callers;
mod ends;
mod entries;
mod far;
mod kept_back;
pub mod lb_subnet_exhausted;
pub mod nacl_lb_in;
pub mod nacl_lb_return;
pub mod nacl_lb_to_target;
pub mod nacl_link_out;
pub mod nacl_link_return;
pub mod nacl_target_return;
mod passage;
pub mod route_blackhole_or_missing;
mod talk;
mod to_targets;
mod way_back;
