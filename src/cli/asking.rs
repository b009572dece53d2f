//! The options about requests: what is sent, by which way, how often, and what is expected. Shared by `check`, `capture` and `probe`.

use crate::probe::Pin;
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

/// What is asked of a deployment.
#[derive(Debug, Args)]
pub(crate) struct RequestArgs {
    #[command(flatten)]
    pub(crate) ask: AskArgs,
    /// The stage [default: that of the capture, else $default, else the only one].
    #[arg(long)]
    pub(crate) stage: Option<String>,
    /// Make no request.
    #[arg(long)]
    pub(crate) no_probe: bool,
    /// Send the probe to this URL instead of the stage's own; everything is judged as for the stage's own URL.
    #[arg(long, value_name = "URL", value_parser = super::url)]
    pub(crate) invoke_url: Option<String>,
}

impl RequestArgs {
    /// One request that is only thought about, never sent.
    pub(crate) fn unsent(method: String, path: String, stage: Option<String>) -> RequestArgs {
        let ask = AskArgs {
            path: vec![path],
            method: vec![method],
            header: Vec::new(),
            body: None,
            bearer_env: None,
            sigv4: false,
            expect_status: (200, 299),
            timeout: Duration::from_secs(35),
            connect_timeout: Duration::from_secs(10),
            client_cert: None,
            client_key: None,
            resolve: Vec::new(),
            ipv4: false,
            ipv6: false,
            repeat: 1,
            interval: None,
            wait: None,
        };
        RequestArgs { ask, stage, no_probe: true, invoke_url: None }
    }
}

/// What is sent, and how.
#[derive(Debug, Args)]
pub(crate) struct AskArgs {
    /// The path to ask for, without the stage; repeatable [default: /health, or that of the capture].
    #[arg(long, value_parser = path)]
    pub(crate) path: Vec<String>,
    /// The HTTP method; repeatable: each method is asked of each path [default: GET, or that of the capture].
    #[arg(long, value_parser = method)]
    pub(crate) method: Vec<String>,
    /// A header for the probe, NAME:VALUE; repeatable. Its value appears in no report.
    #[arg(long, value_name = "NAME:VALUE", value_parser = header)]
    pub(crate) header: Vec<(String, String)>,
    /// A body for the probe: a text, or @FILE. It appears in no report.
    #[arg(long, value_name = "TEXT|@FILE")]
    pub(crate) body: Option<String>,
    /// Send `Authorization: Bearer` with the token in this environment variable.
    #[arg(long, value_name = "VARIABLE", conflicts_with = "sigv4")]
    pub(crate) bearer_env: Option<String>,
    /// Sign the request with the AWS credentials at hand, for routes with IAM authorization.
    #[arg(long)]
    pub(crate) sigv4: bool,
    /// The expected status: 200, 200-299 or 2xx.
    #[arg(long, default_value = "200-299", value_name = "STATUS", value_parser = statuses)]
    pub(crate) expect_status: (u16, u16),
    /// Time limit of one request, for example 35s or 500ms.
    #[arg(long, default_value = "35s", value_parser = duration)]
    pub(crate) timeout: Duration,
    /// Time limit of name resolution, TCP and TLS together.
    #[arg(long, default_value = "10s", value_name = "TIME", value_parser = duration)]
    pub(crate) connect_timeout: Duration,
    /// The client certificate for a domain with mutual TLS: its chain in PEM, leaf first.
    #[arg(long, value_name = "PEM", requires = "client_key")]
    pub(crate) client_cert: Option<PathBuf>,
    /// The private key of the client certificate, in PEM.
    #[arg(long, value_name = "PEM", requires = "client_cert")]
    pub(crate) client_key: Option<PathBuf>,
    /// Take this address for a host and port instead of the resolver's; repeatable.
    #[arg(long, value_name = "HOST:PORT:ADDRESS", value_parser = Pin::parse)]
    pub(crate) resolve: Vec<Pin>,
    /// Use IPv4 addresses only.
    #[arg(long, conflicts_with = "ipv6")]
    pub(crate) ipv4: bool,
    /// Use IPv6 addresses only.
    #[arg(long)]
    pub(crate) ipv6: bool,
    /// Ask so many times, to catch faults that come and go.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) repeat: u32,
    /// The pause between two rounds [default: none with --repeat, 5s with --wait].
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) interval: Option<Duration>,
    /// Look again until all is well, for at most so long, for example 5m; the last state counts.
    #[arg(long, value_name = "TIME", value_parser = long_duration)]
    pub(crate) wait: Option<Duration>,
}

pub(crate) fn path(text: &str) -> Result<String, String> {
    if !text.starts_with('/') {
        return Err("a path starts with /, for example /health".to_owned());
    }
    if text.chars().any(|c| c.is_control() || c == ' ') {
        return Err("a path holds no spaces or control characters; percent-encode them".to_owned());
    }
    Ok(text.to_owned())
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

fn method(text: &str) -> Result<String, String> {
    if text.is_empty() || !text.chars().all(is_token) {
        return Err("not an HTTP method, for example GET".to_owned());
    }
    Ok(text.to_ascii_uppercase())
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("a header is NAME:VALUE")?;
    if name.is_empty() || !name.chars().all(is_token) || value.chars().any(char::is_control) {
        return Err("a header is NAME:VALUE without control characters".to_owned());
    }
    Ok((name.to_owned(), value.trim().to_owned()))
}

fn statuses(text: &str) -> Result<(u16, u16), String> {
    let status = |text: &str| text.parse().ok().filter(|status| (100..=599).contains(status));
    let class = text.strip_suffix("xx").and_then(|digit| digit.parse::<u16>().ok()).filter(|digit| (1..=5).contains(digit));
    let range = class.map(|digit| (digit * 100, digit * 100 + 99)).or_else(|| match text.split_once('-') {
        Some((from, to)) => Some((status(from)?, status(to)?)),
        None => Some((status(text)?, status(text)?)),
    });
    range.filter(|(from, to)| from <= to).ok_or_else(|| "a status is 200, 200-299 or 2xx".to_owned())
}

fn duration(text: &str) -> Result<Duration, String> {
    let limits = Duration::from_millis(1)..=Duration::from_secs(600);
    time(text).filter(|value| limits.contains(value)).ok_or_else(|| "a time limit is 1ms to 600s, for example 35s".to_owned())
}

fn long_duration(text: &str) -> Result<Duration, String> {
    let limits = Duration::from_secs(1)..=Duration::from_secs(24 * 3600);
    time(text).filter(|value| limits.contains(value)).ok_or_else(|| "a time to wait is 1s to 24h, for example 5m".to_owned())
}

fn time(text: &str) -> Option<Duration> {
    let seconds = |number: &str, each: u64| number.parse::<u64>().ok()?.checked_mul(each).map(Duration::from_secs);
    match text.strip_suffix("ms") {
        Some(number) => number.parse().ok().map(Duration::from_millis),
        None if text.ends_with('m') => seconds(&text[..text.len() - 1], 60),
        None if text.ends_with('h') => seconds(&text[..text.len() - 1], 3600),
        None => seconds(text.strip_suffix('s').unwrap_or(text), 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_a_number_a_range_or_a_class() {
        assert_eq!(statuses("204"), Ok((204, 204)));
        assert_eq!(statuses("200-299"), Ok((200, 299)));
        assert_eq!(statuses("4xx"), Ok((400, 499)));
        for wrong in ["", "99", "600", "299-200", "9xx", "ok", "-"] {
            assert!(statuses(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn durations_have_a_unit_and_limits() {
        assert_eq!(duration("35s"), Ok(Duration::from_secs(35)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(long_duration("5m"), Ok(Duration::from_secs(300)));
        for wrong in ["", "0", "601s", "-1s", "1h", "m", "ms", "99999999999999999999h"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
        assert!(long_duration("25h").is_err() && long_duration("1ms").is_err());
    }
}
