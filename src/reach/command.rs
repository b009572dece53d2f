//! The smallest rule of a drop as a line for the AWS CLI.
//!
//! The engine says it in words: `sg-1 ingress: tcp 443 from 10.0.0.1/32` or `acl-1 inbound 99: allow tcp 443 from 10.0.0.1/32`. What is
//! worded otherwise (a missing route, a public address) is a choice and no single line.

use super::question::ports;
use apigw_doctor_checks::reach::{Drop, Protocol, Way};
use apigw_doctor_checks::steps::quote;
use ipnet::IpNet;

/// The line; `None` where there is no single one.
pub(super) fn command(drop: &Drop, region: Option<&str>) -> Option<String> {
    let words: Vec<&str> = drop.smallest_rule.as_deref()?.split(' ').collect();
    let command = match words.as_slice() {
        [group, direction @ ("ingress:" | "egress:"), traffic @ ..] => of_group(group, direction.trim_end_matches(':'), traffic, drop.way)?,
        [acl, direction @ ("inbound" | "outbound"), number, "allow", traffic @ ..] => {
            of_acl(acl, direction, number.strip_suffix(':')?.parse().ok()?, traffic, drop.way)?
        }
        _ => return None,
    };
    let region = region.map(|region| format!(" --region {}", quote(region))).unwrap_or_default();
    Some(format!("aws ec2 {command}{region}"))
}

/// `tcp 443 from 10.0.0.1/32`.
struct Traffic {
    protocol: Protocol,
    ports: (u16, u16),
    block: IpNet,
}

fn traffic(words: &[&str]) -> Option<Traffic> {
    let (protocol, rest) = words.split_first()?;
    let protocol = Protocol::parse(protocol)?;
    let (ports, rest) = match rest.split_first() {
        Some((port, rest)) if protocol.has_ports() => (ports(port).ok()?, rest),
        _ => ((0, 0), rest),
    };
    let [_, block, ..] = rest else { return None };
    Some(Traffic { protocol, ports, block: block.parse().ok()? })
}

fn of_group(id: &str, direction: &str, words: &[&str], way: Way) -> Option<String> {
    let traffic = traffic(words).filter(|_| id.starts_with("sg-"))?;
    let six = matches!(traffic.block, IpNet::V6(_));
    let (protocol, from, to) = match traffic.protocol {
        Protocol::Icmp if six => ("icmpv6".to_owned(), echo(way, six), -1),
        Protocol::Icmp => ("icmp".to_owned(), echo(way, six), -1),
        Protocol::Tcp | Protocol::Udp => (traffic.protocol.to_string(), traffic.ports.0.into(), traffic.ports.1.into()),
        Protocol::Other(number) => (number.to_string(), -1, -1),
    };
    let range =
        if six { format!("Ipv6Ranges=[{{CidrIpv6={}}}]", traffic.block) } else { format!("IpRanges=[{{CidrIp={}}}]", traffic.block) };
    let permission = format!("IpProtocol={protocol},FromPort={from},ToPort={to},{range}");
    Some(format!("authorize-security-group-{direction} --group-id {} --ip-permissions {}", quote(id), quote(&permission)))
}

fn of_acl(id: &str, direction: &str, number: u16, words: &[&str], way: Way) -> Option<String> {
    let traffic = traffic(words).filter(|_| id.starts_with("acl-"))?;
    let six = matches!(traffic.block, IpNet::V6(_));
    let direction = if direction == "outbound" { "--egress" } else { "--ingress" };
    let matter = match traffic.protocol {
        Protocol::Icmp => format!("--protocol {} --icmp-type-code Type={},Code=-1", if six { "58" } else { "icmp" }, echo(way, six)),
        Protocol::Tcp | Protocol::Udp => {
            format!("--protocol {} --port-range From={},To={}", traffic.protocol, traffic.ports.0, traffic.ports.1)
        }
        Protocol::Other(protocol) => format!("--protocol {protocol}"),
    };
    let block = if six { "--ipv6-cidr-block" } else { "--cidr-block" };
    Some(format!(
        "create-network-acl-entry --network-acl-id {} {direction} --rule-number {number} {matter} {block} {} --rule-action allow",
        quote(id),
        traffic.block
    ))
}

/// The type of an echo request or its reply.
fn echo(way: Way, six: bool) -> i32 {
    match (way, six) {
        (Way::There, false) => 8,
        (Way::Back, false) => 0,
        (Way::There, true) => 128,
        (Way::Back, true) => 129,
    }
}

#[cfg(test)]
mod tests {
    use super::{Drop, Protocol, Way, command};
    use apigw_doctor_checks::reach::Packet;

    fn drop(way: Way, smallest_rule: Option<&str>) -> Drop {
        let address = std::net::IpAddr::from([10, 0, 0, 1]);
        let witness = Packet { source: address, source_port: None, destination: address, port: None, protocol: Protocol::Tcp };
        Drop { way, at: String::new(), rule: String::new(), smallest_rule: smallest_rule.map(str::to_owned), witness }
    }

    fn line(way: Way, rule: &str) -> Option<String> {
        command(&drop(way, Some(rule)), None)
    }

    #[test]
    fn a_rule_of_a_group_is_a_line() {
        let is = |way, rule: &str, expected: &str| assert_eq!(line(way, rule).as_deref(), Some(expected), "{rule}");
        is(
            Way::There,
            "sg-1 ingress: tcp 443 from 10.0.0.1/32 (or its group sg-2)",
            "aws ec2 authorize-security-group-ingress --group-id sg-1 --ip-permissions 'IpProtocol=tcp,FromPort=443,ToPort=443,IpRanges=[{CidrIp=10.0.0.1/32}]'",
        );
        is(
            Way::There,
            "sg-1 egress: icmp to 2001:db8::1/128",
            "aws ec2 authorize-security-group-egress --group-id sg-1 --ip-permissions 'IpProtocol=icmpv6,FromPort=128,ToPort=-1,Ipv6Ranges=[{CidrIpv6=2001:db8::1/128}]'",
        );
        is(
            Way::There,
            "sg-1 ingress: 47 from 10.0.0.1/32",
            "aws ec2 authorize-security-group-ingress --group-id sg-1 --ip-permissions 'IpProtocol=47,FromPort=-1,ToPort=-1,IpRanges=[{CidrIp=10.0.0.1/32}]'",
        );
    }

    #[test]
    fn an_entry_of_an_acl_is_a_line() {
        let is = |way, rule: &str, expected: &str| assert_eq!(line(way, rule).as_deref(), Some(expected), "{rule}");
        is(
            Way::Back,
            "acl-1 outbound 99: allow tcp 1024-65535 to 10.0.0.1/32",
            "aws ec2 create-network-acl-entry --network-acl-id acl-1 --egress --rule-number 99 --protocol tcp --port-range From=1024,To=65535 --cidr-block 10.0.0.1/32 --rule-action allow",
        );
        is(
            Way::Back,
            "acl-1 inbound 1: allow icmp from 10.0.0.1/32",
            "aws ec2 create-network-acl-entry --network-acl-id acl-1 --ingress --rule-number 1 --protocol icmp --icmp-type-code Type=0,Code=-1 --cidr-block 10.0.0.1/32 --rule-action allow",
        );
    }

    #[test]
    fn what_is_no_single_rule_is_no_line() {
        assert_eq!(command(&drop(Way::There, None), None), None);
        for words in ["rtb-1: a route for 10.0.0.1/32", "a public address for eni-1", "sg-1 ingress: tcp from nobody", "sg-1 ingress:", ""]
        {
            assert_eq!(line(Way::There, words), None, "{words}");
        }
        // The id stands in a file of somebody else.
        assert_eq!(line(Way::There, "$(reboot) ingress: tcp 443 from 10.0.0.1/32"), None);
        let hostile = line(Way::There, "sg-$(reboot) ingress: tcp 443 from 10.0.0.1/32");
        assert!(hostile.is_some_and(|line| line.contains("--group-id 'sg-$(reboot)' ")));
    }

    #[test]
    fn the_region_is_named_where_it_is_known() {
        let line = command(&drop(Way::There, Some("sg-1 ingress: udp 53 from 10.0.0.1/32")), Some("eu-central-1"));
        assert!(line.is_some_and(|line| line.ends_with(" --region eu-central-1")));
    }
}
