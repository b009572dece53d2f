//! Custom domain names of an API, with their mappings and routing rules.
//! Field meanings: <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/domainnames-domainname.html>.

use super::fetched::Fetched;
use serde::{Deserialize, Serialize};

/// A custom domain name (`GetDomainName`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Domain {
    /// `DomainName`; may be a wildcard, `*.example.com`.
    pub name: String,
    /// `DomainNameConfigurations`.
    pub configurations: Vec<DomainConfiguration>,
    /// `MutualTlsAuthentication`; absent when clients need no certificate.
    #[serde(default)]
    pub mutual_tls: Option<MutualTls>,
    /// `RoutingMode`: `API_MAPPING_ONLY`, `ROUTING_RULE_ONLY` or `ROUTING_RULE_THEN_API_MAPPING`; absent counts as the first.
    #[serde(default)]
    pub routing_mode: Option<String>,
}

/// One entry of `DomainNameConfigurations`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DomainConfiguration {
    /// `ApiGatewayDomainName`: what the DNS record has to point to, `d-….execute-api.REGION.amazonaws.com`.
    pub api_gateway_domain_name: Option<String>,
    /// `HostedZoneId` of that name.
    pub hosted_zone_id: Option<String>,
    /// `CertificateArn`: what clients are shown.
    pub certificate_arn: Option<String>,
    /// `OwnershipVerificationCertificateArn`, for mutual TLS with an imported or private certificate.
    #[serde(default)]
    pub ownership_certificate_arn: Option<String>,
    /// `EndpointType`, for example `REGIONAL`.
    pub endpoint_type: Option<String>,
    /// `SecurityPolicy`, for example `TLS_1_2`.
    pub security_policy: Option<String>,
    /// `IpAddressType`: `ipv4` or `dualstack`.
    #[serde(default)]
    pub ip_address_type: Option<String>,
    /// Status as AWS reported it: an observation.
    pub state: Fetched<DomainState>,
}

/// What AWS says about the state of a custom domain name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DomainState {
    /// `DomainNameStatus`: `AVAILABLE`, `UPDATING`, `PENDING_CERTIFICATE_REIMPORT` or `PENDING_OWNERSHIP_VERIFICATION`.
    pub status: Option<String>,
    /// `DomainNameStatusMessage`.
    pub message: Option<String>,
}

/// `MutualTlsAuthentication`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MutualTls {
    /// `TruststoreUri`: an object in S3.
    pub truststore_uri: Option<String>,
    /// `TruststoreVersion`.
    pub truststore_version: Option<String>,
    /// `TruststoreWarnings`, computed when the domain was last updated.
    #[serde(default)]
    pub truststore_warnings: Vec<String>,
}

/// An API mapping (`GetApiMappings`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApiMapping {
    /// `ApiMappingId`.
    pub id: String,
    /// `ApiId`.
    pub api_id: String,
    /// `Stage`.
    pub stage: String,
    /// `ApiMappingKey` without slashes at its ends; empty matches every path.
    pub key: String,
}

/// A routing rule (`ListRoutingRules`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoutingRule {
    /// `RoutingRuleId`.
    pub id: String,
    /// `Priority`: the lowest is evaluated first.
    pub priority: u32,
    /// `Conditions`; all have to hold.
    #[serde(default)]
    pub conditions: Vec<RoutingCondition>,
    /// `Actions[].InvokeApi`; AWS allows one.
    pub invokes: Vec<InvokeApi>,
}

/// One condition of a routing rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum RoutingCondition {
    /// `MatchHeaders.AnyOf`: header names with value globs.
    Headers {
        /// One of them has to match.
        any_of: Vec<HeaderGlob>,
    },
    /// `MatchBasePaths.AnyOf`.
    BasePaths {
        /// One of them has to be the first segments of the path.
        any_of: Vec<String>,
    },
    /// A kind this version does not know.
    Unknown,
}

/// One header of a condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeaderGlob {
    /// `Header`.
    pub header: String,
    /// `ValueGlob`.
    pub value_glob: String,
}

/// What a routing rule does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InvokeApi {
    /// `ApiId`.
    pub api_id: String,
    /// `Stage`.
    pub stage: String,
    /// `StripBasePath`: the matched base path is taken off before routes are matched.
    pub strip_base_path: bool,
}
