//! The VPC link: whether it exists and works, where it lives, and whether its packets may leave.

mod new_link;
mod state;

pub mod vpclink_failed;
pub mod vpclink_inactive;
pub mod vpclink_missing;
pub mod vpclink_pending;
pub mod vpclink_sg_egress;
pub mod vpclink_single_az;
pub mod vpclink_subnet_no_ip;
pub mod vpclink_vpc_differs_from_lb;
