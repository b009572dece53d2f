//! ECS: the tasks of services, running and lately stopped.

use super::call::Call;
use super::gather::all;
use super::outcome::{Answer, Kind, Lacks, Refusal, need};
use super::reader::{Reader, each};
use super::services::timestamp;
use apigw_doctor_checks::model::service::{Service, Task, TaskContainer};
use aws_sdk_ecs::types;
use std::cmp::Reverse;
use std::net::IpAddr;

/// `DescribeTasks` takes so many, and so many running tasks are looked at.
pub(super) const BATCH: usize = 100;
/// So many running tasks are kept, and so many of the newest stopped ones.
const KEPT: usize = 20;

/// Reads the tasks of a service.
pub(super) async fn of_service(reader: &Reader<'_>, service: &Service) {
    let tasks = read(reader, service).await.fetched();
    reader.facts.record(|facts| drop(facts.tasks.insert(service.arn.clone(), tasks)));
}

async fn read(reader: &Reader<'_>, service: &Service) -> Result<Vec<Task>, Refusal> {
    let of = |status| list(reader, &service.cluster_arn, &service.name, status);
    let (running, stopped) = tokio::join!(of(types::DesiredStatus::Running), of(types::DesiredStatus::Stopped));
    let mut arns = running?;
    arns.sort(); // ECS lists in no order; of very many the same are looked at in each run
    arns.truncate(BATCH);
    arns.extend(stopped?);
    arns.sort(); // one that stops between the two questions is in both answers
    arns.dedup();
    let batches = all(arns.chunks(BATCH).map(|batch| describe(reader, &service.cluster_arn, batch))).await;
    let tasks: Vec<types::Task> = batches.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
    Ok(kept(each(Call::DescribeTasks, &tasks, to_task)?))
}

/// The ARNs of a service's tasks.
pub(super) async fn list(reader: &Reader<'_>, cluster: &str, service: &str, status: types::DesiredStatus) -> Result<Vec<String>, Refusal> {
    let ask = || reader.aws().ecs.list_tasks().cluster(cluster).service_name(service).max_results(100);
    let request = |token| ask().desired_status(status.clone()).set_next_token(token).send();
    reader.pages(Call::ListTasks, request, |page| (page.task_arns, page.next_token)).await
}

/// Tasks of a cluster by ARN or id, at most as many as AWS takes at once.
pub(super) async fn describe(reader: &Reader<'_>, cluster: &str, arns: &[String]) -> Result<Vec<types::Task>, Refusal> {
    let request = reader.aws().ecs.describe_tasks().cluster(cluster).set_tasks(Some(arns.to_vec())).send();
    let output = reader.ask(Call::DescribeTasks, request).await?;
    // ECS forgets a stopped task after a while; any other failure hides one that exists.
    if let Some(failure) = output.failures().iter().find(|failure| failure.reason.as_deref() != Some("MISSING")) {
        let what = failure.reason.as_deref().unwrap_or("failed without a reason").to_owned();
        return Err(Refusal { call: Call::DescribeTasks, kind: Kind::Failed, what });
    }
    need(output.tasks, "tasks").map_err(|lacks| Refusal::unreadable(Call::DescribeTasks, lacks))
}

/// Some running tasks by ARN, then the newest of the stopped ones.
fn kept(tasks: Vec<Task>) -> Vec<Task> {
    let (mut stopped, mut running): (Vec<Task>, Vec<Task>) = tasks.into_iter().partition(|task| task.last_status == "STOPPED");
    running.sort_by(|a, b| a.arn.cmp(&b.arn));
    stopped.sort_by_key(|task| (Reverse(task.stopped_at), task.arn.clone()));
    running.truncate(KEPT);
    stopped.truncate(KEPT);
    running.extend(stopped);
    running
}

fn to_task(task: &types::Task) -> Result<Task, Lacks> {
    let container = |container: &types::Container| {
        Ok(TaskContainer {
            name: need(container.name.clone(), "containers.name")?,
            exit_code: container.exit_code,
            reason: container.reason.clone().filter(|reason| !reason.is_empty()),
            health_status: container.health_status.as_ref().map(|status| status.as_str().to_owned()),
        })
    };
    Ok(Task {
        arn: need(task.task_arn.clone(), "taskArn")?,
        task_definition_arn: task.task_definition_arn.clone(),
        last_status: need(task.last_status.clone(), "lastStatus")?,
        desired_status: task.desired_status.clone(),
        health_status: task.health_status.as_ref().map(|status| status.as_str().to_owned()),
        zone: task.availability_zone.clone(),
        addresses: addresses(task)?,
        started_at: timestamp(task.started_at.as_ref()),
        stopped_at: timestamp(task.stopped_at.as_ref()),
        stop_code: task.stop_code.as_ref().map(|code| code.as_str().to_owned()),
        stopped_reason: task.stopped_reason.clone().filter(|reason| !reason.is_empty()),
        containers: task.containers().iter().map(container).collect::<Result<_, Lacks>>()?,
    })
}

/// The private addresses of the interfaces that are attached to a task. Without `awsvpc` it has none of its own.
fn addresses(task: &types::Task) -> Result<Vec<IpAddr>, Lacks> {
    let details = task.attachments().iter().flat_map(types::Attachment::details);
    let wanted =
        details.filter(|detail| matches!(detail.name.as_deref(), Some("privateIPv4Address" | "privateIPv6Address" | "ipv6Address")));
    let values = wanted.filter_map(|detail| detail.value.as_deref());
    values.map(|text| text.parse().map_err(|_| Lacks("attachments.details.privateIPv4Address"))).collect()
}

#[cfg(test)]
mod tests {
    use super::{Lacks, kept, to_task, types};
    use aws_smithy_types::DateTime;

    fn task(arn: &str, status: &str, stopped: Option<i64>) -> types::Task {
        let at = stopped.map(DateTime::from_secs);
        types::Task::builder().task_arn(arn).last_status(status).set_stopped_at(at).build()
    }

    #[test]
    fn a_task_keeps_why_it_stopped_and_where_it_was() {
        let detail = |name: &str, value: &str| types::KeyValuePair::builder().name(name).value(value).build();
        let interface =
            types::Attachment::builder().details(detail("subnetId", "subnet-a")).details(detail("privateIPv4Address", "10.0.1.20")).build();
        let stopped = types::Task::builder()
            .task_arn("t1")
            .last_status("STOPPED")
            .stop_code(types::TaskStopCode::EssentialContainerExited)
            .stopped_reason("Essential container in task exited")
            .attachments(interface)
            .containers(types::Container::builder().name("web").exit_code(137).reason("OutOfMemoryError").build())
            .build();
        let stopped = to_task(&stopped).expect("complete");
        assert_eq!((stopped.stop_code.as_deref(), stopped.containers[0].exit_code), (Some("EssentialContainerExited"), Some(137)));
        assert_eq!(stopped.addresses.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.1.20"]);
        assert_eq!(to_task(&types::Task::builder().task_arn("t1").build()), Err(Lacks("lastStatus")));
    }

    #[test]
    fn twenty_running_and_the_twenty_newest_stopped_are_kept() {
        let running = (0..30).map(|i| task(&format!("r{i:02}"), "RUNNING", None));
        let stopped = (0..30).map(|i| task(&format!("s{i:02}"), "STOPPED", Some(i)));
        let tasks = kept(running.rev().chain(stopped).map(|task| to_task(&task).expect("complete")).collect());
        assert_eq!((tasks.len(), tasks[0].arn.as_str(), tasks[20].arn.as_str(), tasks[39].arn.as_str()), (40, "r00", "s29", "s10"));
    }
}
