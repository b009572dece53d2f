//! Lines of an API Gateway access log: values and names from outside, in JSON and in the common log format.

#![no_main]

use apigw_doctor_fuzz::harmless;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (name, value) = text.split_once('\n').unwrap_or(("integrationErrorMessage", text));
    harmless(&format!(r#"{{"requestId":"a=","ip":"192.0.2.1","routeKey":"GET /x","status":"503","{name}":"{value}"}}"#));
    harmless(&format!(r#"{{"requestId":"a=","routeKey":"GET /x","integrationStatus":{text}}}"#));
    harmless(&format!(r#"192.0.2.1 - - [24/Jan/2023:17:52:06 +0000] "{text}" 503 33 fQke_hDCDoEEMpw= {text}"#));
});
