//! ECS tasks, as `aws ecs describe-tasks` writes them: names for the interfaces that they have.
//! Field meanings: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html>.

use super::raw::{Raw, absent};
use crate::reach::network::{Named, Network};
use crate::reach::tasks::{Names, STOPPED};
use serde::Deserialize;
use std::net::IpAddr;

/// A task. ECS writes its keys with a small letter, unlike EC2.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Task {
    task_arn: String,
    cluster_arn: Option<String>,
    /// `service:NAME` for the tasks of a service.
    group: Option<String>,
    #[serde(default, deserialize_with = "absent")]
    last_status: String,
    #[serde(default, deserialize_with = "absent")]
    attachments: Vec<Attachment>,
}

#[derive(Clone, Debug, Deserialize)]
struct Attachment {
    #[serde(default, deserialize_with = "absent")]
    details: Vec<Detail>,
}

#[derive(Clone, Debug, Deserialize)]
struct Detail {
    #[serde(default, deserialize_with = "absent")]
    name: String,
    #[serde(default, deserialize_with = "absent")]
    value: String,
}

impl Task {
    fn details(&self, name: &'static str) -> impl Iterator<Item = &str> {
        let all = self.attachments.iter().flat_map(|attachment| &attachment.details);
        all.filter(move |detail| detail.name == name).map(|detail| detail.value.as_str())
    }
}

/// Gives the interfaces of tasks their names. They come after the interfaces.
pub(super) fn tasks(raw: &Raw, network: &mut Network) {
    for task in &raw.tasks {
        let mut ids: Vec<String> = task.details("networkInterfaceId").map(str::to_owned).collect();
        ids.retain(|id| network.interface_ids.contains_key(id) && task.last_status != STOPPED);
        // An interface that was not read is an address of which no more is known.
        let told =
            if ids.is_empty() && task.last_status != STOPPED { ["privateIPv4Address", "privateIPv6Address"].as_slice() } else { &[] };
        let addresses: Vec<IpAddr> = told.iter().flat_map(|name| task.details(name)).filter_map(|text| text.parse().ok()).collect();
        let service = task.group.as_deref().and_then(|group| group.strip_prefix("service:"));
        let service = service.and_then(|name| Some(service_arn(task.cluster_arn.as_deref()?, name)));
        for name in Names::of(&task.task_arn).chain(service.iter().flat_map(|arn| Names::of(arn))) {
            let named: &mut Named = network.names.entry(name.to_owned()).or_default();
            named.interfaces.extend(ids.iter().cloned());
            named.addresses.extend(&addresses);
        }
    }
}

/// `arn:aws:ecs:R:A:cluster/C` and `N` make `arn:aws:ecs:R:A:service/C/N`.
fn service_arn(cluster: &str, name: &str) -> String {
    format!("{}/{name}", cluster.replacen(":cluster/", ":service/", 1))
}
