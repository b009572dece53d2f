//! The API Gateway side: API, stages, routes, integrations, VPC links.
//! Field meanings: <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/api-reference.html>.

use super::fetched::Fetched;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// An HTTP API (`GetApi`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Api {
    /// `ApiId`.
    pub id: String,
    /// `Name`.
    pub name: String,
    /// `ProtocolType`: `HTTP` or `WEBSOCKET`.
    pub protocol_type: String,
    /// `ApiEndpoint`: `https://ID.execute-api.REGION.amazonaws.com`.
    pub endpoint: String,
    /// `DisableExecuteApiEndpoint`.
    pub execute_api_disabled: bool,
    /// `IpAddressType`: `ipv4` or `dualstack`; absent counts as `ipv4`.
    #[serde(default)]
    pub ip_address_type: Option<String>,
    /// `CorsConfiguration`; absent when the API does not answer CORS itself.
    #[serde(default)]
    pub cors: Option<Cors>,
}

/// `CorsConfiguration` of an API: with it, API Gateway answers preflight requests and replaces the backend's CORS headers.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html>
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cors {
    /// `AllowOrigins`.
    #[serde(default)]
    pub allow_origins: Vec<String>,
    /// `AllowMethods`.
    #[serde(default)]
    pub allow_methods: Vec<String>,
    /// `AllowHeaders`.
    #[serde(default)]
    pub allow_headers: Vec<String>,
}

/// A stage (`GetStages`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// `StageName`; `$default` is served without a stage segment in the URL.
    pub name: String,
    /// `AutoDeploy`.
    pub auto_deploy: bool,
    /// `DeploymentId`; absent when nothing was ever deployed to the stage.
    pub deployment_id: Option<String>,
    /// `LastDeploymentStatusMessage`, only for stages with auto-deploy.
    pub last_deployment_status_message: Option<String>,
    /// `DefaultRouteSettings`: throttling of every route without settings of its own.
    #[serde(default)]
    pub default_route_settings: Option<RouteSettings>,
    /// `RouteSettings` by route key, for example `GET /health`.
    #[serde(default)]
    pub route_settings: BTreeMap<String, RouteSettings>,
    /// The names in `StageVariables`. Their values are not kept: they may be secrets.
    #[serde(default)]
    pub variable_names: BTreeSet<String>,
    /// `AccessLogSettings`; absent when no access log is written.
    #[serde(default)]
    pub access_log: Option<AccessLog>,
}

/// Throttling settings of a stage or of one route.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html>
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RouteSettings {
    /// `ThrottlingRateLimit`: requests per second; absent means the account's limit.
    #[serde(default)]
    pub rate_limit: Option<f64>,
    /// `ThrottlingBurstLimit`: requests at once; absent means the account's limit.
    #[serde(default)]
    pub burst_limit: Option<u32>,
}

/// `AccessLogSettings` of a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccessLog {
    /// `DestinationArn`: a log group or a delivery stream.
    pub destination_arn: Option<String>,
    /// `Format`, with `$context` variables.
    pub format: Option<String>,
}

/// A deployment of the API (`GetDeployments`): a snapshot that a stage serves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApiDeployment {
    /// `DeploymentId`.
    pub id: String,
    /// `DeploymentStatus`: `PENDING`, `FAILED` or `DEPLOYED`.
    pub status: Option<String>,
    /// `DeploymentStatusMessage`.
    pub status_message: Option<String>,
    /// `CreatedDate`.
    pub created_at: Option<Timestamp>,
    /// `AutoDeployed`.
    pub auto_deployed: bool,
}

/// An authorizer (`GetAuthorizers`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Authorizer {
    /// `AuthorizerId`.
    pub id: String,
    /// `Name`.
    pub name: String,
    /// `AuthorizerType`: `JWT` or `REQUEST` (a Lambda function).
    pub kind: String,
    /// `IdentitySource`: expressions such as `$request.header.Authorization`.
    #[serde(default)]
    pub identity_sources: Vec<String>,
    /// `JwtConfiguration.Issuer`.
    #[serde(default)]
    pub issuer: Option<String>,
    /// `JwtConfiguration.Audience`.
    #[serde(default)]
    pub audience: Vec<String>,
    /// `AuthorizerUri`: the function's invocation ARN.
    #[serde(default)]
    pub uri: Option<String>,
    /// `AuthorizerCredentialsArn`: the role API Gateway takes to invoke the function; absent: the function's own policy decides.
    #[serde(default)]
    pub credentials_arn: Option<String>,
}

impl Authorizer {
    /// The ARN of the function in `AuthorizerUri` (`…:lambda:path/2015-03-31/functions/ARN/invocations`).
    pub fn function_arn(&self) -> Option<&str> {
        let (_, after) = self.uri.as_deref()?.split_once("/functions/")?;
        after.strip_suffix("/invocations")
    }
}

/// One statement of a Lambda function's resource policy that allows something (`lambda:GetPolicy`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LambdaPermission {
    /// The service or account that is allowed, for example `apigateway.amazonaws.com`; `*` for anybody.
    pub principal: String,
    /// The action, for example `lambda:InvokeFunction`.
    pub action: String,
    /// The `AWS:SourceArn` or `ArnLike` condition, if there is one.
    pub source_arn: Option<String>,
}

/// The stage that is served without a segment in the URL.
pub const DEFAULT_STAGE: &str = "$default";

/// A route (`GetRoutes`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Route {
    /// `RouteId`.
    pub id: String,
    /// `RouteKey`: `METHOD /path` or `$default`.
    pub key: String,
    /// `Target`: `integrations/ID`; absent when nothing is attached.
    pub target: Option<String>,
    /// `AuthorizationType`: `NONE`, `JWT`, `AWS_IAM` or `CUSTOM`.
    pub authorization_type: String,
    /// `AuthorizerId`, for `JWT` and `CUSTOM`.
    #[serde(default)]
    pub authorizer_id: Option<String>,
    /// `AuthorizationScopes`, for `JWT`.
    #[serde(default)]
    pub authorization_scopes: Vec<String>,
}

impl Route {
    /// The id of the attached integration.
    pub fn integration_id(&self) -> Option<&str> {
        self.target.as_deref()?.strip_prefix("integrations/")
    }
}

/// An integration (`GetIntegrations`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Integration {
    /// `IntegrationId`.
    pub id: String,
    /// `IntegrationType`: `HTTP_PROXY` for private integrations with a load balancer.
    pub integration_type: String,
    /// `IntegrationMethod`; `ANY` passes the caller's method on.
    pub method: Option<String>,
    /// `IntegrationUri`: a listener ARN, a Cloud Map service ARN, a URL or a function.
    pub uri: Option<String>,
    /// `ConnectionType`: `VPC_LINK` or `INTERNET`.
    pub connection_type: String,
    /// `ConnectionId`: the VPC link.
    pub connection_id: Option<String>,
    /// `TlsConfig`. Its presence, not the listener, makes API Gateway speak HTTPS to the load balancer.
    pub tls_config: Option<TlsConfig>,
    /// `RequestParameters`, for example `overwrite:path`.
    #[serde(default)]
    pub request_parameters: BTreeMap<String, String>,
    /// `TimeoutInMillis`, 50 to 30,000.
    pub timeout_ms: Option<u32>,
    /// `PayloadFormatVersion`: `1.0` for everything but Lambda functions.
    #[serde(default)]
    pub payload_format_version: Option<String>,
    /// `ResponseParameters`: mappings by status code.
    #[serde(default)]
    pub response_parameters: BTreeMap<String, BTreeMap<String, String>>,
}

/// `TlsConfig` of an integration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TlsConfig {
    /// `ServerNameToVerify`, in the console "Secure server name": sent as SNI and checked against the certificate.
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-extensions-integration-tls-config.html>
    pub server_name: Option<String>,
}

impl Integration {
    /// True for `ConnectionType=VPC_LINK`.
    pub fn is_private(&self) -> bool {
        self.connection_type == "VPC_LINK"
    }

    /// The listener's ARN, when the URI is one.
    pub fn listener_arn(&self) -> Option<&str> {
        self.uri.as_deref().filter(|uri| uri.starts_with("arn:") && uri.contains(":listener/"))
    }

    /// The ARN of the Cloud Map service, when the URI is one; a query that selects instances is not part of it.
    pub fn cloud_map_arn(&self) -> Option<&str> {
        let uri =
            self.uri.as_deref().filter(|uri| uri.starts_with("arn:") && uri.contains(":servicediscovery:") && uri.contains(":service/"))?;
        Some(uri.split('?').next().unwrap_or(uri))
    }

    /// The secure server name, if one is set.
    pub fn server_name(&self) -> Option<&str> {
        self.tls_config.as_ref()?.server_name.as_deref().filter(|name| !name.is_empty())
    }

    /// True when API Gateway opens a TLS session with the load balancer: `TlsConfig` is present.
    pub fn speaks_tls(&self) -> bool {
        self.tls_config.is_some()
    }

    /// The value of a request parameter mapping; keys are compared without case, as header names are.
    pub fn mapping(&self, key: &str) -> Option<&str> {
        self.request_parameters.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)).map(|(_, v)| v.as_str())
    }
}

/// A V2 VPC link (`GetVpcLink`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VpcLink {
    /// `VpcLinkId`.
    pub id: String,
    /// `Name`.
    pub name: String,
    /// `SubnetIds`.
    pub subnet_ids: Vec<String>,
    /// `SecurityGroupIds`; may be empty, then the interfaces carry the VPC's default group.
    pub security_group_ids: Vec<String>,
    /// State as AWS reported it: an observation.
    pub state: Fetched<VpcLinkState>,
}

/// What AWS says about the state of a VPC link.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VpcLinkState {
    /// `VpcLinkStatus`: `PENDING`, `AVAILABLE`, `DELETING`, `FAILED` or `INACTIVE`.
    pub status: String,
    /// `VpcLinkStatusMessage`.
    pub message: Option<String>,
}
