//! Which instances of a Cloud Map service API Gateway may send a request to.
//!
//! Documented (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-private.html>): API Gateway
//! uses `DiscoverInstances`, "distributes traffic across healthy resources", needs address and port of each (with ECS: SRV records),
//! and query parameters in the integration's URI select instances by their attributes.
//! <https://docs.aws.amazon.com/cloud-map/latest/api/API_DiscoverInstances.html>: `QueryParameters` all have to be equal.
//!
//! Inferred: an instance whose health is `UNKNOWN` counts as healthy; one that reports `UNHEALTHY` is left out; a key is compared as it
//! stands, and percent-escapes in the URI's query are not decoded.

use crate::model::cloud_map::CloudMapInstance;

/// Instances that a query leaves, each step after the one before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Discovery<'a> {
    /// Those whose attributes match the query.
    pub matching: Vec<&'a CloudMapInstance>,
    /// Of those, the ones with address and port.
    pub addressable: Vec<&'a CloudMapInstance>,
    /// Of those, the ones that do not report to be unhealthy.
    pub usable: Vec<&'a CloudMapInstance>,
}

/// The pairs of a URI's query: `…service/srv-1?stage=prod&colour=green`.
pub fn query(uri: &str) -> Vec<(&str, &str)> {
    let (_, query) = uri.split_once('?').unwrap_or((uri, ""));
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect()
}

/// What API Gateway may use of a service's instances for an integration with this URI.
pub fn discover<'a>(instances: &'a [CloudMapInstance], uri: &str) -> Discovery<'a> {
    let wanted = query(uri);
    let matches =
        |instance: &&CloudMapInstance| wanted.iter().all(|(key, value)| instance.attributes.get(*key).is_some_and(|own| own == value));
    let matching: Vec<&CloudMapInstance> = instances.iter().filter(matches).collect();
    let addressable: Vec<&CloudMapInstance> =
        matching.iter().copied().filter(|instance| instance.address().is_some() && instance.port().is_some()).collect();
    let usable = addressable.iter().copied().filter(|instance| instance.health.as_deref() != Some("UNHEALTHY")).collect();
    Discovery { matching, addressable, usable }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance(id: &str, health: &str, attributes: &[(&str, &str)]) -> CloudMapInstance {
        let attributes = attributes.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        CloudMapInstance { id: id.to_owned(), health: Some(health.to_owned()), attributes }
    }

    fn ids(instances: &[&CloudMapInstance]) -> Vec<String> {
        instances.iter().map(|instance| instance.id.clone()).collect()
    }

    #[test]
    fn each_step_leaves_fewer() {
        let at = [("AWS_INSTANCE_IPV4", "10.0.0.1"), ("AWS_INSTANCE_PORT", "8080"), ("stage", "prod")];
        let all = [
            instance("fine", "HEALTHY", &at),
            instance("unknown", "UNKNOWN", &at),
            instance("ill", "UNHEALTHY", &at),
            instance("no-port", "HEALTHY", &[("AWS_INSTANCE_IPV4", "10.0.0.2"), ("stage", "prod")]),
            instance("test", "HEALTHY", &[("AWS_INSTANCE_IPV4", "10.0.0.3"), ("AWS_INSTANCE_PORT", "8080"), ("stage", "test")]),
        ];
        let found = discover(&all, "arn:aws:servicediscovery:eu-central-1:1:service/srv-1?stage=prod");
        assert_eq!(ids(&found.matching), ["fine", "unknown", "ill", "no-port"]);
        assert_eq!(ids(&found.addressable), ["fine", "unknown", "ill"]);
        assert_eq!(ids(&found.usable), ["fine", "unknown"]);
        assert_eq!(discover(&all, "arn:x").matching.len(), 5);
    }

    #[test]
    fn a_query_is_pairs() {
        assert_eq!(query("arn:x?stage=prod&colour=green"), [("stage", "prod"), ("colour", "green")]);
        assert_eq!(query("arn:x?flag"), [("flag", "")]);
        assert!(query("arn:x").is_empty() && query("arn:x?").is_empty());
    }

    #[test]
    fn a_port_is_a_number() {
        let broken = [instance("x", "HEALTHY", &[("AWS_INSTANCE_IPV4", "10.0.0.1"), ("AWS_INSTANCE_PORT", "http")])];
        assert!(discover(&broken, "arn:x").addressable.is_empty());
    }
}
