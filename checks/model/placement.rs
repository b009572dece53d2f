//! What a subnet has around it, and what stands in it: network ACL, route table, interfaces.

use super::balancing::LoadBalancer;
use super::deployment::Deployment;
use super::fetched::Gap;
use super::network::{NetworkAcl, NetworkInterface, RouteTable, SecurityGroup, Subnet};
use super::part::Part;
use super::subject::arn_tail;

impl Deployment {
    /// The network ACL of a subnet. Every subnet has exactly one, and AWS lists the default ACL's subnets as associations, too.
    pub fn network_acl_of(&self, subnet_id: &str) -> Result<&NetworkAcl, Gap> {
        let found = self.network_acls()?.values().find(|acl| acl.subnet_ids.iter().any(|id| id == subnet_id));
        found.ok_or_else(|| Gap::undecided(Part::NetworkAcls, format!("the network ACL of subnet {subnet_id} was not found")))
    }

    /// The route table of a subnet: the one it is associated with, else the main one of its VPC.
    pub fn route_table_of(&self, subnet: &Subnet) -> Result<&RouteTable, Gap> {
        let tables = self.route_tables()?;
        let explicit = tables.values().find(|table| table.subnet_ids.contains(&subnet.id));
        let found = explicit.or_else(|| tables.values().find(|table| table.main && table.vpc_id == subnet.vpc_id));
        found.ok_or_else(|| Gap::undecided(Part::RouteTables, format!("the route table of subnet {} was not found", subnet.id)))
    }

    /// The interfaces of a load balancer's nodes, found by the description that AWS gives them.
    pub fn load_balancer_interfaces(&self, lb: &LoadBalancer) -> Result<Vec<&NetworkInterface>, Gap> {
        let description = format!("ELB {}", arn_tail(&lb.arn));
        Ok(self.network_interfaces()?.values().filter(|nic| nic.description == description).collect())
    }

    /// The default security group of a VPC: what an interface gets for which nobody names one.
    pub fn default_group_of(&self, vpc_id: &str) -> Result<&SecurityGroup, Gap> {
        let default = |group: &&SecurityGroup| group.name == "default" && group.vpc_id.as_deref() == Some(vpc_id);
        let found = self.security_groups()?.values().find(default);
        found.ok_or_else(|| Gap::undecided(Part::SecurityGroups, format!("the default security group of {vpc_id} was not found")))
    }
}
