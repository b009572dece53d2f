//! ECS tasks that a question names: which network interfaces they have.
//!
//! Only those that are named are asked for; the lists of all tasks of all clusters would be many calls for one answer.

use super::{Listed, Notes};
use crate::collect::call::Call;
use crate::collect::gather;
use crate::collect::outcome::{Lacks, Refusal, need};
use crate::collect::reader::{Reader, each};
use crate::collect::tasks;
use aws_sdk_ecs::types;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What a name asks ECS for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Wanted {
    /// A task, by ARN or id.
    Task(String),
    /// The running tasks of a service, by its name.
    Service(String),
}

/// Reads the tasks among the ends of a question.
pub(super) async fn named(reader: &Reader<'_>, ends: &[String], notes: &Notes) {
    let mut wanted: BTreeMap<String, BTreeSet<Wanted>> = BTreeMap::new();
    for end in ends {
        match understood(end, reader.region()) {
            Some(Ok((cluster, what))) => _ = wanted.entry(cluster).or_default().insert(what),
            Some(Err(elsewhere)) => notes.say(elsewhere),
            None => {}
        }
    }
    if wanted.is_empty() {
        return;
    }
    // A cluster of which all that was asked could be read is known whole; one that fails takes nothing from the others.
    let of_clusters = gather::all(wanted.iter().map(|(cluster, wanted)| of_cluster(reader, cluster, wanted))).await;
    let mut known = Vec::new();
    for (cluster, tasks) in wanted.keys().zip(of_clusters) {
        match tasks {
            Ok(tasks) => known.extend(tasks),
            Err(refusal) => notes.gap(&format!("the ECS tasks of cluster {cluster}"), refusal),
        }
    }
    notes.keep("tasks", "the ECS tasks", Ok(known));
}

/// The cluster and what of it is meant: `arn:aws:ecs:REGION:ACCOUNT:task/CLUSTER/ID` or its tail. ARNs of the old format have no cluster and
/// mean the one called "default": <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-account-settings.html>.
fn understood(end: &str, region: &str) -> Option<Result<(String, Wanted), String>> {
    let (place, tail) = if end.starts_with("arn:") {
        let mut parts = end.splitn(6, ':').skip(2);
        let (service, place) = (parts.next()?, parts.next()?);
        (Some(place).filter(|_| service == "ecs"), parts.nth(1)?)
    } else {
        (Some(region), end)
    };
    let mut parts = tail.split('/');
    let (kind, first, second) = (parts.next()?, parts.next()?, parts.next());
    let (cluster, name) = second.map_or(("default", first), |name| (first, name));
    let what = match kind {
        "task" => Wanted::Task(name.to_owned()),
        "service" => Wanted::Service(name.to_owned()),
        _ => return None,
    };
    match place? {
        own if own == region => Some(Ok((cluster.to_owned(), what))),
        other => Some(Err(format!("{end}: it is in {other}, and {region} was read: pass --region {other}"))),
    }
}

async fn of_cluster(reader: &Reader<'_>, cluster: &str, wanted: &BTreeSet<Wanted>) -> Listed {
    let lists = gather::all(wanted.iter().map(|what| ids(reader, cluster, what))).await;
    let mut ids: Vec<String> = lists.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
    ids.sort();
    ids.dedup();
    let batches = gather::all(ids.chunks(tasks::BATCH).map(|batch| tasks::describe(reader, cluster, batch))).await;
    let tasks: Vec<types::Task> = batches.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
    each(Call::DescribeTasks, &tasks, to_task)
}

async fn ids(reader: &Reader<'_>, cluster: &str, wanted: &Wanted) -> Result<Vec<String>, Refusal> {
    match wanted {
        Wanted::Task(id) => Ok(vec![id.clone()]),
        Wanted::Service(name) => tasks::list(reader, cluster, name, types::DesiredStatus::Running).await,
    }
}

/// As `aws ecs describe-tasks` writes it.
fn to_task(task: &types::Task) -> Result<Value, Lacks> {
    let detail = |detail: &types::KeyValuePair| json!({"name": detail.name, "value": detail.value});
    let attachment = |attachment: &types::Attachment| json!({"details": attachment.details().iter().map(detail).collect::<Vec<_>>()});
    Ok(json!({
        "taskArn": need(task.task_arn.as_deref(), "taskArn")?,
        "clusterArn": task.cluster_arn,
        "group": task.group,
        "lastStatus": need(task.last_status.as_deref(), "lastStatus")?,
        "attachments": task.attachments().iter().map(attachment).collect::<Vec<_>>(),
    }))
}

#[cfg(test)]
mod tests {
    use super::{Wanted, understood};

    #[test]
    fn a_task_or_a_service_is_told_from_other_ends() {
        let read = |end: &str| understood(end, "eu-central-1");
        let task = |cluster: &str, id: &str| Some(Ok((cluster.to_owned(), Wanted::Task(id.to_owned()))));
        let service = |cluster: &str, name: &str| Some(Ok((cluster.to_owned(), Wanted::Service(name.to_owned()))));
        assert_eq!(read("arn:aws:ecs:eu-central-1:123456789012:task/orders/0123"), task("orders", "0123"));
        assert_eq!(read("arn:aws-cn:ecs:eu-central-1:123456789012:task/0123"), task("default", "0123"));
        assert_eq!(read("task/orders/0123"), task("orders", "0123"));
        assert_eq!(read("service/orders/web"), service("orders", "web"));
        assert_eq!(read("arn:aws:ecs:eu-central-1:123456789012:service/orders/web"), service("orders", "web"));
        let elsewhere = read("arn:aws:ecs:us-east-1:123456789012:task/orders/0123").and_then(Result::err);
        assert!(elsewhere.is_some_and(|why| why.ends_with("pass --region us-east-1")));
        for other in
            ["eni-1", "10.0.0.1", "net/orders/0123", "vpc-link:abc", "task", "arn:aws:ecs:x", "arn:aws:s3:::task/a/b", "task:orders"]
        {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
