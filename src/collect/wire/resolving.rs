//! Finding the API that a text means.

use super::article::{API, GET_API, article};
use super::{Accumulator, Silent, collect, now, resolved};
use crate::collect::replay::{Replay, Script, ok, refused_json};
use crate::collect::{CollectError, list};

const GET_APIS: &str = "GET /v2/apis ";
const NEXT_APIS: &str = "GET /v2/apis?nextToken=p2";

fn api(id: &str, name: &str, protocol: &str) -> String {
    format!(r#"{{"apiId":"{id}","name":"{name}","protocolType":"{protocol}"}}"#)
}

/// Two pages of APIs.
fn apis() -> Script {
    let first = [api("id1", "orders-dev", "HTTP"), api("id2", "twice", "HTTP")].join(",");
    let second = [api(API, "Orders API", "HTTP"), api("id3", "twice", "HTTP"), api("id4", "chat room", "WEBSOCKET")].join(",");
    article()
        .on(GET_APIS, [ok(format!(r#"{{"items":[{first}],"nextToken":"p2"}}"#))])
        .on(NEXT_APIS, [ok(format!(r#"{{"items":[{second}]}}"#))])
}

async fn found(script: Script, text: &str) -> Result<String, CollectError> {
    resolved(&Replay::start(script), text).await.map(|api| api.id)
}

#[tokio::test]
async fn a_name_is_looked_for_on_every_page() {
    assert_eq!(found(apis(), "Orders API").await.expect("it is on page two"), API);
}

#[tokio::test]
async fn a_name_of_several_lists_their_ids_and_an_unknown_one_those_that_look_alike() {
    let error = found(apis(), "twice").await.map(|_| ());
    assert!(error.is_ok(), "it looks like an id until it is collected");
    let replay = Replay::start(apis().on("GET /v2/apis/", [refused_json(404, "NotFoundException")]));
    let session = replay.session();
    let twice = resolved(&replay, "twice").await.expect("it looks like an id");
    let error = collect(&session, &twice, now(), &Silent, &Accumulator::default()).await.expect_err("two carry it");
    assert_eq!(error.to_string(), "2 APIs in eu-central-1 are named \"twice\": pass one of their ids: id2, id3");

    let error = found(apis(), "Orders-API").await.expect_err("nobody carries it");
    assert_eq!(
        error.to_string(),
        "there is no HTTP API \"Orders-API\" in eu-central-1 (similar names: \"Orders API\", \"orders-dev\"): pass --region if it is elsewhere; \
         a REST API would not be found either, because this doctor examines HTTP APIs only"
    );
    assert!(matches!(found(apis(), "chat room").await, Err(CollectError::WrongProtocol { .. })));
}

#[tokio::test]
async fn what_looks_like_an_id_costs_no_call_and_may_turn_out_to_be_a_name() {
    let replay = Replay::start(
        article()
            .on("GET /v2/apis/orders", [refused_json(404, "NotFoundException")])
            .on(GET_APIS, [ok(format!(r#"{{"items":[{}]}}"#, api(API, "orders", "HTTP")))]),
    );
    let orders = resolved(&replay, "orders").await.expect("it looks like an id");
    assert_eq!(replay.requests().len(), 0);
    let collected = collect(&replay.session(), &orders, now(), &Silent, &Accumulator::default()).await.expect("it is a name");
    assert_eq!((collected.facts.api_id.as_str(), collected.calls), (API, 41));
}

#[tokio::test]
async fn an_arn_of_an_api_that_is_not_there_is_not_taken_for_a_name() {
    let replay = Replay::start(article().on(GET_API, [refused_json(404, "NotFoundException")]));
    let arn = resolved(&replay, "arn:aws:apigateway:us-east-1::/apis/a1b2c3d4e5").await.expect("an ARN names an id");
    let error = collect(&replay.session(), &arn, now(), &Silent, &Accumulator::default()).await.expect_err("it is not there");
    assert!(error.to_string().contains("in us-east-1: pass --region"), "the Region of the ARN was asked: {error}");
    assert_eq!(replay.count(GET_APIS), 0);
}

#[tokio::test]
async fn a_custom_domain_leads_to_its_api() {
    let domain = |script: Script, mappings: &str| {
        script
            .on("GET /v2/domainnames/api.example.com ", [ok(r#"{"domainName":"api.example.com"}"#)])
            .on("GET /v2/domainnames/api.example.com/apimappings", [ok(format!(r#"{{"items":[{mappings}]}}"#))])
    };
    let mapping = |api: &str, key: &str| format!(r#"{{"apiMappingId":"m-{key}","apiId":"{api}","apiMappingKey":"{key}","stage":"prod"}}"#);
    let one = r#"{"apiMappingId":"m1","apiId":"a1b2c3d4e5","stage":"$default"}"#;
    let two = &[mapping("a1b2c3d4e5", "orders"), mapping("id2", "users")].join(",");
    assert_eq!(found(domain(article(), one), "api.example.com").await.expect("one API"), API);
    assert_eq!(found(domain(article(), two), "https://api.example.com/orders/1").await.expect("mapped"), API);
    let error = found(domain(article(), two), "api.example.com").await.expect_err("two APIs");
    assert!(error.to_string().ends_with("/orders → a1b2c3d4e5, /users → id2"), "{error}");
    assert!(matches!(found(domain(article(), ""), "api.example.com").await, Err(CollectError::NothingMapped { .. })));
}

#[tokio::test]
async fn a_wildcard_domain_serves_one_level_and_a_name_may_look_like_a_domain() {
    let unknown = || [refused_json(404, "NotFoundException")];
    let wildcard = article()
        .on("GET /v2/domainnames/", unknown())
        .on("GET /v2/domainnames/%2A.example.com ", [ok(r#"{"domainName":"*.example.com"}"#)])
        .on(
            "GET /v2/domainnames/%2A.example.com/apimappings",
            [ok(r#"{"items":[{"apiMappingId":"m1","apiId":"a1b2c3d4e5","stage":"prod"}]}"#)],
        );
    assert_eq!(found(wildcard, "https://api.example.com").await.expect("the wildcard serves it"), API);
    let named =
        article().on("GET /v2/domainnames/", unknown()).on(GET_APIS, [ok(format!(r#"{{"items":[{}]}}"#, api(API, "orders.v2", "HTTP")))]);
    assert_eq!(found(named, "orders.v2").await.expect("a name with a dot"), API);
}

#[tokio::test]
async fn a_denied_lookup_names_the_action() {
    let error = found(article().on(GET_APIS, [refused_json(403, "AccessDeniedException")]), "Orders API").await.expect_err("denied");
    assert_eq!(
        error.to_string(),
        "\"Orders API\" could not be looked up: not allowed: apigateway:GET: allow that action, or pass the API's id"
    );
}

#[tokio::test]
async fn all_apis_are_listed_by_name() {
    let replay = Replay::start(apis());
    let listed = list(&replay.session()).await.expect("allowed");
    assert_eq!(listed.iter().map(|api| api.id.as_str()).collect::<Vec<_>>(), [API, "id4", "id1", "id2", "id3"]);
}
