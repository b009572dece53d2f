//! The smallest rule of a drop as a line for the AWS CLI. What is no single rule (a missing route, a public address) is a choice and no line.

use apigw_doctor_checks::reach::{Drop, Protocol, RuleKind, SmallestRule};
use apigw_doctor_checks::steps::quote;
use ipnet::IpNet;

/// The line; `None` where there is no single one. Several entries of an ACL are several commands, of which each waits for the one before.
pub(super) fn command(drop: &Drop<'_>, region: Option<&str>) -> Option<String> {
    let rule = drop.rule_proposed()?;
    let region = region.map(|region| format!(" --region {}", quote(region))).unwrap_or_default();
    let commands: Vec<String> = match rule.kind {
        RuleKind::SecurityGroup => vec![of_group(rule)?],
        RuleKind::NetworkAcl => rule.numbered().map(|(number, ports)| of_acl(rule, number, ports)).collect::<Option<_>>()?,
    };
    let lines: Vec<String> = commands.iter().map(|command| format!("aws ec2 {command}{region}")).collect();
    (!lines.is_empty()).then(|| lines.join(" && "))
}

/// True for a rule about IPv6.
fn six(rule: &SmallestRule<'_>) -> bool {
    matches!(rule.peer, IpNet::V6(_))
}

/// One rule for each range of ports, all of them added at once.
fn of_group(rule: &SmallestRule<'_>) -> Option<String> {
    // The id stands in a file of somebody else.
    let id = Some(rule.id).filter(|id| id.starts_with("sg-"))?;
    let direction = if rule.egress { "egress" } else { "ingress" };
    let six = six(rule);
    let range = if six { format!("Ipv6Ranges=[{{CidrIpv6={}}}]", rule.peer) } else { format!("IpRanges=[{{CidrIp={}}}]", rule.peer) };
    let name = match rule.protocol {
        Protocol::Icmp if six => "icmpv6".to_owned(),
        Protocol::Tcp | Protocol::Udp | Protocol::Icmp | Protocol::Other(_) => rule.protocol.to_string(),
    };
    let permission = |from: i32, to: i32| quote(&format!("IpProtocol={name},FromPort={from},ToPort={to},{range}"));
    let permissions: Vec<String> = match rule.icmp_type {
        Some(kind) => vec![permission(kind.into(), -1)],
        None if rule.ports.is_empty() => vec![permission(-1, -1)],
        None => rule.ports.iter().map(|(from, to)| permission((*from).into(), (*to).into())).collect(),
    };
    Some(format!("authorize-security-group-{direction} --group-id {} --ip-permissions {}", quote(id), permissions.join(" ")))
}

fn of_acl(rule: &SmallestRule<'_>, number: u16, ports: Option<(u16, u16)>) -> Option<String> {
    let id = Some(rule.id).filter(|id| id.starts_with("acl-"))?;
    let direction = if rule.egress { "--egress" } else { "--ingress" };
    let six = six(rule);
    let name = match rule.protocol {
        Protocol::Icmp if six => "58".to_owned(),
        Protocol::Tcp | Protocol::Udp | Protocol::Icmp | Protocol::Other(_) => rule.protocol.to_string(),
    };
    let matter = match (rule.icmp_type, ports) {
        (Some(kind), _) => format!("--protocol {name} --icmp-type-code Type={kind},Code=-1"),
        (None, Some((from, to))) => format!("--protocol {name} --port-range From={from},To={to}"),
        (None, None) => format!("--protocol {name}"),
    };
    let block = if six { "--ipv6-cidr-block" } else { "--cidr-block" };
    let (id, peer) = (quote(id), rule.peer);
    Some(format!(
        "create-network-acl-entry --network-acl-id {id} {direction} --rule-number {number} {matter} {block} {peer} --rule-action allow"
    ))
}

#[cfg(test)]
mod tests {
    use super::command;
    use apigw_doctor_checks::reach::{Answer, Folder, Network, Protocol};
    use serde_json::{Value, json};

    /// Two hosts, `eni-1` and `eni-2`, in two subnets with IPv4 and IPv6: all is open but the group of the second (`id`).
    fn world(id: &str) -> Value {
        let subnet = |number: u8| {
            json!({"SubnetId": format!("subnet-{number}"), "VpcId": "vpc-1", "CidrBlock": format!("10.0.{number}.0/24"), "AvailabilityZone": "1a",
                "Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": format!("2001:db8:0:{number}::/64")}]})
        };
        let host = |number: u8, group: &str| {
            json!({"NetworkInterfaceId": format!("eni-{number}"), "VpcId": "vpc-1", "SubnetId": format!("subnet-{number}"),
                "PrivateIpAddress": format!("10.0.{number}.9"), "Ipv6Addresses": [{"Ipv6Address": format!("2001:db8:0:{number}::9")}],
                "Groups": [{"GroupId": group}], "Attachment": {"InstanceId": format!("i-{number}")}})
        };
        let all = json!([{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}]);
        let entry = |egress: bool, block: &str, six: bool, number: u16| {
            let key = if six { "Ipv6CidrBlock" } else { "CidrBlock" };
            json!({"RuleNumber": number, "Egress": egress, "Protocol": "-1", "RuleAction": "allow", key: block})
        };
        let entries = [false, true].map(|egress| [entry(egress, "0.0.0.0/0", false, 100), entry(egress, "::/0", true, 101)]).concat();
        json!({
            "Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": "2001:db8::/56"}]}],
            "Subnets": [subnet(1), subnet(2)],
            "NetworkInterfaces": [host(1, "sg-open"), host(2, id)],
            "SecurityGroups": [{"GroupId": "sg-open", "IpPermissionsEgress": all}, {"GroupId": id}],
            "NetworkAcls": [{"NetworkAclId": "acl-1", "VpcId": "vpc-1", "Entries": entries,
                "Associations": [{"SubnetId": "subnet-1"}, {"SubnetId": "subnet-2"}]}],
            "RouteTables": [{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}], "Routes": [
                {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"}, {"DestinationIpv6CidrBlock": "2001:db8::/56", "GatewayId": "local"}]}],
        })
    }

    /// The lines for everything that drops packets to an end.
    fn lines(world: &Value, from: &str, to: &str, ports: (u16, u16), protocol: Protocol, region: Option<&str>) -> Vec<Option<String>> {
        let files = world.as_object().expect("a world").iter().map(|(key, value)| (key.clone(), json!({ key: value }).to_string()));
        let network = Network::from_describe(&[Folder { name: String::new(), files: files.collect() }]).expect("a world that reads");
        let answer: Answer<'_> = network.reach(&network.end(from).expect("an end"), &network.end(to).expect("an end"), ports, protocol);
        answer.drops.iter().map(|drop| command(drop, region)).collect()
    }

    fn line(to: &str, ports: (u16, u16), protocol: Protocol) -> String {
        let from = if to.contains("::") { "2001:db8:0:1::9" } else { "10.0.1.9" };
        let mut lines = lines(&world("sg-1"), from, to, ports, protocol, None);
        assert_eq!(lines.len(), 1, "{lines:?}");
        lines.remove(0).expect("a line")
    }

    #[test]
    fn a_rule_of_a_group_is_a_line() {
        let start = "aws ec2 authorize-security-group-ingress --group-id sg-1 --ip-permissions";
        let is = |line: String, expected: &str| assert_eq!(line, format!("{start} {expected}"));
        let four = "IpRanges=[{CidrIp=10.0.1.9/32}]";
        is(line("10.0.2.9", (443, 443), Protocol::Tcp), &format!("'IpProtocol=tcp,FromPort=443,ToPort=443,{four}'"));
        is(line("10.0.2.9", (0, 0), Protocol::Other(47)), &format!("'IpProtocol=47,FromPort=-1,ToPort=-1,{four}'"));
        is(line("10.0.2.9", (0, 0), Protocol::Icmp), &format!("'IpProtocol=icmp,FromPort=8,ToPort=-1,{four}'"));
        let six = "Ipv6Ranges=[{CidrIpv6=2001:db8:0:1::9/128}]";
        is(line("2001:db8:0:2::9", (0, 0), Protocol::Icmp), &format!("'IpProtocol=icmpv6,FromPort=128,ToPort=-1,{six}'"));
    }

    #[test]
    fn a_range_of_ports_is_opened_where_it_is_closed() {
        let mut world = world("sg-1");
        world["SecurityGroups"][1]["IpPermissions"] =
            json!([{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 500, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]);
        let lines = lines(&world, "10.0.1.9", "10.0.2.9", (400, 600), Protocol::Tcp, None);
        let permission = |ports: &str| format!("'IpProtocol=tcp,{ports},IpRanges=[{{CidrIp=10.0.1.9/32}}]'");
        let expected = format!("--ip-permissions {} {}", permission("FromPort=400,ToPort=442"), permission("FromPort=501,ToPort=600"));
        assert!(lines.len() == 1 && lines[0].as_ref().is_some_and(|line| line.ends_with(&expected)), "{lines:?}");
    }

    #[test]
    fn entries_of_an_acl_are_lines_with_numbers_of_their_own() {
        let mut world = world("sg-open");
        world["SecurityGroups"][0]["IpPermissions"] = world["SecurityGroups"][0]["IpPermissionsEgress"].clone();
        let allow = |number: u16, egress: bool, from: u16, to: u16| json!({"RuleNumber": number, "Egress": egress, "Protocol": "6", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0", "PortRange": {"From": from, "To": to}});
        world["NetworkAcls"][0]["Entries"] = json!([allow(10, false, 443, 500), allow(11, true, 0, 65_535)]);
        let lines = lines(&world, "10.0.1.9", "10.0.2.9", (400, 600), Protocol::Tcp, Some("eu-central-1"));
        let entry = |number: u16, ports: &str, peer: &str| {
            format!(
                "aws ec2 create-network-acl-entry --network-acl-id acl-1 --ingress --rule-number {number} --protocol tcp --port-range {ports} --cidr-block {peer} --rule-action allow --region eu-central-1"
            )
        };
        let there = [entry(32_766, "From=400,To=442", "10.0.1.9/32"), entry(32_765, "From=501,To=600", "10.0.1.9/32")].join(" && ");
        assert_eq!(lines, [Some(there), Some(entry(32_764, "From=1024,To=65535", "10.0.2.9/32"))]);
        world["NetworkAcls"][0]["Entries"] = json!([]);
        let ping = super::tests::lines(&world, "10.0.1.9", "10.0.2.9", (0, 0), Protocol::Icmp, None);
        let told = |kind: &str, egress: &str| {
            ping.iter().flatten().any(|line| line.contains(&format!("{egress} --rule-number")) && line.contains(kind))
        };
        assert!(told("--protocol icmp --icmp-type-code Type=8,Code=-1", "--egress") && told("Type=0,Code=-1", "--ingress"), "{ping:?}");
        let six = super::tests::lines(&world, "2001:db8:0:1::9", "2001:db8:0:2::9", (0, 0), Protocol::Icmp, None);
        assert!(
            six.iter().flatten().any(|line| line.contains("--protocol 58 --icmp-type-code Type=129,Code=-1 --ipv6-cidr-block")),
            "{six:?}"
        );
    }

    #[test]
    fn what_is_no_single_rule_is_no_line() {
        let mut without_route = world("sg-open");
        without_route["SecurityGroups"][0]["IpPermissions"] = without_route["SecurityGroups"][0]["IpPermissionsEgress"].clone();
        without_route["RouteTables"][0]["Routes"] = json!([]);
        let lines = lines(&without_route, "10.0.1.9", "10.0.2.9", (443, 443), Protocol::Tcp, None);
        assert!(!lines.is_empty() && lines.iter().all(Option::is_none), "{lines:?}");
    }

    #[test]
    fn the_id_stands_in_a_file_of_somebody_else() {
        let of = |id: &str| lines(&world(id), "10.0.1.9", "10.0.2.9", (443, 443), Protocol::Tcp, None);
        assert_eq!(of("$(reboot)"), [None]);
        assert!(of("sg-$(reboot)")[0].as_ref().is_some_and(|line| line.contains("--group-id 'sg-$(reboot)' ")));
    }
}
