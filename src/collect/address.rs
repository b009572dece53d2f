//! What people call an API: an id, a name, an ARN, a URL or a custom domain. Only the text is looked at here.

/// What a text may mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// Surely an id, with its Region, from an ARN or an invoke URL.
    Id {
        /// The id.
        id: String,
        /// The Region.
        region: String,
    },
    /// An id, or a name that looks like one.
    IdOrName(String),
    /// A name.
    Name(String),
    /// A host, or a name that looks like one, with the path that followed it.
    Domain {
        /// The host, in lower case.
        host: String,
        /// The path with its leading slash, if one was given.
        path: Option<String>,
        /// True when the text can only be a URL.
        url: bool,
    },
    /// Nothing that could be looked up.
    Nonsense,
}

/// Tells what a text may mean.
pub(super) fn address(text: &str) -> Address {
    let text = text.trim();
    if text.is_empty() || text.chars().any(char::is_control) {
        return Address::Nonsense;
    }
    if text.starts_with("arn:") {
        return arn(text).unwrap_or(Address::Nonsense);
    }
    let lower = text.to_ascii_lowercase();
    let is_url = lower.starts_with("https://") || lower.starts_with("http://");
    let rest = if is_url { text.split_once("://").map_or(text, |(_, rest)| rest) } else { text };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let host = authority.split(':').next().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
    if let Some(found) = invoke_host(&host) {
        return found;
    }
    if is_host(&host) {
        return Address::Domain { host, path: path(tail), url: is_url };
    }
    match text {
        _ if is_url => Address::Nonsense,
        _ if is_id(text) => Address::IdOrName(text.to_owned()),
        _ => Address::Name(text.to_owned()),
    }
}

/// `arn:aws:apigateway:REGION::/apis/ID[/…]` or `arn:aws:execute-api:REGION:ACCOUNT:ID[/…]`.
fn arn(text: &str) -> Option<Address> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let &[_, _, service, region, _, resource] = parts.as_slice() else { return None };
    let id = match service {
        "apigateway" => resource.strip_prefix("/apis/")?,
        "execute-api" => resource,
        _ => return None,
    };
    let id = id.split('/').next()?;
    (is_id(id) && is_region(region)).then(|| Address::Id { id: id.to_owned(), region: region.to_owned() })
}

/// `ID.execute-api.REGION.amazonaws.com[.cn]`, or `ID.execute-api.REGION.api.aws` for dual stack.
fn invoke_host(host: &str) -> Option<Address> {
    let (id, rest) = host.split_once(".execute-api.")?;
    let region = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"].iter().find_map(|suffix| rest.strip_suffix(suffix))?;
    (is_id(id) && is_region(region)).then(|| Address::Id { id: id.to_owned(), region: region.to_owned() })
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

fn is_region(text: &str) -> bool {
    text.contains('-') && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn is_host(text: &str) -> bool {
    let label = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let labels = text.strip_prefix("*.").unwrap_or(text);
    labels.contains('.') && labels.split('.').all(label)
}

fn path(tail: &str) -> Option<String> {
    let path = tail.split(['?', '#']).next().unwrap_or_default();
    (path.starts_with('/') && path.len() > 1).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Address, address};

    fn id(id: &str, region: &str) -> Address {
        Address::Id { id: id.to_owned(), region: region.to_owned() }
    }

    #[test]
    fn arns_and_invoke_urls_bring_their_region() {
        let wanted = id("a1b2c3d4e5", "eu-central-1");
        for text in [
            "arn:aws:apigateway:eu-central-1::/apis/a1b2c3d4e5",
            "arn:aws:apigateway:eu-central-1::/apis/a1b2c3d4e5/routes/x",
            "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/*/GET/health",
            "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/prod/health?x=1",
            "HTTPS://A1B2C3D4E5.execute-api.eu-central-1.amazonaws.com",
            "a1b2c3d4e5.execute-api.eu-central-1.api.aws",
            " a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com. ",
        ] {
            assert_eq!(address(text), wanted, "{text}");
        }
        assert_eq!(address("https://a1b2c3d4e5.execute-api.cn-north-1.amazonaws.com.cn/"), id("a1b2c3d4e5", "cn-north-1"));
    }

    #[test]
    fn ids_names_and_domains_are_told_apart_as_far_as_the_text_can_tell() {
        assert_eq!(address("a1b2c3d4e5"), Address::IdOrName("a1b2c3d4e5".to_owned()));
        assert_eq!(address("orders"), Address::IdOrName("orders".to_owned()));
        assert_eq!(address("Orders API"), Address::Name("Orders API".to_owned()));
        let domain = |path: Option<&str>, url| Address::Domain { host: "api.example.com".to_owned(), path: path.map(str::to_owned), url };
        assert_eq!(address("api.example.com"), domain(None, false));
        assert_eq!(address("https://API.example.com:443/v1/orders?x"), domain(Some("/v1/orders"), true));
        assert_eq!(address("api.example.com/"), domain(None, false));
    }

    #[test]
    fn nonsense_is_called_nonsense() {
        for text in [
            "",
            "  ",
            "a\u{7}b",
            "arn:aws:lambda:eu-central-1:1:function:x",
            "arn:aws:apigateway:eu-central-1::/restapis/x",
            "https://",
            "https://a b/",
        ] {
            assert_eq!(address(text), Address::Nonsense, "{text:?}");
        }
    }
}
