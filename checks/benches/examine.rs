//! How long judging takes: all checks on one deployment, and what stands on top of them.
//!
//! `cargo bench --manifest-path checks/benches/Cargo.toml`. The deployment is the healthy article; the large one has 1,000 targets, each with its task and
//! its network interface, in a subnet of its own size; in the closed one no rule of the tasks' security group lets anybody in. A deployment
//! sorts its targets when it is made: the last group measures that together with judging it once. No test asserts a time.
#![allow(clippy::disallowed_methods, missing_docs, reason = "a benchmark reads fixtures, and its macros make functions")]

use apigw_doctor_checks::CHECKS;
use apigw_doctor_checks::examine::examine;
use apigw_doctor_checks::journey;
use apigw_doctor_checks::model::capture::Capture;
use apigw_doctor_checks::model::deployment::Deployment;
use apigw_doctor_checks::model::fetched::Fetched;
use apigw_doctor_checks::predict::predict;
use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use serde_json::{Value, json};
use std::hint::black_box;

const SERVICE: &str = "arn:aws:ecs:eu-central-1:123456789012:service/shop/orders";
const GROUP: &str = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/8091a2b3c4d5e6f7";

/// The healthy article with this many targets.
fn article(targets: usize) -> Capture {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/healthy/alb.json")).expect("the healthy article");
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
    serde_json::from_value(capture).expect("it is still a capture")
}

/// The same, and the tasks' security group lets nobody in.
fn closed(targets: usize) -> Capture {
    let mut capture = article(targets);
    let Fetched::Known(groups) = &mut capture.facts.security_groups else { panic!("the article's security groups were read") };
    groups.get_mut("sg-task").expect("the tasks' group").ingress.clear();
    capture
}

fn deployment(capture: &Capture) -> Deployment {
    Deployment::new(capture.facts.clone(), capture.requests.clone())
}

fn found(deployment: &Deployment) -> Vec<&'static str> {
    examine(CHECKS, deployment).findings().map(|(meta, _)| meta.id).collect()
}

fn examining(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("examine all checks");
    for targets in [2, 100, 1_000] {
        let deployment = deployment(&article(targets));
        let open = found(&deployment);
        assert!(open.is_empty(), "the large article is healthy, too: {open:?}");
        group.bench_with_input(BenchmarkId::new("targets", targets), &deployment, |bencher, deployment| {
            bencher.iter(|| examine(CHECKS, black_box(deployment)));
        });
    }
    let deployment = deployment(&closed(1_000));
    let open = found(&deployment);
    assert_eq!(open, ["target-sg-traffic-port"], "nobody gets in to the tasks");
    group.bench_with_input(BenchmarkId::new("closed targets", 1_000), &deployment, |bencher, deployment| {
        bencher.iter(|| examine(CHECKS, black_box(deployment)));
    });
    group.finish();
}

fn making(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("make a deployment and examine it once");
    for (name, capture) in [("healthy", article(1_000)), ("closed", closed(1_000))] {
        group.bench_with_input(BenchmarkId::new("1,000 targets", name), &capture, |bencher, capture| {
            let copy = || (capture.facts.clone(), capture.requests.clone());
            bencher.iter_batched(
                copy,
                |(facts, requests)| {
                    let deployment = Deployment::new(facts, requests);
                    (examine(CHECKS, &deployment), deployment) // letting go of it is not measured
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

fn predicting(criterion: &mut Criterion) {
    let deployment = deployment(&article(1_000));
    let examination = examine(CHECKS, &deployment);
    criterion.bench_function("predict, 1,000 targets", |bencher| {
        bencher.iter(|| predict(black_box(&examination), &journey::resolve(&deployment, 0)));
    });
}

criterion_group!(benches, examining, making, predicting);
criterion_main!(benches);
