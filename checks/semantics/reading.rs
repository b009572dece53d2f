//! What an answer looks like, read once: the facts that signatures are matched against.
//!
//! Everything here is hostile text. Nothing of it leaves this module as text: who wrote an answer is said in words of our own.

mod exact;

use crate::answer::Answer;

/// A longer body is nobody's stock error page.
const STOCK_PAGE_LIMIT: usize = 8 * 1024;

/// The facts.
pub(super) struct Reading<'a> {
    answer: &'a Answer,
    /// Status code.
    pub(super) status: u16,
    /// What one-key JSON `{"message": …}` says.
    pub(super) message: Option<Message>,
    /// The same text as it stands in the body: API Gateway's letters are always the same.
    pub(super) said: Option<String>,
    /// The key of this JSON is in lower case, as HTTP APIs write it.
    pub(super) has_own_key: bool,
    /// The body is this JSON exactly as API Gateway writes it: the key in lower case, at most one blank, nothing around it.
    pub(super) is_exact: bool,
    /// The body is JSON of any shape.
    pub(super) is_json: bool,
    /// There is no body.
    pub(super) is_empty: bool,
    /// The body of a short answer: lower case, no comments, white space collapsed, none of it between tags.
    pub(super) text: String,
    /// Whom the `server` header names.
    pub(super) server: Server,
    /// What shows that an application answered, in words.
    pub(super) application: Option<&'static str>,
}

/// The value of the one key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// A text, in lower case, white space collapsed.
    Text(String),
    /// `null`.
    Null,
}

/// Whom the `server` header names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Server {
    /// There is no such header.
    Absent,
    /// The load balancer.
    Balancer,
    /// Something that stands in front of API Gateway.
    Edge(&'static str),
    /// Another program.
    Other,
}

/// Programs that stand in front, by the beginning of their `server` header.
const EDGES: &[(&str, &str)] = &[
    ("cloudfront", "CloudFront"),
    ("cloudflare", "Cloudflare"),
    ("akamaighost", "Akamai"),
    ("squid", "a Squid proxy"),
    ("vercel", "Vercel"),
    ("netlify", "Netlify"),
    ("github.com", "GitHub Pages"),
];

/// Programs that are nginx under another name, or are built on it, as they stand in the footer and in the `server` header.
const RELATIVES: &[&str] = &["openresty", "angie", "tengine", "freenginx", "kong"];

/// Headers of CDNs and proxies, by name and a part of the value.
const EDGE_HEADERS: &[(&str, &str, &str)] = &[
    ("via", "cloudfront", "CloudFront"),
    ("x-cache", "cloudfront", "CloudFront"),
    ("x-amz-cf-id", "", "CloudFront"),
    ("cf-ray", "", "Cloudflare"),
    ("x-squid-error", "", "a Squid proxy"),
    ("x-fastly-request-id", "", "Fastly"),
    ("x-akamai-request-id", "", "Akamai"),
];

/// Programs worth a name, by the beginning of their `server` header.
const PROGRAMS: &[(&str, &str)] = &[
    ("nginx", "the server header names nginx"),
    ("openresty", "the server header names OpenResty"),
    ("apache-coyote", "the server header names Tomcat"),
    ("apache", "the server header names Apache"),
    ("envoy", "the server header names Envoy"),
    ("istio-envoy", "the server header names Envoy"),
    ("gunicorn", "the server header names gunicorn"),
    ("uvicorn", "the server header names uvicorn"),
    ("werkzeug", "the server header names Werkzeug"),
    ("kestrel", "the server header names Kestrel"),
    ("microsoft-iis", "the server header names IIS"),
    ("jetty", "the server header names Jetty"),
    ("kong", "the server header names Kong"),
    ("caddy", "the server header names Caddy"),
    ("microsoft-httpapi", "the server header names Windows' HTTP server"),
    ("traefik", "the server header names Traefik"),
    ("haproxy", "the server header names HAProxy"),
    ("python", "the server header names a Python server"),
    ("tornadoserver", "the server header names Tornado"),
    ("waitress", "the server header names waitress"),
    ("hypercorn", "the server header names Hypercorn"),
    ("puma", "the server header names Puma"),
    ("amazons3", "the server header names Amazon S3"),
];

/// Headers that neither API Gateway nor the load balancer puts on an answer of its own.
const APPLICATION_HEADERS: &[(&str, &str)] = &[
    ("x-powered-by", "an x-powered-by header: an application answered"),
    ("x-aspnet-version", "an x-aspnet-version header: an application answered"),
    ("x-runtime", "an x-runtime header: an application answered"),
    ("x-envoy-upstream-service-time", "an Envoy header: an application answered"),
    ("x-kong-response-latency", "a Kong header: an application answered"),
    ("etag", "an etag header: an application answered"),
    ("x-request-id", "an x-request-id header: an application answered"),
    ("x-correlation-id", "an x-correlation-id header: an application answered"),
    ("x-amzn-remapped-server", "an x-amzn-remapped header: API Gateway keeps so what an integration sent"),
    ("x-amzn-remapped-date", "an x-amzn-remapped header: API Gateway keeps so what an integration sent"),
    ("x-amzn-remapped-connection", "an x-amzn-remapped header: API Gateway keeps so what an integration sent"),
    ("x-amzn-remapped-content-length", "an x-amzn-remapped header: API Gateway keeps so what an integration sent"),
];

impl<'a> Reading<'a> {
    pub(super) fn of(answer: &'a Answer) -> Reading<'a> {
        let body = answer.body.trim_start_matches('\u{feff}').trim();
        let short = if body.len() <= STOCK_PAGE_LIMIT { body } else { "" };
        let json = serde_json::from_str::<serde_json::Value>(short).ok();
        let said = json.as_ref().and_then(said);
        Reading {
            answer,
            status: answer.status,
            message: json.as_ref().and_then(message),
            is_exact: said.as_ref().is_some_and(|said| exact::is_own(answer, body, said)),
            said,
            has_own_key: json.as_ref().is_some_and(|json| json.get("message").is_some()),
            is_json: json.is_some() || looks_like_json(body),
            is_empty: body.is_empty(),
            text: plain(short),
            server: server(answer),
            application: application(answer),
        }
    }

    /// Title and heading are the status, and nothing stands below: the load balancer's own page.
    pub(super) fn is_stock_page(&self) -> bool {
        self.page().is_some_and(|below| below.is_empty())
    }

    /// The same page with a footer below a rule, as nginx and its relatives write it.
    pub(super) fn has_footer(&self) -> bool {
        self.page().is_some_and(|below| below.starts_with("<hr><center>") || below.starts_with("<hr/>"))
    }

    /// A footer of nginx, whatever else the page says.
    pub(super) fn names_nginx_below(&self) -> bool {
        self.text.contains("<hr><center>nginx")
    }

    /// Title and status as on a page of the nginx family, and no end.
    pub(super) fn is_cut_page(&self) -> bool {
        let rest = self.text.strip_prefix("<html>").unwrap_or(&self.text);
        let title = rest.strip_prefix("<head>").unwrap_or(rest).strip_prefix("<title>");
        title.is_some_and(|title| title.starts_with(&format!("{} ", self.status)))
            && !self.text.contains("</html>")
            && !self.text.contains("<hr>")
    }

    /// Cloudflare's headers and nginx's footer without a version, and nothing that shows the way through an HTTP API.
    pub(super) fn is_cloudflares_or_nginx(&self) -> bool {
        self.edge() == Some("Cloudflare") && self.text.contains("<hr><center>nginx</center>") && !self.went_through_http_api()
    }

    /// The part below the heading, if the body is a page of the nginx family: `<title>` and `<h1>` are both the status with its reason.
    fn page(&self) -> Option<&str> {
        let rest = self.text.strip_prefix("<html><head><title>")?;
        let (title, rest) = rest.split_once("</title></head><body")?;
        let (_, rest) = rest.split_once('>')?;
        let (heading, rest) = rest.strip_prefix("<center><h1>")?.split_once("</h1></center>")?;
        let below = rest.strip_suffix("</body></html>")?;
        (title == heading && title.starts_with(&format!("{} ", self.status))).then_some(below)
    }

    /// A header is there, whatever its value.
    pub(super) fn has(&self, name: &str) -> bool {
        header(self.answer, name).is_some()
    }

    /// A header's value holds this word, whatever the case.
    pub(super) fn says(&self, name: &str, word: &str) -> bool {
        values(self.answer, name).any(|value| value.to_ascii_lowercase().contains(word))
    }

    /// The request went through an HTTP API. Says nothing about who wrote the answer.
    pub(super) fn went_through_http_api(&self) -> bool {
        self.has("apigw-requestid")
    }

    /// The headers are those of a REST API: it names its request in other headers than an HTTP API
    /// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html>). `x-amzn-requestid` and
    /// `x-amzn-errortype` alone are what every JSON service of AWS sends.
    pub(super) fn went_through_rest_api(&self) -> bool {
        self.has("x-amz-apigw-id")
    }

    /// There are headers to look at. A body that was pasted alone has none, and then the absence of one says nothing.
    pub(super) fn has_headers(&self) -> bool {
        !self.answer.headers.is_empty()
    }

    /// How long the body is said to be; a `HEAD` request gets the length and no body.
    pub(super) fn promised_length(&self) -> Option<usize> {
        header(self.answer, "content-length")?.trim().parse().ok()
    }

    /// The type says JSON, or there is none.
    pub(super) fn type_may_be_json(&self) -> bool {
        !self.has("content-type") || self.says("content-type", "json")
    }

    /// nginx's version or the name of a relative stands in the footer or in the `server` header: a load balancer has neither to show.
    pub(super) fn names_nginx_version(&self) -> bool {
        // Browsers show the page without its tags.
        let shown = self.text.split_once("sent to https port ").map(|(_, below)| below);
        let below = self.text.rsplit_once("<hr><center>").map(|(_, below)| below).or(shown).unwrap_or_default();
        let named = |name: &&str| below.starts_with(*name) || self.says("server", name);
        below.starts_with("nginx/") || self.says("server", "nginx") || RELATIVES.iter().any(named)
    }

    /// What stands in front of API Gateway, if its headers show.
    pub(super) fn edge(&self) -> Option<&'static str> {
        if let Server::Edge(name) = self.server {
            return Some(name);
        }
        let shows = |(header, part, _): &&(&str, &str, &str)| self.says(header, part);
        let named = EDGE_HEADERS.iter().find(shows).map(|(_, _, name)| *name);
        named.or_else(|| self.has("via").then_some("a proxy"))
    }
}

fn values<'a>(answer: &'a Answer, name: &'a str) -> impl Iterator<Item = &'a str> {
    answer.headers.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

fn header<'a>(answer: &'a Answer, name: &'a str) -> Option<&'a str> {
    values(answer, name).next()
}

fn server(answer: &Answer) -> Server {
    let Some(value) = header(answer, "server").map(|value| value.trim().to_ascii_lowercase()).filter(|value| !value.is_empty()) else {
        return Server::Absent;
    };
    if value == "awselb" || value.starts_with("awselb/") {
        return Server::Balancer;
    }
    let edge = EDGES.iter().find(|(prefix, _)| value.starts_with(prefix));
    edge.map_or(Server::Other, |(_, name)| Server::Edge(name))
}

/// What shows that an application answered. The load balancer's sticky cookie counts: it is put only on answers of targets.
fn application(answer: &Answer) -> Option<&'static str> {
    if server(answer) == Server::Other {
        let value = header(answer, "server").unwrap_or_default().trim().to_ascii_lowercase();
        let known = PROGRAMS.iter().find(|(prefix, _)| value.starts_with(prefix));
        return Some(known.map_or("the server header names another program", |(_, words)| words));
    }
    if values(answer, "set-cookie").any(|value| value.starts_with("AWSALB")) {
        return Some("the load balancer's sticky cookie: a target answered");
    }
    APPLICATION_HEADERS.iter().find(|(name, _)| header(answer, name).is_some()).map(|(_, words)| *words)
}

fn message(json: &serde_json::Value) -> Option<Message> {
    let object = json.as_object()?;
    let (key, value) = object.iter().next().filter(|_| object.len() == 1)?;
    match value {
        _ if !key.eq_ignore_ascii_case("message") => None,
        serde_json::Value::String(text) => Some(Message::Text(collapse(&text.to_lowercase()))),
        serde_json::Value::Null => Some(Message::Null),
        serde_json::Value::Bool(_) | serde_json::Value::Number(_) | serde_json::Value::Array(_) | serde_json::Value::Object(_) => None,
    }
}

fn said(json: &serde_json::Value) -> Option<String> {
    let object = json.as_object().filter(|object| object.len() == 1)?;
    object.values().next()?.as_str().map(str::to_owned)
}

/// JSON that was cut, or is nearly JSON; `[ERROR]` at the beginning of a line is none.
fn looks_like_json(body: &str) -> bool {
    let list = body.strip_prefix('[').map(str::trim_start);
    body.starts_with('{')
        || list.is_some_and(|rest| {
            rest.is_empty() || rest.starts_with(['{', '[', '"', ']', '-']) || rest.starts_with(|c: char| c.is_ascii_digit())
        })
}

/// Lower case, without comments (nginx pads short pages with them), white space collapsed and none of it around tags.
fn plain(body: &str) -> String {
    let lower = body.to_lowercase();
    let mut kept = String::with_capacity(lower.len());
    let mut rest = lower.as_str();
    while let Some((before, after)) = rest.split_once("<!--") {
        kept.push_str(before);
        rest = after.split_once("-->").map_or("", |(_, rest)| rest);
    }
    kept.push_str(rest);
    collapse(&kept).replace("> <", "><").replace(" </", "</")
}

fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{Message, Reading, Server};
    use crate::answer::Answer;

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Answer { status, headers, body: body.to_owned(), body_truncated: false }
    }

    #[test]
    fn one_key_json_is_read_whatever_its_case_and_white_space() {
        let message = |body| Reading::of(&answer(404, &[], body)).message;
        let found = Some(Message::Text("not found".to_owned()));
        for body in [r#"{"message":"Not Found"}"#, "\u{feff} {\n \"Message\" : \"NOT   found\" }\r\n"] {
            assert_eq!(message(body), found, "{body}");
        }
        assert_eq!(message(r#"{"message":null}"#), Some(Message::Null));
        for body in
            [r#"{"message":"Not Found","status":404}"#, r#"{"error":"Not Found"}"#, r#"{"message":["Not Found"]}"#, r#"["message"]"#, "{}"]
        {
            assert_eq!(message(body), None, "{body}");
        }
    }

    #[test]
    fn a_body_that_a_tool_laid_out_anew_is_known_by_its_length() {
        let body = "{\n    \"message\": \"Not Found\"\n}";
        assert!(Reading::of(&answer(404, &[("content-length", "23")], body)).is_exact);
        assert!(!Reading::of(&answer(404, &[("content-length", "30")], body)).is_exact);
        assert!(Reading::of(&answer(404, &[], body)).is_exact, "no length says anything else");
        assert!(!Reading::of(&answer(404, &[("content-length", "23")], &body.replace("message", "Message"))).is_exact);
    }

    #[test]
    fn json_that_was_cut_is_json_and_a_level_is_none() {
        let is_json = |body| Reading::of(&answer(500, &[], body)).is_json;
        assert!(is_json("{\"a\":") && is_json("[1, 2") && is_json("[ {") && is_json("["));
        assert!(!is_json("[ERROR] it failed"));
    }

    #[test]
    fn pages_are_told_apart_by_what_stands_below_the_heading() {
        let bare = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body bgcolor=\"white\">\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n<!-- a padding to disable MSIE and Chrome friendly error page -->\r\n";
        let footer = bare.replace("</h1></center>", "</h1></center>\r\n<hr><center>nginx/1.22.1</center>");
        let reading = answer(502, &[], bare);
        assert!(Reading::of(&reading).is_stock_page());
        let reading = answer(502, &[], &footer);
        assert!(!Reading::of(&reading).is_stock_page() && Reading::of(&reading).has_footer());
        let another_status = answer(200, &[], bare);
        assert!(!Reading::of(&another_status).is_stock_page());
    }

    #[test]
    fn the_server_header_is_sorted() {
        let server = |value| Reading::of(&answer(200, &[("Server", value)], "")).server;
        assert_eq!(server("awselb/2.0"), Server::Balancer);
        assert_eq!(server("AWSELB/2.0"), Server::Balancer);
        assert_eq!(server("CloudFront"), Server::Edge("CloudFront"));
        assert_eq!(server("awselbow"), Server::Other);
        assert_eq!(server(" "), Server::Absent);
    }

    #[test]
    fn a_long_body_is_nobodys_page() {
        let long = answer(400, &[], &format!("<p>{}</p>", "the plain HTTP request was sent to HTTPS port ".repeat(400)));
        assert!(Reading::of(&long).text.is_empty() && !Reading::of(&long).is_empty);
    }
}
