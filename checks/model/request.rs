//! A request that one asks about.

use serde::{Deserialize, Serialize};

/// The request that the doctor is asked to explain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// HTTP method, upper case.
    pub method: String,
    /// Path below the stage's invoke URL: starts with `/` and never includes the stage.
    pub path: String,
    /// The stage, when the user named one; otherwise `$default`, else the only one.
    pub stage: Option<String>,
    /// Names of the header fields that the request carries, in lower case. Never their values: they may be credentials.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<String>,
    /// The custom domain name it comes in through; absent: the API's own endpoint. Then `path` begins with the mapping's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
}

impl Request {
    /// `GET /health` on the default stage.
    pub fn get(path: &str) -> Request {
        Request { method: "GET".to_owned(), path: path.to_owned(), stage: None, headers: Vec::new(), domain: None }
    }

    /// Whether the request carries a header field of this name, in whatever case.
    pub fn carries(&self, header: &str) -> bool {
        self.headers.iter().any(|name| name.eq_ignore_ascii_case(header))
    }

    /// The path without its query string.
    pub fn bare_path(&self) -> &str {
        self.path.split(['?', '#']).next().unwrap_or(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_without_headers_is_written_as_before() {
        let written = serde_json::to_string(&Request::get("/health")).expect("it serialises");
        assert_eq!(written, r#"{"method":"GET","path":"/health","stage":null}"#);
        let read: Request = serde_json::from_str(&written).expect("it is read again");
        assert!(!read.carries("authorization"));
    }

    #[test]
    fn header_names_have_no_case() {
        let request = Request { headers: vec!["authorization".to_owned()], ..Request::get("/health") };
        assert!(request.carries("Authorization") && !request.carries("X-Token"));
    }
}
