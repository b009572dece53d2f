//! The VPC link: whether it exists and works, where it lives, and whether its packets may leave.

pub(crate) mod across;
pub(crate) mod new_link;
mod state;
mod to_instances;

pub mod service_linked_role_missing;
pub mod vpclink_az_no_overlap;
pub mod vpclink_cannot_reactivate;
pub mod vpclink_eni_missing;
pub mod vpclink_failed;
pub mod vpclink_inactive;
pub mod vpclink_missing;
pub mod vpclink_no_sg;
pub mod vpclink_pending;
pub mod vpclink_sg_egress;
pub mod vpclink_single_az;
pub mod vpclink_subnet_no_ip;
pub mod vpclink_vpc_differs_from_lb;
