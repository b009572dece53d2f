//! A request that one asks about.

use super::fetched::Gap;
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
    /// Where it gets to when it comes in through a custom domain name: not asked, but found by `Deployment::new`.
    #[serde(skip)]
    pub inside: Option<Inside>,
}

/// Where a request gets to that comes in through a custom domain name.
#[derive(Clone, Debug, PartialEq)]
pub enum Inside {
    /// To a stage of this API.
    Stage {
        /// The stage's name; whether there is such a stage is another question.
        name: String,
        /// The path below the stage.
        path: String,
        /// What was taken off the path: the mapping's key or the rule's base path.
        key: String,
    },
    /// To another API, or nowhere.
    Elsewhere,
    /// It cannot be told.
    Open(Gap),
}

impl Request {
    /// `GET /health` on the default stage.
    pub fn get(path: &str) -> Request {
        Request { method: "GET".to_owned(), path: path.to_owned(), stage: None, domain: None, inside: None }
    }

    /// The path below the stage, without query string: what routes are matched with.
    pub fn bare_path(&self) -> &str {
        match &self.inside {
            Some(Inside::Stage { path, .. }) => path,
            Some(Inside::Elsewhere | Inside::Open(_)) | None => self.asked_path(),
        }
    }

    /// The path as it was asked for, without query string: through a custom domain it begins with the mapping's key.
    pub fn asked_path(&self) -> &str {
        self.path.split(['?', '#']).next().unwrap_or(&self.path)
    }

    /// What a custom domain took off the path; empty without one.
    pub fn key(&self) -> &str {
        match &self.inside {
            Some(Inside::Stage { key, .. }) => key,
            Some(Inside::Elsewhere | Inside::Open(_)) | None => "",
        }
    }
}
