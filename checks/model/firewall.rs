//! The web ACL of a load balancer.
//! Field meanings: <https://docs.aws.amazon.com/waf/latest/APIReference/API_WebACL.html>.

use serde::{Deserialize, Serialize};

/// A web ACL (`wafv2:GetWebACLForResource`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WebAcl {
    /// `ARN`.
    pub arn: String,
    /// `Name`.
    pub name: String,
    /// True when `DefaultAction` is `Block`.
    pub blocks_by_default: bool,
    /// `Rules`, by priority.
    pub rules: Vec<WebAclRule>,
}

/// One rule of a web ACL.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WebAclRule {
    /// `Name`.
    pub name: String,
    /// `Priority`.
    pub priority: u32,
    /// `Action`: `allow`, `block`, `count`, `captcha`, `challenge`; absent for rule groups, which bring their own.
    pub action: Option<String>,
    /// Kinds of all statements in the rule, nested ones included, for example `rate-based`, `ip-set-reference`, `managed-rule-group`.
    pub statements: Vec<String>,
    /// `RateBasedStatement.AggregateKeyType`: `IP`, `FORWARDED_IP`, `CUSTOM_KEYS` or `CONSTANT`.
    pub rate_key: Option<String>,
    /// True when every IP set statement of the rule looks at a forwarded header (`IPSetForwardedIPConfig`).
    pub forwarded_ip: bool,
}
