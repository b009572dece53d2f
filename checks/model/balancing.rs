//! The load balancer side: load balancers, listeners, certificates, rules, target groups, targets.
//! Field meanings: <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/Welcome.html>.

use super::fetched::Fetched;
use serde::{Deserialize, Serialize};

/// A load balancer (`DescribeLoadBalancers`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoadBalancer {
    /// `LoadBalancerArn`.
    pub arn: String,
    /// `LoadBalancerName`.
    pub name: String,
    /// `DNSName`.
    pub dns_name: String,
    /// `Type`: `application`, `network` or `gateway`.
    pub kind: String,
    /// `Scheme`: `internal` or `internet-facing`.
    pub scheme: String,
    /// `VpcId`.
    pub vpc_id: String,
    /// `AvailabilityZones`.
    pub zones: Vec<LbZone>,
    /// `SecurityGroups`; empty for a Network Load Balancer made without.
    pub security_group_ids: Vec<String>,
    /// `IpAddressType`: `ipv4`, `dualstack` or `dualstack-without-public-ipv4`.
    #[serde(default)]
    pub ip_address_type: Option<String>,
    /// `State`: an observation.
    pub state: Fetched<LbState>,
}

impl LoadBalancer {
    /// True for an Application Load Balancer.
    pub fn is_application(&self) -> bool {
        self.kind == "application"
    }
}

/// An enabled zone of a load balancer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LbZone {
    /// `ZoneName`.
    pub zone: String,
    /// `SubnetId`.
    pub subnet_id: String,
}

/// `State` of a load balancer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LbState {
    /// `Code`: `active`, `provisioning`, `active_impaired` or `failed`.
    pub code: String,
    /// `Reason`.
    pub reason: Option<String>,
}

/// A listener (`DescribeListeners`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listener {
    /// `ListenerArn`.
    pub arn: String,
    /// `LoadBalancerArn`.
    pub load_balancer_arn: String,
    /// `Protocol`: `HTTP`, `HTTPS`, `TCP`, `TLS`, `UDP`, `TCP_UDP`.
    pub protocol: String,
    /// `Port`.
    pub port: u16,
    /// `Certificates`: the default certificate; empty without TLS.
    #[serde(default)]
    pub certificate_arns: Vec<String>,
    /// `DefaultActions`.
    pub default_actions: Vec<Action>,
    /// `SslPolicy`; absent without TLS.
    #[serde(default)]
    pub ssl_policy: Option<String>,
    /// `MutualAuthentication`; absent counts as off.
    #[serde(default)]
    pub mutual_authentication: Option<MutualAuthentication>,
}

/// `MutualAuthentication` of a listener.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_MutualAuthenticationAttributes.html>
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MutualAuthentication {
    /// `Mode`: `off`, `passthrough` or `verify`.
    pub mode: String,
    /// `TrustStoreArn`.
    pub trust_store_arn: Option<String>,
    /// `TrustStoreAssociationStatus`: `active` or `removed`.
    pub trust_store_association_status: Option<String>,
}

/// A security policy of TLS listeners (`DescribeSSLPolicies`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SslPolicy {
    /// `Name`.
    pub name: String,
    /// `SslProtocols`, for example `TLSv1.2`.
    pub protocols: Vec<String>,
}

impl Listener {
    /// `HTTPS` (ALB) or `TLS` (NLB): the listener itself ends the TLS session.
    pub fn speaks_tls(&self) -> bool {
        matches!(self.protocol.as_str(), "HTTPS" | "TLS")
    }

    /// True for a listener of an Application Load Balancer. One of a Network Load Balancer passes bytes on and writes no answer of its own.
    pub fn reads_http(&self) -> bool {
        matches!(self.protocol.as_str(), "HTTP" | "HTTPS")
    }
}

/// A rule of a listener (`DescribeRules`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// `RuleArn`.
    pub arn: String,
    /// `Priority`; absent for the default rule, which comes last.
    pub priority: Option<u32>,
    /// `Conditions`; all have to hold.
    #[serde(default)]
    pub conditions: Vec<Condition>,
    /// `Actions`.
    pub actions: Vec<Action>,
    /// `Transforms`: what the *target* sees instead; they do not take part in matching.
    #[serde(default)]
    pub transforms: Vec<Transform>,
}

/// A transform of a rule (`RuleTransform`).
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RuleTransform.html>
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Transform {
    /// `host-header-rewrite`.
    HostHeaderRewrite {
        /// `Rewrites`.
        rewrites: Vec<Rewrite>,
    },
    /// `url-rewrite`.
    UrlRewrite {
        /// `Rewrites`.
        rewrites: Vec<Rewrite>,
    },
    /// A kind this version does not know.
    Unknown {
        /// `Type` as AWS named it.
        name: String,
    },
}

/// One `RewriteConfig`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rewrite {
    /// `Regex`.
    pub regex: String,
    /// `Replace`; may refer to groups as `$1`.
    pub replace: String,
}

/// A condition of a rule: one of its values has to match.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "field", rename_all = "kebab-case")]
pub enum Condition {
    /// `host-header`: `*` and `?` as wildcards, without case.
    HostHeader {
        /// Patterns.
        #[serde(default)]
        values: Vec<String>,
        /// Regular expressions.
        #[serde(default)]
        regexes: Vec<String>,
    },
    /// `path-pattern`: `*` and `?` as wildcards, with case.
    PathPattern {
        /// Patterns.
        #[serde(default)]
        values: Vec<String>,
        /// Regular expressions.
        #[serde(default)]
        regexes: Vec<String>,
    },
    /// `http-header`: name without case, patterns without case.
    HttpHeader {
        /// Header name.
        name: String,
        /// Patterns.
        #[serde(default)]
        values: Vec<String>,
        /// Regular expressions.
        #[serde(default)]
        regexes: Vec<String>,
    },
    /// `http-request-method`: exact.
    HttpRequestMethod {
        /// Methods.
        values: Vec<String>,
    },
    /// `query-string`: key and value patterns, without case.
    QueryString {
        /// Pairs; the key may be absent.
        values: Vec<(Option<String>, String)>,
    },
    /// `source-ip`: blocks that the *peer's* address has to be in, here the VPC link's interfaces.
    SourceIp {
        /// CIDR blocks as AWS writes them.
        values: Vec<String>,
    },
    /// A kind this version does not know.
    Unknown {
        /// `Field` as AWS named it.
        name: String,
    },
}

/// An action of a rule or of a listener's default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Action {
    /// Forward to one or several target groups by weight.
    Forward {
        /// Target groups with weights 0 to 999.
        target_groups: Vec<WeightedTargetGroup>,
    },
    /// Answer with a fixed response.
    FixedResponse {
        /// `StatusCode`.
        status: u16,
        /// `ContentType`.
        content_type: Option<String>,
        /// `MessageBody`.
        body: Option<String>,
    },
    /// Redirect the client.
    Redirect {
        /// `StatusCode`: `HTTP_301` or `HTTP_302`, as a number.
        status: u16,
        /// `Protocol`: `HTTP`, `HTTPS` or `#{protocol}`.
        protocol: Option<String>,
        /// `Host`.
        host: Option<String>,
        /// `Port`.
        port: Option<String>,
        /// `Path`.
        path: Option<String>,
    },
    /// Authenticate first: `authenticate-oidc`, `authenticate-cognito`, `jwt-validation`.
    Authenticate {
        /// The type as AWS names it.
        name: String,
    },
    /// A kind this version does not know.
    Unknown {
        /// `Type` as AWS named it.
        name: String,
    },
}

/// A target group of a forward action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeightedTargetGroup {
    /// `TargetGroupArn`.
    pub arn: String,
    /// `Weight`, 0 to 999; 1 when AWS gives none.
    pub weight: u32,
}

/// A target group (`DescribeTargetGroups`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetGroup {
    /// `TargetGroupArn`.
    pub arn: String,
    /// `TargetGroupName`.
    pub name: String,
    /// `TargetType`: `ip`, `instance`, `lambda` or `alb`.
    pub target_type: String,
    /// `Protocol`; absent for Lambda.
    pub protocol: Option<String>,
    /// `ProtocolVersion`: `HTTP1`, `HTTP2`, `GRPC`; absent for network load balancers.
    pub protocol_version: Option<String>,
    /// `Port`: the default port of targets.
    pub port: Option<u16>,
    /// `VpcId`.
    pub vpc_id: Option<String>,
    /// `LoadBalancerArns`.
    #[serde(default)]
    pub load_balancer_arns: Vec<String>,
    /// Health check settings.
    pub health_check: HealthCheck,
    /// `IpAddressType` of the targets: `ipv4` or `ipv6`.
    #[serde(default)]
    pub ip_address_type: Option<String>,
}

/// Health check settings of a target group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HealthCheck {
    /// `HealthCheckEnabled`.
    pub enabled: bool,
    /// `HealthCheckProtocol`.
    pub protocol: Option<String>,
    /// `HealthCheckPort`: `traffic-port` or a number.
    pub port: String,
    /// `HealthCheckPath`.
    pub path: Option<String>,
    /// `HealthCheckTimeoutSeconds`.
    pub timeout_s: Option<u32>,
    /// `HealthCheckIntervalSeconds`.
    pub interval_s: Option<u32>,
    /// `Matcher.HttpCode`, for example `200-299`.
    pub matcher: Option<String>,
    /// `HealthyThresholdCount`.
    #[serde(default)]
    pub healthy_threshold: Option<u32>,
    /// `UnhealthyThresholdCount`.
    #[serde(default)]
    pub unhealthy_threshold: Option<u32>,
}

impl HealthCheck {
    /// The fixed health-check port, if it is not the traffic port.
    pub fn fixed_port(&self) -> Option<u16> {
        self.port.parse().ok()
    }
}

/// A registered target with its health (`DescribeTargetHealth`): an observation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// `Target.Id`: an address, an instance id or an ARN.
    pub id: String,
    /// `Target.Port`.
    pub port: Option<u16>,
    /// `Target.AvailabilityZone`; `all` for addresses outside the VPC.
    pub zone: Option<String>,
    /// `TargetHealth.State`: `initial`, `healthy`, `unhealthy`, `unused`, `draining`, `unavailable`, …
    pub state: String,
    /// `TargetHealth.Reason`, for example `Target.Timeout`.
    pub reason: Option<String>,
    /// `TargetHealth.Description`.
    pub description: Option<String>,
    /// `AdministrativeOverride`: the target's zone is shifted away, whatever its health says.
    #[serde(default)]
    pub administrative_override: Option<AdministrativeOverride>,
}

/// `AdministrativeOverride` of a target.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AdministrativeOverride.html>
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdministrativeOverride {
    /// `State`: `no_override`, `zonal_shift_active`, `zonal_shift_delegated_to_dns`, `unknown`.
    pub state: String,
    /// `Reason`.
    pub reason: Option<String>,
    /// `Description`.
    pub description: Option<String>,
}
