//! Cloud Map: what an integration finds behind a service's ARN instead of a load balancer.
//! Field meanings: <https://docs.aws.amazon.com/cloud-map/latest/api/Welcome.html>.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A Cloud Map service (`GetService`, with the name of its namespace from `GetNamespace`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CloudMapService {
    /// `Arn`.
    pub arn: String,
    /// `Id`: `srv-…`.
    pub id: String,
    /// `Name`.
    pub name: String,
    /// `NamespaceId`.
    pub namespace_id: Option<String>,
    /// `Name` of the namespace.
    pub namespace_name: Option<String>,
    /// `DnsConfig.DnsRecords[].Type`: `A`, `AAAA`, `CNAME`, `SRV`; empty without DNS.
    #[serde(default)]
    pub record_types: Vec<String>,
    /// True with `HealthCheckCustomConfig`: whoever registers says how instances are; ECS does.
    pub custom_health: bool,
    /// True with `HealthCheckConfig`: Route 53 checks public endpoints.
    pub route53_health: bool,
}

/// A registered instance (`DiscoverInstances` with `HealthStatus=ALL`): an observation. API Gateway asks the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CloudMapInstance {
    /// `InstanceId`; the task's id where ECS registers.
    pub id: String,
    /// `HealthStatus`: `HEALTHY`, `UNHEALTHY` or `UNKNOWN`.
    pub health: Option<String>,
    /// `Attributes`, for example `AWS_INSTANCE_IPV4`.
    pub attributes: BTreeMap<String, String>,
}

impl CloudMapInstance {
    /// `AWS_INSTANCE_IPV4`: where API Gateway connects to.
    pub fn address(&self) -> Option<&str> {
        self.attributes.get("AWS_INSTANCE_IPV4").map(String::as_str).filter(|address| !address.is_empty())
    }

    /// `AWS_INSTANCE_PORT`.
    pub fn port(&self) -> Option<u16> {
        self.attributes.get("AWS_INSTANCE_PORT")?.parse().ok()
    }
}
