//! What is asked, in the words of the command line and of a row: an end, ports, a protocol.

use apigw_doctor_checks::reach::Protocol;
use std::net::Ipv6Addr;

/// `B:PORT[/PROTOCOL]`, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Destination {
    /// What the packets go to.
    pub(crate) end: String,
    /// First and last port; zeros where the protocol has none.
    pub(crate) ports: (u16, u16),
    /// The protocol.
    pub(crate) protocol: Protocol,
}

/// Reads a destination. Ends hold colons and slashes themselves (`vpc-link:ID`, ARNs, IPv6), so it is read from its end.
pub(crate) fn destination(text: &str) -> Result<Destination, String> {
    let text = text.trim();
    let (place, protocol) = match text.rsplit_once('/').and_then(|(place, word)| Some((place, Protocol::parse(word)?, word))) {
        // `10.0.0.0/16` and the tail of an ARN end like that, too: a number is a protocol only behind a port.
        Some((place, protocol, word)) if word.parse::<u8>().is_err() || port_of(place).is_some() => (place, protocol),
        _ => (text, Protocol::Tcp),
    };
    let found = port_of(place);
    if !protocol.has_ports() {
        let end = found.map_or(place, |(end, _)| end);
        return Ok(Destination { end: source(end)?, ports: (0, 0), protocol });
    }
    let Some((end, port)) = found else { return Err(without_port(place)) };
    Ok(Destination { end: source(end)?, ports: ports(port)?, protocol })
}

/// The end and its port: what stands behind the last colon and is no part of an IPv6 address.
fn port_of(place: &str) -> Option<(&str, &str)> {
    let (end, port) = place.rsplit_once(':')?;
    let inside_brackets = place.starts_with('[') && port.contains(']');
    let digits = port.starts_with(|c: char| c.is_ascii_digit());
    (digits && !inside_brackets && place.parse::<Ipv6Addr>().is_err()).then_some((end, port))
}

fn without_port(place: &str) -> String {
    if place.parse::<Ipv6Addr>().is_ok() {
        return format!("an IPv6 address stands in brackets before its port: [{place}]:443");
    }
    format!("which port of {place}? The destination is END:PORT, for example 10.0.2.9:443, [2001:db8::1]:53/udp or i-0123:1024-2000/tcp")
}

/// Reads an end. Brackets around an IPv6 address are no part of it.
pub(crate) fn source(text: &str) -> Result<String, String> {
    let text = text.trim();
    let end = match text.strip_prefix('[') {
        Some(rest) => match rest.strip_suffix(']').filter(|address| address.parse::<Ipv6Addr>().is_ok()) {
            Some(address) => address,
            None => return Err(format!("\"{text}\" is no IPv6 address in brackets")),
        },
        None => text,
    };
    if end.is_empty() {
        return Err("an end is missing: an address, an interface, an instance, a security group, a load balancer, …".to_owned());
    }
    Ok(end.to_owned())
}

/// Reads a port or a range of ports.
pub(crate) fn ports(text: &str) -> Result<(u16, u16), String> {
    let port = |text: &str| {
        let text = text.trim();
        let number = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u16>().ok()).flatten();
        number.filter(|port| *port > 0)
    };
    let range = match text.split_once('-') {
        Some((first, last)) => port(first).zip(port(last)),
        None => port(text).map(|port| (port, port)),
    };
    range.filter(|(first, last)| first <= last).ok_or_else(|| {
        format!("\"{text}\" is no port: a port is 1 to 65535, a range 1024-2000, and behind it may stand /tcp, /udp or /icmp")
    })
}

#[cfg(test)]
mod tests {
    use super::{Destination, destination, ports, source};
    use apigw_doctor_checks::reach::Protocol;

    fn read(text: &str) -> (String, (u16, u16), Protocol) {
        let Destination { end, ports, protocol } = destination(text).unwrap_or_else(|why| panic!("{text}: {why}"));
        (end, ports, protocol)
    }

    #[test]
    fn a_destination_is_read_from_its_end() {
        let is = |text: &str, end: &str, ports: (u16, u16), protocol: Protocol| {
            assert_eq!(read(text), (end.to_owned(), ports, protocol), "{text}");
        };
        is("10.0.2.9:443", "10.0.2.9", (443, 443), Protocol::Tcp);
        is("10.0.2.9:53/UDP", "10.0.2.9", (53, 53), Protocol::Udp);
        is("eni-1:1024-2000/tcp", "eni-1", (1024, 2000), Protocol::Tcp);
        is("[2001:db8::1]:443", "2001:db8::1", (443, 443), Protocol::Tcp);
        is("[2001:db8::1]/icmp", "2001:db8::1", (0, 0), Protocol::Icmp);
        is("2001:db8::1/icmp", "2001:db8::1", (0, 0), Protocol::Icmp);
        is("10.0.2.9/icmp", "10.0.2.9", (0, 0), Protocol::Icmp);
        is("10.0.2.9:0/icmp", "10.0.2.9", (0, 0), Protocol::Icmp);
        is("10.0.2.9:0/47", "10.0.2.9", (0, 0), Protocol::Other(47));
        is("vpc-link:abc123:443", "vpc-link:abc123", (443, 443), Protocol::Tcp);
        let arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/net/orders/0123456789abcdef";
        is(&format!("{arn}:80/tcp"), arn, (80, 80), Protocol::Tcp);
        is("net/orders/0123456789abcdef:80", "net/orders/0123456789abcdef", (80, 80), Protocol::Tcp);
    }

    #[test]
    fn what_is_no_destination_says_why() {
        let says = |text: &str, why: &str| {
            let error = destination(text).expect_err(text);
            assert!(error.contains(why), "{text}: {error}");
        };
        says("10.0.2.9", "which port of 10.0.2.9?");
        says("2001:db8::1", "[2001:db8::1]:443");
        says("10.0.0.0/16", "which port");
        says("vpc-link:abc", "which port");
        says("10.0.2.9:443/tpc", "is no port");
        says("10.0.2.9:0", "is no port");
        says("10.0.2.9:65536", "is no port");
        says("10.0.2.9:2000-1024", "is no port");
        says(":443", "an end is missing");
        says("[nonsense]:443", "no IPv6 address in brackets");
        says("", "which port");
    }

    #[test]
    fn a_source_may_stand_in_brackets() {
        assert_eq!(source(" [2001:db8::1] "), Ok("2001:db8::1".to_owned()));
        assert_eq!(source("2001:db8::1"), Ok("2001:db8::1".to_owned()));
        for wrong in ["", "  ", "[", "[2001:db8::1", "[10.0.0.1]"] {
            assert!(source(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ports_are_numbers_and_nothing_else() {
        assert_eq!((ports("1"), ports(" 1024 - 65535 ")), (Ok((1, 1)), Ok((1024, 65535))));
        for wrong in ["", "-", "+80", "80-", "-1", "1-2-3", "443.0", "https"] {
            assert!(ports(wrong).is_err(), "{wrong}");
        }
    }
}
