//! Who answers at an interface: hosts do, devices that AWS runs only as far as it is known.
//!
//! Sources: a NAT gateway takes no connection from outside (<https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html>);
//! an interface endpoint of an AWS service takes HTTPS (<https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html>).
//! Inferred: the interfaces of a transit gateway, of Lambda and of a VPC link answer nothing that is addressed to them.

use super::answer::Protocol;
use super::flow::{Arrival, Sender};
use super::network::{Endpoint, Interface, Kind, Network};
use super::stations::By;
use super::trail::{Service, Trail};
use std::net::IpAddr;

impl Network {
    /// Notes a drop or a gap where nobody answers, or nobody knows.
    pub(super) fn answers<'a>(&'a self, trail: &mut Trail<'a>, sender: &Sender<'a>, arrival: &Arrival, at: IpAddr, service: Service) {
        let interface = &self.interfaces[arrival.interface];
        let packets = self.packets(arrival.seen, at, service);
        let silent = match &interface.kind {
            Kind::Host => return,
            Kind::Nobody => "attached to nothing: nobody is there",
            Kind::Stopped(state) => {
                return trail.drop(|| packets.lost(&interface.id, format!("its instance is {state}: nobody answers"), None));
            }
            Kind::Nat => "an interface of a NAT gateway: it answers nothing that is addressed to it",
            Kind::TransitGateway => "an interface of a transit gateway: it answers nothing that is addressed to it",
            Kind::Client(who) => {
                return trail.drop(|| {
                    packets.lost(&interface.id, format!("an interface of {who}: it answers nothing that is addressed to it"), None)
                });
            }
            Kind::Balancer(tail) => return self.balancer(trail, sender, arrival, tail, at, service),
            Kind::Endpoint => return self.endpoint(trail, interface, &packets, service),
            Kind::OldBalancer(what) | Kind::Device(what) => {
                return trail.gap(|| format!("the filters let it through, but what {} ({what}) answers is not in the data", interface.id));
            }
        };
        trail.drop(|| packets.lost(&interface.id, silent, None));
    }

    fn endpoint<'a>(&'a self, trail: &mut Trail<'a>, interface: &'a Interface, packets: &super::filters::Packets, service: Service) {
        let of_interface = |(id, endpoint): &(&String, &Endpoint)| {
            endpoint.interface_ids.contains(&interface.id) || interface.description.contains(id.as_str())
        };
        let Some((id, endpoint)) = self.endpoints.iter().find(of_interface) else {
            return trail.gap(|| format!("the VPC endpoint of {} was not read: what answers there is not known", interface.id));
        };
        let of_aws = endpoint.service.starts_with("com.amazonaws.") && !endpoint.service.contains(".vpce-svc-")
            || endpoint.service.starts_with("aws.");
        let several_ports = ["email-smtp", ".s3", "kafka", "execute-api", "rds", "elasticache", "memory-db"]
            .iter()
            .any(|part| endpoint.service.contains(part));
        match (service.protocol, service.port) {
            _ if endpoint.state.as_deref().is_some_and(|state| !state.eq_ignore_ascii_case("available")) => {
                let state = endpoint.state.as_deref().unwrap_or_default();
                trail.drop(|| packets.lost(id, format!("the endpoint is {state}"), None));
            }
            _ if !of_aws => trail.gap(|| format!("what answers at {id} ({}, {}) is not in the data", endpoint.service, endpoint.kind)),
            (Protocol::Tcp, 443) => trail.pass(packets.way, id, By::Endpoint(&endpoint.service)),
            _ if several_ports => {
                trail.gap(|| format!("whether {} answers {} at {id} is not in the data", endpoint.service, service.words()))
            }
            _ => trail.drop(|| packets.lost(id, format!("{} answers on tcp 443 only", endpoint.service), None)),
        }
    }
}
