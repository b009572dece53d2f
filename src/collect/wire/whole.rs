//! The deployment of the article, read whole: facts, calls and dependent waves.

use super::article::{
    self, CERTIFICATE, GROUP, LB, LISTENER, LISTENERS, NEIGHBOUR, POLICY, SERVICE, TASKS, article, https, listener, query,
};
use super::{Accumulator, Silent, collect, collected, facts, now, resolve};
use crate::collect::Progress;
use crate::collect::call::{ACTIONS, Call};
use crate::collect::replay::{Replay, ok, silence};
use apigw_doctor_checks::model::certificate::CertificateKind;
use apigw_doctor_checks::model::fetched::Fetched;
use std::collections::BTreeMap;
use std::sync::Mutex;

#[tokio::test]
async fn every_part_is_read() {
    let replay = Replay::start(article());
    let collected = collected(&replay).await.expect("healthy");
    let facts = collected.facts;
    assert_eq!(
        (facts.account.as_deref(), facts.region.as_str(), facts.api_id.as_str()),
        (Some("123456789012"), "eu-central-1", article::API)
    );
    assert_eq!(facts.api.value().expect("read").name, "orders");
    assert!(facts.stages.value().expect("read").contains_key("$default"));
    assert_eq!(facts.routes.value().expect("read")["r1"].key, "ANY /{proxy+}");
    assert_eq!(facts.integrations.value().expect("read")["int1"].server_name(), Some("api.internal.example.com"));
    let keys = |known: Vec<&String>| known.into_iter().cloned().collect::<Vec<_>>();
    assert_eq!(keys(facts.vpc_links.keys().collect()), ["link1"]);
    assert_eq!(keys(facts.subnets.value().expect("read").keys().collect()), ["subnet-a", "subnet-b"]);
    assert_eq!(keys(facts.security_groups.value().expect("read").keys().collect()), ["sg-lb", "sg-link", "sg-task"]);
    assert_eq!((facts.network_acls, facts.route_tables), (Fetched::Known(BTreeMap::new()), Fetched::Known(BTreeMap::new())));
    assert_eq!(keys(facts.network_interfaces.value().expect("read").keys().collect()), ["eni-link", "eni-node", "eni-task"]);
    assert_eq!(keys(facts.load_balancers.keys().collect()), [LB]);
    assert_eq!(facts.load_balancer_attributes[LB].value().expect("read")["access_logs.s3.bucket"], "");
    assert_eq!(keys(facts.listeners.keys().collect()), [NEIGHBOUR, LISTENER]);
    assert_eq!(facts.listener_certificates[LISTENER], Fetched::Known(Vec::new()));
    assert_eq!(keys(facts.certificates.keys().collect()), [CERTIFICATE]);
    assert_eq!(keys(facts.rules.keys().collect()), [LISTENER]);
    assert_eq!(keys(facts.target_groups.keys().collect()), [GROUP]);
    assert_eq!(facts.target_health[GROUP].value().expect("read")[0].id, "10.0.1.20");
    assert!(facts.target_group_attributes[GROUP].value().is_some());
    assert_eq!(keys(facts.services.value().expect("read").keys().collect()), [SERVICE]);
    assert!(facts.deployments.value().expect("read").contains_key("d1") && facts.authorizers == Fetched::Known(BTreeMap::new()));
    assert_eq!((facts.domains, facts.vpc_endpoints), (Fetched::Known(BTreeMap::new()), Fetched::Known(BTreeMap::new())));
    assert_eq!((facts.saved_definition, facts.deployed_definitions.len()), (Fetched::NotAsked, 0), "the stage deploys by itself");
    assert!(facts.listener_attributes[LISTENER].value().expect("read").contains_key("routing.http.desync_mitigation_mode"));
    assert_eq!(facts.ssl_policies[POLICY].value().expect("read").as_ref().expect("it exists").protocols, ["TLSv1.2", "TLSv1.3"]);
    assert_eq!((&facts.web_acls[LB], &facts.scalable_targets[SERVICE]), (&Fetched::Known(None), &Fetched::Known(None)));
    assert_eq!(facts.service_linked_roles.values().collect::<Vec<_>>(), [&Fetched::Known(true), &Fetched::Known(true)]);
    assert_eq!(facts.tasks[SERVICE].value().expect("read")[0].last_status, "RUNNING");
    assert_eq!(facts.task_definitions[TASKS].value().expect("read").containers[0].ports[0].container_port, 8080);
    assert_eq!(collected.denied, 0);
}

#[tokio::test]
async fn at_most_forty_calls_in_at_most_five_waves() {
    let replay = Replay::in_waves(article());
    let session = replay.session().unlimited();
    let api = resolve(&session, article::API).await.expect("it looks like an id");
    let collected = collect(&session, &api, now(), &Silent, &Accumulator::default()).await.expect("healthy");
    let waves = replay.waves();
    assert_eq!(collected.calls as usize, replay.requests().len());
    assert!(collected.calls <= 40, "{} calls", collected.calls);
    assert!(waves.len() <= 5, "{waves:?}");
    assert_eq!((waves, collected.calls), (vec![9, 12, 13, 5, 1], 40));
}

#[tokio::test]
async fn two_runs_give_the_same_facts_and_the_same_calls() {
    let (first, second) = (Replay::start(article()), Replay::start(article()));
    assert_eq!(collected(&first).await.expect("healthy"), collected(&second).await.expect("healthy"));
    let sorted = |replay: &Replay| {
        let mut requests = replay.requests();
        requests.sort();
        requests
    };
    assert_eq!(sorted(&first), sorted(&second));
}

/// Remembers what began and ended.
#[derive(Default)]
struct Watcher {
    seen: Mutex<(Vec<String>, Vec<String>)>,
}

impl Progress for Watcher {
    fn started(&self, what: &str) {
        self.seen.lock().expect("no panic while it is held").0.push(what.to_owned());
    }

    fn finished(&self, what: &str) {
        self.seen.lock().expect("no panic while it is held").1.push(what.to_owned());
    }
}

#[tokio::test]
async fn only_listed_calls_are_made_and_each_is_seen_to_begin_and_to_end() {
    let (replay, watcher) = (Replay::start(article()), Watcher::default());
    let session = replay.session();
    let api = resolve(&session, article::API).await.expect("it looks like an id");
    let collected = collect(&session, &api, now(), &watcher, &Accumulator::default()).await.expect("healthy");
    let (mut began, mut ended) = watcher.seen.into_inner().expect("no panic while it was held");
    began.sort();
    ended.sort();
    assert_eq!((began.len(), &began), (collected.calls as usize, &ended));
    let listed = |label: &String| Call::ALL.iter().any(|call| call.label() == label && ACTIONS.contains(&call.action()));
    assert!(began.iter().all(listed), "{began:?}");
}

#[tokio::test]
async fn an_uploaded_certificate_is_asked_for_by_its_name_and_known_by_its_pem() {
    const ARN: &str = "arn:aws:iam::123456789012:server-certificate/team/orders";
    let pem = include_str!("uploaded.pem");
    let certificates = format!("<Certificates><member><CertificateArn>{ARN}</CertificateArn></member></Certificates>");
    let forward = format!("<Type>forward</Type><TargetGroupArn>{GROUP}</TargetGroupArn>");
    let named = format!("<Listeners>{}</Listeners>", listener(LISTENER, "HTTPS", 443, &certificates, &forward));
    let metadata = format!(
        "<ServerCertificateMetadata><Arn>{ARN}</Arn><Path>/team/</Path><ServerCertificateName>orders</ServerCertificateName>\
         <ServerCertificateId>ASCA1</ServerCertificateId></ServerCertificateMetadata>"
    );
    let uploaded = format!("<ServerCertificate>{metadata}<CertificateBody>{pem}</CertificateBody></ServerCertificate>");
    let script = article()
        .on(LISTENERS, [ok(query("DescribeListeners", &named))])
        .on("Action=GetServerCertificate&Version=2010-05-08&ServerCertificateName=orders&", [ok(query("GetServerCertificate", &uploaded))]);
    let facts = facts(script).await;
    let certificate = facts.certificates[ARN].value().expect("read").as_ref().expect("it exists");
    assert_eq!((certificate.kind, certificate.names.len()), (CertificateKind::Iam, 2));
    assert_eq!(certificate.names[0], "api.internal.example.com");
    assert!(certificate.not_after > certificate.not_before && certificate.chain_pem.is_none());
}

#[tokio::test]
async fn the_certificate_that_is_missed_may_hang_on_a_neighbour() {
    let elsewhere = "arn:aws:acm:eu-central-1:123456789012:certificate/elsewhere";
    let certificates = format!("<Certificates><member><CertificateArn>{elsewhere}</CertificateArn></member></Certificates>");
    let of = |neighbours: u16| {
        let forward = format!("<Type>forward</Type><TargetGroupArn>{GROUP}</TargetGroupArn>");
        let neighbour = |number| listener(&format!("{NEIGHBOUR}{number}"), "HTTPS", 8443 + number, &certificates, &forward);
        let all: String = (0..neighbours).map(neighbour).chain([https()]).collect();
        facts(article().on(LISTENERS, [ok(query("DescribeListeners", &format!("<Listeners>{all}</Listeners>")))]))
    };
    let few = of(4).await;
    assert!(few.certificates[elsewhere].value().is_some());
    assert_eq!((few.listeners.len(), few.listener_certificates.len()), (5, 5));
    let many = of(5).await;
    assert_eq!((many.listeners.len(), many.listener_certificates.len(), many.certificates.len()), (6, 1, 1), "the used one's only");
}

#[tokio::test]
async fn an_interrupted_run_leaves_what_is_known_so_far() {
    // The load balancer never answers; everything before it does.
    let script = article().on("Action=DescribeLoadBalancers&", [silence()]);
    let replay = Replay::start(script);
    let session = replay.session();
    let api = resolve(&session, article::API).await.expect("it looks like an id");
    let accumulator = Accumulator::default();
    let interrupted = async {
        let known =
            || accumulator.snapshot().is_some_and(|known| known.facts.api.value().is_some() && known.facts.rules.contains_key(LISTENER));
        while !known() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        _ = collect(&session, &api, now(), &Silent, &accumulator) => panic!("the load balancer never answers"),
        () = interrupted => {}
    }
    let facts = accumulator.snapshot().expect("collection began").facts;
    assert!(facts.api.value().is_some() && facts.rules[LISTENER].value().is_some());
    assert_eq!(facts.subnets, Fetched::NotAsked, "half of the subnets is no answer");
    assert_eq!(facts.services, Fetched::NotAsked);
    assert!(!facts.load_balancers.contains_key(LB));
}
