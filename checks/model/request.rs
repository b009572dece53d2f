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
    /// The custom domain name it comes in through; absent: the API's own endpoint. Then `path` begins with the mapping's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
}

impl Request {
    /// `GET /health` on the default stage.
    pub fn get(path: &str) -> Request {
        Request { method: "GET".to_owned(), path: path.to_owned(), stage: None, domain: None }
    }

    /// The path without its query string.
    pub fn bare_path(&self) -> &str {
        self.path.split(['?', '#']).next().unwrap_or(&self.path)
    }
}
