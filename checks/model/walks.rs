//! Walks along the chain that several checks share.
//!
//! Only integrations that a route uses count: what no route reaches cannot break a request.

use super::balancing::{Action, Listener, LoadBalancer, TargetGroup};
use super::deployment::Deployment;
use super::fetched::Gap;
use super::gateway::{DEFAULT_STAGE, Integration, Route, Stage, VpcLink};
use super::network::{NetworkInterface, SecurityGroup, Subnet};
use super::part::Part;
use super::request::{Inside, Request};
use super::service::Service;
use super::subject::{Subject, SubjectKind, arn_tail};
use super::walk::Walk;
use ipnet::IpNet;
use std::collections::BTreeSet;

/// One way from a VPC link to a load balancer: a private integration with all it names.
#[derive(Clone, Copy, Debug)]
pub struct LinkPath<'a> {
    /// The integration.
    pub integration: &'a Integration,
    /// Its VPC link.
    pub link: &'a VpcLink,
    /// Its listener.
    pub listener: &'a Listener,
    /// The listener's load balancer.
    pub load_balancer: &'a LoadBalancer,
}

impl Deployment {
    /// The stage a request goes to: the one its custom domain leads to, or the one it names, else `$default`, else the only one.
    /// `None`: there is none, the choice is open, or the domain leads elsewhere.
    pub fn stage_for(&self, request: &Request) -> Result<Option<&Stage>, Gap> {
        match &request.inside {
            Some(Inside::Stage { name, .. }) => return Ok(self.stages()?.get(name)),
            Some(Inside::Elsewhere) => return Ok(None),
            Some(Inside::Open(gap)) => return Err(gap.clone()),
            None => {}
        }
        let stages = self.stages()?;
        if let Some(name) = &request.stage {
            return Ok(stages.get(name));
        }
        let only = || if stages.len() == 1 { stages.values().next() } else { None };
        Ok(stages.get(DEFAULT_STAGE).or_else(only))
    }

    /// Private integrations that at least one route uses, by id.
    pub fn private_integrations(&self) -> Walk<&Integration> {
        self.attached_integrations().then(|integration| Ok(integration.is_private().then_some(integration)))
    }

    /// Integrations that at least one route uses, by id.
    pub fn attached_integrations(&self) -> Walk<&Integration> {
        let (routes, integrations) = match (self.routes(), self.integrations()) {
            (Ok(routes), Ok(integrations)) => (routes, integrations),
            (Err(gap), _) | (_, Err(gap)) => return Walk::blocked(gap),
        };
        let used: BTreeSet<&str> = routes.values().filter_map(|route| route.integration_id()).collect();
        Walk { items: integrations.values().filter(|integration| used.contains(integration.id.as_str())).collect(), gaps: Vec::new() }
    }

    /// The listener of an integration. `None`: the URI is no listener ARN, or the listener is gone (`uri-listener-gone` reports that).
    pub fn listener_of(&self, integration: &Integration) -> Result<Option<&Listener>, Gap> {
        integration.listener_arn().map_or(Ok(None), |arn| self.listener(arn))
    }

    /// Private integrations with the listeners that they name.
    pub fn integration_listeners(&self) -> Walk<(&Integration, &Listener)> {
        self.private_integrations().then(|integration| Ok(self.listener_of(integration)?.map(|listener| (integration, listener))))
    }

    /// Private integrations with the listeners that read what API Gateway sends: those that they name, but for a TCP listener that passes
    /// the bytes on to an Application Load Balancer, whose listener then reads them.
    pub fn integration_readers(&self) -> Walk<(&Integration, &Listener)> {
        self.integration_listeners()
            .then_many(|(integration, listener)| Ok(self.read_by(listener)?.into_iter().map(|reader| (integration, reader)).collect()))
    }

    /// Each listener that a private integration names, once.
    pub fn named_listeners(&self) -> Walk<&Listener> {
        self.integration_listeners().then(|(_, listener)| Ok(Some(listener))).unique_by(|listener| &listener.arn)
    }

    /// Each listener on the way of requests, once: those that integrations name, and those behind them.
    pub fn used_listeners(&self) -> Walk<&Listener> {
        let named = self.named_listeners();
        let behind = named.clone().then_many(|listener| self.listeners_behind(listener));
        Walk { items: named.items.into_iter().chain(behind.items).collect(), gaps: behind.gaps }.unique_by(|listener| &listener.arn)
    }

    /// Each load balancer whose listener a private integration names, once.
    pub fn used_load_balancers(&self) -> Walk<&LoadBalancer> {
        self.named_listeners().then(|listener| self.load_balancer(&listener.load_balancer_arn)).unique_by(|lb| &lb.arn)
    }

    /// Each load balancer on the way of requests, once: those that integrations name, and those behind them.
    pub fn passed_load_balancers(&self) -> Walk<&LoadBalancer> {
        self.used_listeners().then(|listener| self.load_balancer(&listener.load_balancer_arn)).unique_by(|lb| &lb.arn)
    }

    /// Each Application Load Balancer that reads what API Gateway sends, once.
    pub fn reading_load_balancers(&self) -> Walk<&LoadBalancer> {
        let reading = self.used_listeners().then(|listener| Ok(listener.reads_http().then_some(&listener.load_balancer_arn)));
        reading.then(|arn| self.load_balancer(arn)).unique_by(|lb| &lb.arn)
    }

    /// Each VPC link that a private integration uses and that exists, once.
    pub fn used_links(&self) -> Walk<&VpcLink> {
        let ids = self.private_integrations().then(|integration| Ok(integration.connection_id.as_deref()));
        ids.unique_by(|id| *id).then(|id| self.vpc_link(id))
    }

    /// Each pair of VPC link and listener, once, with the first integration that joins them.
    pub fn link_paths(&self) -> Walk<LinkPath<'_>> {
        let paths = self.integration_listeners().then(|(integration, listener)| {
            let Some(link) = integration.connection_id.as_deref().map_or(Ok(None), |id| self.vpc_link(id))? else {
                return Ok(None); // vpclink-missing reports it
            };
            let load_balancer = self.load_balancer(&listener.load_balancer_arn)?;
            Ok(load_balancer.map(|load_balancer| LinkPath { integration, link, listener, load_balancer }))
        });
        paths.unique_by(|path| (&path.link.id, &path.listener.arn))
    }

    /// ARNs of the target groups that a listener's rules and default action forward to with a weight above zero.
    pub fn target_group_arns_of(&self, listener: &Listener) -> Result<BTreeSet<&str>, Gap> {
        let listener = self.listener(&listener.arn)?.ok_or_else(|| Gap::undecided(Part::Listeners, "the listener is gone"))?;
        let mut arns = BTreeSet::new();
        for actions in self.rules(listener)?.into_iter().map(|rule| &rule.actions).chain([&listener.default_actions]) {
            arns.extend(forwards_to(actions));
        }
        Ok(arns)
    }

    /// The groups that a TCP listener forwards to and that hold an Application Load Balancer. No other listener can forward to one
    /// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/network/application-load-balancer-target.html>).
    pub fn balancer_groups(&self, listener: &Listener) -> Result<Vec<&TargetGroup>, Gap> {
        if listener.protocol != "TCP" {
            return Ok(Vec::new());
        }
        let mut groups = Vec::new();
        for arn in self.target_group_arns_of(listener)? {
            groups.extend(self.target_group(arn)?.filter(|group| group.target_type == "alb"));
        }
        Ok(groups)
    }

    /// The listener of the Application Load Balancer in a group: the one on the port that the load balancer is registered with.
    /// Empty: none is registered (`tg-empty` reports that).
    pub fn listeners_in(&self, group: &TargetGroup) -> Result<Vec<&Listener>, Gap> {
        let mut found = Vec::new();
        for target in self.targets(&group.arn)? {
            let port = target.port.or(group.port);
            let here = self.listeners_on(&target.id).into_iter().find(|listener| Some(listener.port) == port);
            let missing = || {
                let port = port.map_or_else(|| "that port".to_owned(), |port| port.to_string());
                Gap::undecided(
                    Part::Listeners,
                    format!("the listener on port {port} of load balancer {} was not read", arn_tail(&target.id)),
                )
            };
            let listed = || self.listeners_listed(&target.id);
            found.push(here.map_or_else(|| listed().and_then(|()| Err(missing())), Ok)?);
        }
        Ok(found)
    }

    /// The listeners of Application Load Balancers that a TCP listener passes its bytes on to.
    pub fn listeners_behind(&self, listener: &Listener) -> Result<Vec<&Listener>, Gap> {
        let mut found = Vec::new();
        for group in self.balancer_groups(listener)? {
            found.extend(self.listeners_in(group)?);
        }
        Ok(found)
    }

    /// Who reads what arrives at a listener: itself, or the listeners behind it.
    pub fn read_by<'a>(&'a self, listener: &'a Listener) -> Result<Vec<&'a Listener>, Gap> {
        if self.balancer_groups(listener)?.is_empty() { Ok(vec![listener]) } else { self.listeners_behind(listener) }
    }

    /// Each target group that a used listener forwards to and that exists, once, with the listener.
    pub fn used_target_groups(&self) -> Walk<(&TargetGroup, &Listener)> {
        let arns = self
            .used_listeners()
            .then_many(|listener| Ok(self.target_group_arns_of(listener)?.into_iter().map(|arn| (arn, listener)).collect()));
        arns.unique_by(|(arn, _)| *arn).then(|(arn, listener)| Ok(self.target_group(arn)?.map(|group| (group, listener))))
    }

    /// The ECS services that register into a target group.
    pub fn services_of(&self, target_group_arn: &str) -> Result<Vec<&Service>, Gap> {
        let names_it =
            |service: &&Service| service.load_balancers.iter().any(|lb| lb.target_group_arn.as_deref() == Some(target_group_arn));
        Ok(self.services()?.values().filter(names_it).collect())
    }

    /// Private integrations that name a Cloud Map service, with its ARN.
    pub fn cloud_map_integrations(&self) -> Walk<(&Integration, &str)> {
        self.private_integrations().then(|integration| Ok(integration.cloud_map_arn().map(|arn| (integration, arn))))
    }

    /// The ECS services that register their tasks in a Cloud Map service.
    pub fn services_registered_in(&self, cloud_map_arn: &str) -> Result<Vec<&Service>, Gap> {
        let registers =
            |service: &&Service| service.service_registries.iter().any(|registry| registry.registry_arn.as_deref() == Some(cloud_map_arn));
        Ok(self.services()?.values().filter(registers).collect())
    }

    /// The subnets of a VPC link that still exist.
    pub fn link_subnets(&self, link: &VpcLink) -> Result<Vec<&Subnet>, Gap> {
        let subnets = self.subnets()?;
        Ok(link.subnet_ids.iter().filter_map(|id| subnets.get(id)).collect())
    }

    /// The interfaces of a VPC link, found by the tag that API Gateway puts on them.
    pub fn link_interfaces(&self, link: &VpcLink) -> Result<Vec<&NetworkInterface>, Gap> {
        let of_link = |nic: &&NetworkInterface| nic.vpc_link_id.as_deref() == Some(link.id.as_str());
        Ok(self.network_interfaces()?.values().filter(of_link).collect())
    }

    /// The security groups of a VPC link: as configured, else as its interfaces carry them.
    pub fn link_group_ids(&self, link: &VpcLink) -> Result<BTreeSet<String>, Gap> {
        if !link.security_group_ids.is_empty() {
            return Ok(link.security_group_ids.iter().cloned().collect());
        }
        let groups: BTreeSet<String> = self.link_interfaces(link)?.iter().flat_map(|nic| nic.group_ids.iter().cloned()).collect();
        if groups.is_empty() {
            let what = "the VPC link names no security group and no interface of it was found, so its groups are not known";
            return Err(Gap::undecided(Part::NetworkInterfaces, what));
        }
        Ok(groups)
    }

    /// Where requests of a VPC link come from: the addresses of its interfaces if those were found, else the blocks of its subnets.
    pub fn link_sources(&self, link: &VpcLink) -> Result<Vec<IpNet>, Gap> {
        let addresses = addresses_of(&self.link_interfaces(link).unwrap_or_default(), false);
        if !addresses.is_empty() {
            return Ok(addresses);
        }
        let blocks: Vec<IpNet> = self.link_subnets(link)?.iter().flat_map(|subnet| ipv4_blocks(subnet)).collect();
        if blocks.is_empty() {
            return Err(Gap::undecided(Part::Subnets, "none of the VPC link's subnets was found, so its addresses are not known"));
        }
        Ok(blocks)
    }

    /// Where a load balancer's nodes live: their interfaces' addresses if those were found, else the blocks of its subnets. Over IPv4, as the
    /// VPC link sees it: the IPv6 addresses of a dual-stack load balancer are for other clients.
    pub fn load_balancer_sources(&self, lb: &LoadBalancer) -> Result<Vec<IpNet>, Gap> {
        self.load_balancer_addresses(lb, false)
    }

    /// The same, as targets see it: it talks IPv6 to a target group of IPv6, and IPv4 to all others
    /// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html#target-group-ip-address-type>).
    pub fn load_balancer_addresses(&self, lb: &LoadBalancer, ipv6: bool) -> Result<Vec<IpNet>, Gap> {
        let addresses = addresses_of(&self.load_balancer_interfaces(lb).unwrap_or_default(), ipv6);
        if !addresses.is_empty() {
            return Ok(addresses);
        }
        let subnets = self.subnets()?;
        let zones = lb.zones.iter().filter_map(|zone| subnets.get(&zone.subnet_id));
        let blocks: Vec<IpNet> = zones.flat_map(|subnet| of_family(subnet.cidrs.iter().copied(), ipv6)).collect();
        if blocks.is_empty() {
            return Err(Gap::undecided(Part::Subnets, "none of the load balancer's subnets was found, so its addresses are not known"));
        }
        Ok(blocks)
    }

    /// Whether the targets of a group see the address of the VPC link that called the load balancer instead of the load balancer's own.
    /// A VPC link calls over IPv4, and targets of IPv6 then see the load balancer's address, whatever the setting
    /// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html#client-ip-preservation>).
    pub fn preserves_client_ip(&self, lb: &LoadBalancer, group: &TargetGroup) -> Result<bool, Gap> {
        if group.ip_address_type.as_deref() == Some("ipv6") {
            return Ok(false);
        }
        self.keeps_client_addresses(lb, group)
    }

    /// Whether the targets of a group see the address of a client of their own family. Only a Network Load Balancer can do that; without
    /// the attribute AWS's default holds, and a load balancer in a group always sees it (the same page).
    pub fn keeps_client_addresses(&self, lb: &LoadBalancer, group: &TargetGroup) -> Result<bool, Gap> {
        if lb.is_application() || group.target_type == "alb" {
            return Ok(!lb.is_application());
        }
        let by_default = group.target_type == "instance" || !matches!(group.protocol.as_deref(), Some("TCP" | "TLS"));
        Ok(self.target_group_attributes(&group.arn)?.get("preserve_client_ip.enabled").map_or(by_default, |value| value == "true"))
    }

    /// The VPC links whose requests come to a target group, each once, by whatever listener. Nobody known is a gap.
    pub fn links_to(&self, group: &TargetGroup) -> Walk<&VpcLink> {
        let ids = self.integration_listeners().then(|(integration, listener)| {
            let leads_here = self.target_group_arns_of(listener)?.contains(group.arn.as_str());
            Ok(leads_here.then_some(integration.connection_id.as_deref()).flatten())
        });
        let mut links = ids.unique_by(|id| *id).then(|id| self.vpc_link(id));
        if links.items.is_empty() && links.gaps.is_empty() {
            links.gaps.push(Gap::undecided(Part::VpcLinks, format!("whose requests come to target group {} is not known", group.name)));
        }
        links
    }

    /// The named security groups that exist; a group that does not is simply not among them.
    pub fn groups<'a>(&self, ids: impl IntoIterator<Item = &'a String>) -> Result<Vec<&SecurityGroup>, Gap> {
        let all = self.security_groups()?;
        Ok(ids.into_iter().filter_map(|id| all.get(id)).collect())
    }

    /// The routes that use an integration, by id.
    pub fn routes_of(&self, integration_id: &str) -> Result<Vec<&Route>, Gap> {
        Ok(self.routes()?.values().filter(|route| route.integration_id() == Some(integration_id)).collect())
    }

    /// The subject of a listener: its port is what people know it by.
    pub fn listener_subject(listener: &Listener) -> Subject {
        Subject::from_arn(SubjectKind::Listener, &listener.arn)
    }
}

/// Target group ARNs of the forward actions with a weight above zero. All weights zero: AWS answers 503; nothing is forwarded.
pub fn forwards_to(actions: &[Action]) -> impl Iterator<Item = &str> {
    let groups = actions.iter().filter_map(|action| match action {
        Action::Forward { target_groups } => Some(target_groups),
        Action::FixedResponse { .. } | Action::Redirect { .. } | Action::Authenticate { .. } | Action::Unknown { .. } => None,
    });
    groups.flatten().filter(|group| group.weight > 0).map(|group| group.arn.as_str())
}

/// IPv4 blocks of a subnet: HTTP APIs reach their VPC over IPv4.
fn ipv4_blocks(subnet: &Subnet) -> impl Iterator<Item = IpNet> {
    of_family(subnet.cidrs.iter().copied(), false)
}

/// The addresses of interfaces in one family.
fn addresses_of(interfaces: &[&NetworkInterface], ipv6: bool) -> Vec<IpNet> {
    of_family(interfaces.iter().flat_map(|nic| nic.addresses.iter().map(|address| IpNet::from(*address))), ipv6).collect()
}

/// Only IPv6, or only IPv4.
pub(crate) fn of_family(blocks: impl Iterator<Item = IpNet>, ipv6: bool) -> impl Iterator<Item = IpNet> {
    blocks.filter(move |block| matches!(block, IpNet::V6(_)) == ipv6)
}
