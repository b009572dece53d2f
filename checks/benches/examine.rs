//! How long judging takes: all checks on one deployment, and what stands on top of them.
//!
//! `cargo bench -p apigw-doctor-checks`. The deployment is the healthy article; the large one has 1,000 targets, each with its task and
//! its network interface, in a subnet of its own size. No test asserts a time.
#![allow(clippy::disallowed_methods, missing_docs, reason = "a benchmark reads fixtures, and its macros make functions")]

use apigw_doctor_checks::CHECKS;
use apigw_doctor_checks::examine::examine;
use apigw_doctor_checks::journey;
use apigw_doctor_checks::model::capture::Capture;
use apigw_doctor_checks::model::deployment::Deployment;
use apigw_doctor_checks::predict::predict;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use serde_json::{Value, json};
use std::hint::black_box;

const SERVICE: &str = "arn:aws:ecs:eu-central-1:123456789012:service/shop/orders";
const GROUP: &str = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/8091a2b3c4d5e6f7";

/// The healthy article with this many targets.
fn article(targets: usize) -> Deployment {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/healthy/alb.json")).expect("the healthy article");
    let mut capture: Value = serde_json::from_str(&text).expect("it is JSON");
    let facts = &mut capture["facts"];
    facts["subnets"]["known"]["subnet-a"]["cidrs"] = json!(["10.20.0.0/17"]);
    let pattern = |list: &Value| list["known"][0].clone();
    let (target, task) = (pattern(&facts["target_health"][GROUP]), pattern(&facts["tasks"][SERVICE]));
    let interface = facts["network_interfaces"]["known"]["eni-task-a"].clone();
    facts["services"]["known"][SERVICE]["desired_count"] = json!(targets);
    facts["services"]["known"][SERVICE]["state"]["known"]["running_count"] = json!(targets);
    let (mut all_targets, mut all_tasks) = (Vec::new(), Vec::new());
    for index in 0..targets {
        let address = format!("10.20.{}.{}", index / 250, 2 + index % 250);
        let (mut target, mut task, mut interface) = (target.clone(), task.clone(), interface.clone());
        target["id"] = json!(address);
        task["addresses"] = json!([address]);
        task["arn"] = json!(format!("arn:aws:ecs:eu-central-1:123456789012:task/shop/{index:032x}"));
        interface["id"] = json!(format!("eni-{index:06x}"));
        interface["addresses"] = json!([address]);
        facts["network_interfaces"]["known"][format!("eni-{index:06x}")] = interface;
        all_targets.push(target);
        all_tasks.push(task);
    }
    facts["target_health"][GROUP] = json!({"known": all_targets});
    facts["tasks"][SERVICE] = json!({"known": all_tasks});
    let capture: Capture = serde_json::from_value(capture).expect("it is still a capture");
    Deployment::new(capture.facts, capture.requests)
}

fn examining(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("examine all checks");
    for targets in [2, 100, 1_000] {
        let deployment = article(targets);
        let open: Vec<_> = examine(CHECKS, &deployment).findings().map(|(meta, _)| meta.id).collect();
        assert!(open.is_empty(), "the large article is healthy, too: {open:?}");
        group.bench_with_input(BenchmarkId::new("targets", targets), &deployment, |bencher, deployment| {
            bencher.iter(|| examine(CHECKS, black_box(deployment)));
        });
    }
    group.finish();
}

fn predicting(criterion: &mut Criterion) {
    let deployment = article(1_000);
    let examination = examine(CHECKS, &deployment);
    criterion.bench_function("predict, 1,000 targets", |bencher| {
        bencher.iter(|| predict(black_box(&examination), &journey::resolve(&deployment, 0)));
    });
}

criterion_group!(benches, examining, predicting);
criterion_main!(benches);
