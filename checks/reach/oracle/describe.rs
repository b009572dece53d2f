//! A plan as AWS would describe it.

use super::super::{Folder, Network};
use super::{Acl, Block, Group, Interface, Plan, Route, Rule, Table, Target, To};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::IpAddr;

impl Block {
    fn text(self) -> String {
        format!("{}/{}", self.base, self.length)
    }
}

impl Plan {
    /// What the engine makes of it.
    fn described(&self) -> BTreeMap<String, String> {
        let files: Vec<(&str, Vec<Value>)> = vec![
            ("Vpcs", self.vpcs.iter().enumerate().map(|(vpc, blocks)| self::vpc(vpc, blocks)).collect()),
            ("Subnets", (0..self.subnets.len()).map(|subnet| self.subnet(subnet)).collect()),
            ("NetworkAcls", self.acls.iter().enumerate().map(|(number, acl)| self.acl(number, acl)).collect()),
            ("RouteTables", self.tables.iter().enumerate().map(|(number, table)| self.table(number, table)).collect()),
            ("SecurityGroups", self.groups.iter().enumerate().map(|(number, group)| self.group(number, group)).collect()),
            (
                "NetworkInterfaces",
                self.interfaces.iter().enumerate().map(|(number, interface)| self.interface(number, interface)).collect(),
            ),
            ("PrefixLists", self.lists.iter().enumerate().map(|(number, blocks)| list(number, blocks.as_deref())).collect()),
            ("VpcPeeringConnections", vec![self.peering()]),
            ("InternetGateways", self.internet_gateways()),
            ("NatGateways", (0..self.nats.len()).map(|nat| self.nat(nat)).collect()),
            ("TransitGateways", vec![self.transit_gateway()]),
            ("TransitGatewayAttachments", (0..self.transit.attachments.len()).map(|vpc| self.attachment(vpc)).collect()),
            ("TransitGatewayVpcAttachments", (0..self.transit.attachments.len()).map(|vpc| self.vpc_attachment(vpc)).collect()),
            ("TransitGatewayStaticRoutes", (0..self.transit.tables.len()).map(|table| self.transit_routes(table)).collect()),
            ("TransitGatewayPropagations", (0..self.transit.tables.len()).map(|table| self.propagations(table)).collect()),
        ];
        files.into_iter().map(|(key, values)| (key.to_owned(), json!({ key: values }).to_string())).collect()
    }

    pub(super) fn network(&self) -> Network {
        let folder = Folder { name: "region".to_owned(), files: self.described() };
        Network::from_describe(&[folder]).unwrap_or_else(|error| panic!("{error}"))
    }

    fn subnet(&self, number: usize) -> Value {
        let subnet = &self.subnets[number];
        let (four, six): (Vec<&Block>, Vec<&Block>) = subnet.blocks.iter().partition(|block| block.base.is_ipv4());
        let six: Vec<Value> =
            six.iter().map(|block| json!({"Ipv6CidrBlock": block.text(), "Ipv6CidrBlockState": {"State": "associated"}})).collect();
        json!({"SubnetId": format!("subnet-{number}"), "VpcId": format!("vpc-{}", subnet.vpc), "CidrBlock": four[0].text(),
            "AvailabilityZone": subnet.zone, "Ipv6CidrBlockAssociationSet": six})
    }

    fn acl(&self, number: usize, acl: &Acl) -> Value {
        let of_acl = (0..self.subnets.len()).filter(|subnet| self.subnets[*subnet].acl == number);
        let associations: Vec<Value> = of_acl.map(|subnet| json!({"SubnetId": format!("subnet-{subnet}")})).collect();
        let entry = |entry: &super::Entry| {
            let key = if entry.block.base.is_ipv4() { "CidrBlock" } else { "Ipv6CidrBlock" };
            let mut made = json!({"RuleNumber": entry.number, "Egress": entry.egress, "Protocol": entry.protocol,
                "RuleAction": if entry.allow { "allow" } else { "deny" }, key: entry.block.text()});
            if let Some((from, to)) = entry.ports {
                made["PortRange"] = json!({"From": from, "To": to});
            }
            if let Some((kind, code)) = entry.icmp {
                made["IcmpTypeCode"] = json!({"Type": kind, "Code": code});
            }
            made
        };
        let entries: Vec<Value> = acl.entries.iter().map(entry).collect();
        json!({"NetworkAclId": format!("acl-{number}"), "VpcId": format!("vpc-{}", acl.vpc), "Associations": associations, "Entries": entries})
    }

    fn table(&self, number: usize, table: &Table) -> Value {
        let explicit = (0..self.subnets.len()).filter(|subnet| self.subnets[*subnet].table == Some(number));
        let mut associations: Vec<Value> = explicit.map(|subnet| json!({"SubnetId": format!("subnet-{subnet}"), "Main": false})).collect();
        if table.main {
            associations.push(json!({"Main": true}));
        }
        let routes: Vec<Value> = table.routes.iter().map(|one| route(table.vpc, one)).collect();
        json!({"RouteTableId": format!("rtb-{number}"), "VpcId": format!("vpc-{}", table.vpc), "Associations": associations, "Routes": routes})
    }

    fn group(&self, number: usize, group: &Group) -> Value {
        let rules = |rules: &[Rule]| -> Vec<Value> { rules.iter().map(|rule| self.rule(group.vpc, rule)).collect() };
        json!({"GroupId": format!("sg-{number}"), "GroupName": format!("group {number}"), "VpcId": format!("vpc-{}", group.vpc),
            "IpPermissions": rules(&group.ingress), "IpPermissionsEgress": rules(&group.egress)})
    }

    fn rule(&self, vpc: usize, rule: &Rule) -> Value {
        let (four, six): (Vec<&Block>, Vec<&Block>) = rule.blocks.iter().partition(|block| block.base.is_ipv4());
        let pair = |group: &Option<usize>| match group {
            None => json!({"GroupId": "sg-gone", "UserId": "123456789012"}),
            Some(group) if self.groups[*group].vpc == vpc => json!({"GroupId": format!("sg-{group}"), "UserId": "123456789012"}),
            Some(group) => json!({"GroupId": format!("sg-{group}"), "UserId": "123456789012", "VpcId": format!("vpc-{}", 1 - vpc),
                "VpcPeeringConnectionId": "pcx-1", "PeeringStatus": self.peering_status()}),
        };
        let mut made = json!({"IpProtocol": rule.protocol,
            "IpRanges": four.iter().map(|block| json!({"CidrIp": block.text()})).collect::<Vec<_>>(),
            "Ipv6Ranges": six.iter().map(|block| json!({"CidrIpv6": block.text()})).collect::<Vec<_>>(),
            "PrefixListIds": rule.lists.iter().map(|list| json!({"PrefixListId": format!("pl-{list}")})).collect::<Vec<_>>(),
            "UserIdGroupPairs": rule.groups.iter().map(pair).collect::<Vec<_>>()});
        for (key, end) in [("FromPort", rule.from), ("ToPort", rule.to)] {
            if let Some(end) = end {
                made[key] = json!(end);
            }
        }
        made
    }

    fn interface(&self, number: usize, interface: &Interface) -> Value {
        let (four, six): (Vec<IpAddr>, Vec<IpAddr>) = interface.addresses.iter().copied().partition(IpAddr::is_ipv4);
        let vpc = self.subnets[interface.subnet].vpc;
        let private = |address: &IpAddr| {
            let mut made = json!({"PrivateIpAddress": address, "Primary": *address == four[0]});
            if let Some((_, public)) = interface.publics.iter().find(|(private, _)| private == address) {
                made["Association"] = json!({"PublicIp": public});
            }
            made
        };
        let attachment = interface.instance.map(|instance| json!({"InstanceId": format!("i-{instance}"), "DeviceIndex": number}));
        json!({"NetworkInterfaceId": format!("eni-{number}"), "Status": "in-use", "VpcId": format!("vpc-{vpc}"),
            "InterfaceType": if interface.instance.is_some() { "interface" } else { "nat_gateway" },
            "SubnetId": format!("subnet-{}", interface.subnet), "PrivateIpAddress": four[0],
            "PrivateIpAddresses": four.iter().map(private).collect::<Vec<_>>(),
            "Ipv6Addresses": six.iter().map(|address| json!({"Ipv6Address": address})).collect::<Vec<_>>(),
            "Groups": interface.groups.iter().map(|group| json!({"GroupId": format!("sg-{group}")})).collect::<Vec<_>>(),
            "Attachment": attachment})
    }

    fn peering_status(&self) -> &'static str {
        if self.peering_active { "active" } else { "pending-acceptance" }
    }

    fn peering(&self) -> Value {
        let far = if self.same_region { "region" } else { "another" };
        json!({"VpcPeeringConnectionId": "pcx-1", "Status": {"Code": self.peering_status()},
            "RequesterVpcInfo": {"VpcId": "vpc-0", "Region": "region"}, "AccepterVpcInfo": {"VpcId": "vpc-1", "Region": far}})
    }
}

/// What leads out of the VPCs.
impl Plan {
    fn internet_gateways(&self) -> Vec<Value> {
        let attached =
            |vpc: usize| if self.gateways[vpc] { vec![json!({"VpcId": format!("vpc-{vpc}"), "State": "available"})] } else { vec![] };
        (0..2).map(|vpc| json!({"InternetGatewayId": format!("igw-{vpc}"), "Attachments": attached(vpc)})).collect()
    }

    fn nat(&self, number: usize) -> Value {
        let nat = &self.nats[number];
        let mut address = json!({"NetworkInterfaceId": format!("eni-{}", nat.interface), "PrivateIp": nat.private, "IsPrimary": true});
        if let Some(public) = nat.public {
            address["PublicIp"] = json!(public);
        }
        json!({"NatGatewayId": format!("nat-{number}"), "State": nat.state, "SubnetId": format!("subnet-{}", nat.subnet),
            "VpcId": format!("vpc-{}", self.subnets[nat.subnet].vpc), "ConnectivityType": if nat.public.is_some() { "public" } else { "private" },
            "NatGatewayAddresses": [address]})
    }

    fn transit_gateway(&self) -> Value {
        json!({"TransitGatewayId": "tgw-1", "State": "available", "Options": {"SecurityGroupReferencingSupport": support(self.transit.references)}})
    }

    fn attachment(&self, vpc: usize) -> Value {
        let attachment = &self.transit.attachments[vpc];
        let table = attachment.table.map(|table| json!({"TransitGatewayRouteTableId": format!("tgw-rtb-{table}"), "State": "associated"}));
        json!({"TransitGatewayAttachmentId": format!("att-{vpc}"), "TransitGatewayId": "tgw-1", "ResourceType": "vpc",
            "ResourceId": format!("vpc-{vpc}"), "State": state(attachment.available), "Association": table})
    }

    fn vpc_attachment(&self, vpc: usize) -> Value {
        let attachment = &self.transit.attachments[vpc];
        json!({"TransitGatewayAttachmentId": format!("att-{vpc}"), "TransitGatewayId": "tgw-1", "VpcId": format!("vpc-{vpc}"),
            "State": state(attachment.available),
            "SubnetIds": attachment.subnets.iter().map(|subnet| format!("subnet-{subnet}")).collect::<Vec<_>>(),
            "Options": {"Ipv6Support": "enable", "SecurityGroupReferencingSupport": support(attachment.references)}})
    }

    fn transit_routes(&self, table: usize) -> Value {
        let route = |(to, by): &(Block, Option<usize>)| {
            let attachments = by.map(|vpc| json!({"TransitGatewayAttachmentId": format!("att-{vpc}"), "ResourceType": "vpc"}));
            json!({"DestinationCidrBlock": to.text(), "Type": "static", "State": if by.is_some() { "active" } else { "blackhole" },
                "TransitGatewayAttachments": attachments.into_iter().collect::<Vec<_>>()})
        };
        let routes: Vec<Value> = self.transit.tables[table].routes.iter().map(route).collect();
        json!({"TransitGatewayRouteTableId": format!("tgw-rtb-{table}"), "Routes": routes})
    }

    fn propagations(&self, table: usize) -> Value {
        let one = |vpc: &usize| json!({"TransitGatewayAttachmentId": format!("att-{vpc}"), "ResourceType": "vpc", "ResourceId": format!("vpc-{vpc}"), "State": "enabled"});
        let all: Vec<Value> = self.transit.tables[table].propagated.iter().map(one).collect();
        json!({"TransitGatewayRouteTableId": format!("tgw-rtb-{table}"), "TransitGatewayRouteTablePropagations": all})
    }
}

fn support(enabled: bool) -> &'static str {
    if enabled { "enable" } else { "disable" }
}

fn state(available: bool) -> &'static str {
    if available { "available" } else { "pendingAcceptance" }
}

fn vpc(number: usize, blocks: &[Block]) -> Value {
    let (four, six): (Vec<&Block>, Vec<&Block>) = blocks.iter().partition(|block| block.base.is_ipv4());
    let associated = |block: &&Block| json!({"CidrBlock": block.text(), "CidrBlockState": {"State": "associated"}});
    let associated6 = |block: &&Block| json!({"Ipv6CidrBlock": block.text(), "Ipv6CidrBlockState": {"State": "associated"}});
    json!({"VpcId": format!("vpc-{number}"), "CidrBlock": four[0].text(),
        "CidrBlockAssociationSet": four.iter().map(associated).collect::<Vec<_>>(),
        "Ipv6CidrBlockAssociationSet": six.iter().map(associated6).collect::<Vec<_>>()})
}

fn route(vpc: usize, route: &Route) -> Value {
    let (key, to) = match route.to {
        To::Block(block) if block.base.is_ipv4() => ("DestinationCidrBlock", block.text()),
        To::Block(block) => ("DestinationIpv6CidrBlock", block.text()),
        To::List(list) => ("DestinationPrefixListId", format!("pl-{list}")),
    };
    let (by, target) = match route.by {
        Target::Local => ("GatewayId", "local".to_owned()),
        Target::Peering => ("VpcPeeringConnectionId", if route.gone { "pcx-gone" } else { "pcx-1" }.to_owned()),
        Target::Internet => ("GatewayId", format!("igw-{vpc}")),
        Target::Nat(nat) => ("NatGatewayId", format!("nat-{nat}")),
        Target::Transit => ("TransitGatewayId", "tgw-1".to_owned()),
    };
    json!({key: to, by: target, "State": if route.gone { "blackhole" } else { "active" }})
}

fn list(number: usize, blocks: Option<&[Block]>) -> Value {
    let mut made = json!({"PrefixListId": format!("pl-{number}")});
    if let Some(blocks) = blocks {
        made["Cidrs"] = blocks.iter().map(|block| json!(block.text())).collect();
    }
    made
}
