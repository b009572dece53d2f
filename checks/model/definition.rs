//! A definition of the API as `ExportApi` gives it: the latest saved one, or the one that a stage serves.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-export.html>

use super::gateway::{Integration, TlsConfig};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Routes with their integrations, as one definition has them. Ids of resources are not part of an export.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// By route key.
    pub routes: BTreeMap<String, DefinedRoute>,
}

/// A route of a definition.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DefinedRoute {
    /// True when the route asks for authorization (`security`).
    #[serde(default)]
    pub authorized: bool,
    /// `x-amazon-apigateway-integration`; absent when nothing is attached.
    pub integration: Option<DefinedIntegration>,
}

/// An integration of a definition (`x-amazon-apigateway-integration`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DefinedIntegration {
    /// `type`, in capital letters.
    pub integration_type: String,
    /// `httpMethod`.
    pub method: Option<String>,
    /// `uri`.
    pub uri: Option<String>,
    /// `connectionType`: `VPC_LINK` or `INTERNET`.
    pub connection_type: String,
    /// `connectionId`.
    pub connection_id: Option<String>,
    /// `tlsConfig.serverNameToVerify`.
    pub server_name: Option<String>,
    /// `requestParameters`.
    #[serde(default)]
    pub request_parameters: BTreeMap<String, String>,
    /// `timeoutInMillis`.
    pub timeout_ms: Option<u32>,
    /// `payloadFormatVersion`.
    pub payload_format_version: Option<String>,
}

impl DefinedIntegration {
    /// What differs from another state of the same integration, by AWS's names of the fields.
    pub fn differs_in(&self, other: &DefinedIntegration) -> Vec<&'static str> {
        let fields = [
            ("IntegrationType", self.integration_type == other.integration_type),
            ("IntegrationMethod", self.method == other.method),
            ("IntegrationUri", self.uri == other.uri),
            ("ConnectionType", self.connection_type == other.connection_type),
            ("ConnectionId", self.connection_id == other.connection_id),
            ("TlsConfig.ServerNameToVerify", self.server_name == other.server_name),
            ("RequestParameters", self.request_parameters == other.request_parameters),
            ("TimeoutInMillis", self.timeout_ms == other.timeout_ms),
            ("PayloadFormatVersion", self.payload_format_version == other.payload_format_version),
        ];
        fields.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
    }

    /// The integration as `GetIntegrations` would show it under an id.
    pub fn under(&self, id: &str) -> Integration {
        Integration {
            id: id.to_owned(),
            integration_type: self.integration_type.clone(),
            method: self.method.clone(),
            uri: self.uri.clone(),
            connection_type: self.connection_type.clone(),
            connection_id: self.connection_id.clone(),
            tls_config: self.server_name.clone().map(|name| TlsConfig { server_name: Some(name) }),
            request_parameters: self.request_parameters.clone(),
            timeout_ms: self.timeout_ms,
            payload_format_version: self.payload_format_version.clone(),
            response_parameters: BTreeMap::new(),
        }
    }
}
