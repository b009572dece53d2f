//! Logs and metrics of the minutes around the probe (`check --logs`): the access log of the stage, and what CloudWatch counted at the load
//! balancers and target groups on the way. All of it is optional: a refusal is said, and nothing depends on it.

use super::accumulator::Accumulator;
use super::call::Call;
use super::gather::all;
use super::outcome::Refusal;
use super::reader::Reader;
use super::session::Session;
use super::{Progress, extras};
use apigw_doctor_checks::answer::{Attempt, AttemptResult};
use apigw_doctor_checks::model::deployment::Deployment;
use apigw_doctor_checks::model::fetched::Fetched;
use apigw_doctor_checks::model::gateway::Stage;
use apigw_doctor_checks::model::records::{LeftOut, LogEntry, Records};
use apigw_doctor_checks::model::subject::arn_tail;
use apigw_doctor_checks::model::time::Timestamp;
use apigw_doctor_checks::records::{METRICS, Metric, Of, kind};
use apigw_doctor_checks::semantics::access_log;
use aws_sdk_cloudwatch::types::{Dimension, MetricDataQuery, MetricStat};
use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use aws_smithy_types::DateTime;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How often, and how far apart, the access log is asked for the line of the probe itself; lines come some seconds late.
const LOOKS: u32 = 4;
const PAUSE: Duration = Duration::from_secs(5);
/// A busy API writes more lines than anybody reads; these are enough to count by.
const MOST_LINES: u64 = 2_000;

/// Reads what the last `window` until now left behind.
pub(crate) async fn records(
    session: &Session,
    deployment: &Deployment,
    attempts: &[Attempt],
    (window, now): (Duration, Timestamp),
    progress: &dyn Progress,
    accumulator: &Accumulator,
) -> Records {
    let session = session.at(deployment.region());
    let reader = Reader::new(&session, accumulator, progress);
    let from = Timestamp::from_unix(now.unix() - i64::try_from(window.as_secs()).unwrap_or(i64::MAX));
    let (logs, metrics) = tokio::join!(access_logs(&reader, deployment, attempts, from), metrics(&reader, deployment, from, now));
    let mut records = Records { from, to: now, access_logs: BTreeMap::new(), left_out: BTreeMap::new(), metrics };
    for (stage, log, left_out) in logs {
        if left_out != LeftOut::default() {
            records.left_out.insert(stage.clone(), left_out);
        }
        records.access_logs.insert(stage, log);
    }
    records
}

/// What was read of an access log, and what was not.
type Log = (Fetched<Vec<LogEntry>>, LeftOut);

async fn access_logs(
    reader: &Reader<'_>,
    deployment: &Deployment,
    attempts: &[Attempt],
    from: Timestamp,
) -> Vec<(String, Fetched<Vec<LogEntry>>, LeftOut)> {
    let asked: BTreeSet<&str> = attempts.iter().map(|attempt| attempt.stage.as_str()).collect();
    let stages = deployment.stages().map(|stages| stages.values().filter(|stage| asked.contains(stage.name.as_str())).collect::<Vec<_>>());
    let logs = stages.unwrap_or_default().into_iter().map(|stage| async move {
        let own = attempts.iter().filter(|attempt| attempt.stage == stage.name).filter_map(request_id).collect();
        let (log, left_out) = access_log(reader, stage, &own, from).await;
        (stage.name.clone(), log, left_out)
    });
    all(logs).await
}

/// The id that API Gateway gave a request: access logs know it as `$context.requestId`.
fn request_id(attempt: &Attempt) -> Option<&str> {
    match &attempt.result {
        AttemptResult::Answered(answer) => answer.header("apigw-requestid"),
        AttemptResult::Failed { .. } | AttemptResult::NotMade { .. } => None,
    }
}

async fn access_log(reader: &Reader<'_>, stage: &Stage, own: &BTreeSet<&str>, from: Timestamp) -> Log {
    let none = |what: &str| (Fetched::Failed { what: format!("stage {} {what}", stage.name) }, LeftOut::default());
    let Some(log) = &stage.access_log else { return none("writes no access log") };
    let Some(group) = log.destination_arn.as_deref().and_then(extras::log_group_name) else {
        return none("writes its access log elsewhere than to CloudWatch Logs");
    };
    let Some(format) = &log.format else { return none("has an access log whose format is not known") };
    let can_name = !own.is_empty() && (format.contains("$context.requestId") || format.contains("$context.extendedRequestId"));
    for look in 1.. {
        let (lines, left_out) = match lines(reader, group, format, from).await {
            Ok(read) => read,
            Err(refusal) => return (refusal.into_gap(), LeftOut::default()),
        };
        let has_own = own.iter().all(|id| lines.iter().any(|entry| entry.values.values().any(|value| value == id)));
        if has_own || !can_name || look == LOOKS {
            return (Fetched::Known(lines), left_out);
        }
        tokio::time::sleep(PAUSE).await;
    }
    (Fetched::NotAsked, LeftOut::default())
}

async fn lines(reader: &Reader<'_>, group: &str, format: &str, from: Timestamp) -> Result<(Vec<LogEntry>, LeftOut), Refusal> {
    let (mut found, mut left_out, mut token) = (Vec::new(), LeftOut::default(), None::<String>);
    loop {
        let ask = reader.aws().logs.filter_log_events().log_group_name(group).start_time(from.unix().saturating_mul(1_000));
        let page = reader.ask(Call::FilterLogEvents, ask.set_next_token(token.clone()).send()).await?;
        for event in page.events.unwrap_or_default() {
            match entry(format, &event) {
                Some(entry) => found.push(entry),
                None => left_out.unread += 1,
            }
        }
        // An empty page may have a next one: CloudWatch Logs searches a stretch at a time.
        let next = page.next_token.filter(|next| !next.is_empty() && Some(next) != token.as_ref());
        left_out.cut = next.is_some() && found.len() as u64 + u64::from(left_out.unread) >= MOST_LINES;
        if next.is_none() || left_out.cut {
            return Ok((found, left_out));
        }
        token = next;
    }
}

/// A line in the stage's format. The log may hold others: written before a change of the format, or by somebody else.
fn entry(format: &str, event: &FilteredLogEvent) -> Option<LogEntry> {
    let at = Timestamp::from_unix(event.timestamp? / 1_000);
    Some(LogEntry { at, values: access_log::read(format, event.message.as_deref()?)? })
}

async fn metrics(
    reader: &Reader<'_>,
    deployment: &Deployment,
    from: Timestamp,
    to: Timestamp,
) -> BTreeMap<String, Fetched<BTreeMap<String, f64>>> {
    let balancers = deployment.used_listeners().items.into_iter().map(|listener| (listener.load_balancer_arn.as_str(), None));
    let groups = deployment.used_target_groups().items.into_iter();
    let groups = groups.map(|(group, listener)| (group.arn.as_str(), Some(listener.load_balancer_arn.as_str())));
    let subjects: BTreeMap<&str, Option<&str>> = balancers.chain(groups).collect();
    let read = subjects.into_iter().map(|(arn, balancer)| async move {
        let values = of_one(reader, arn, balancer, from, to).await;
        (arn.to_owned(), values.map_or_else(Refusal::into_gap, Fetched::Known))
    });
    all(read).await.into_iter().collect()
}

/// The metrics of a load balancer, or of a target group behind one.
async fn of_one(
    reader: &Reader<'_>,
    arn: &str,
    balancer: Option<&str>,
    from: Timestamp,
    to: Timestamp,
) -> Result<BTreeMap<String, f64>, Refusal> {
    let asked: Vec<&Metric> = METRICS.iter().filter(|metric| Some(metric.of) == kind(arn)).collect();
    let period = i32::try_from((to.unix() - from.unix()).clamp(60, 86_400) / 60 * 60).unwrap_or(60);
    let queries = asked.iter().enumerate().map(|(index, metric)| query(index, metric, arn, balancer, period));
    let queries: Vec<MetricDataQuery> = queries.collect();
    let request = |token| {
        let ask = reader.aws().metrics.get_metric_data().set_metric_data_queries(Some(queries.clone()));
        let ask = ask.start_time(DateTime::from_secs(from.unix())).end_time(DateTime::from_secs(to.unix()));
        ask.set_next_token(token).send()
    };
    let results = reader.pages(Call::GetMetricData, request, |page| (page.metric_data_results, page.next_token)).await?;
    let mut found = BTreeMap::new();
    for (index, metric) in asked.iter().enumerate() {
        let id = format!("m{index}");
        let values: Vec<f64> =
            results.iter().filter(|result| result.id.as_deref() == Some(&id)).flat_map(|result| result.values().to_vec()).collect();
        if !values.is_empty() {
            let total = if metric.statistic == "Sum" { values.iter().sum() } else { values.iter().copied().fold(0.0, f64::max) };
            found.insert(metric.name.to_owned(), total);
        }
    }
    Ok(found)
}

fn query(index: usize, metric: &Metric, arn: &str, balancer: Option<&str>, period: i32) -> MetricDataQuery {
    let dimension = |name: &str, value: String| Dimension::builder().name(name).value(value).build();
    let of = balancer.unwrap_or(arn);
    let namespace = if kind(of) == Some(Of::Network) { "AWS/NetworkELB" } else { "AWS/ApplicationELB" };
    let mut named = aws_sdk_cloudwatch::types::Metric::builder().namespace(namespace).metric_name(metric.name);
    named = named.dimensions(dimension("LoadBalancer", arn_tail(of).to_owned()));
    if metric.of == Of::TargetGroup {
        named = named.dimensions(dimension("TargetGroup", format!("targetgroup/{}", arn_tail(arn))));
    }
    let stat = MetricStat::builder().metric(named.build()).period(period).stat(metric.statistic).build();
    MetricDataQuery::builder().id(format!("m{index}")).metric_stat(stat).build()
}
