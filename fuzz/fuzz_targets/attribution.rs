//! Who wrote an answer: status, headers and body from outside. No panic, and no word of theirs among the marks.

#![no_main]

use apigw_doctor_checks::answer::{Answer, AttemptResult};
use apigw_doctor_checks::semantics::attribution::{FixedResponse, api_kind, attribute, attribute_body};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u16, Vec<(String, String)>, String)| {
    let (status, headers, body) = input;
    let fixed = [FixedResponse { status, content_type: None, body: Some(body.clone()) }];
    let _ = attribute_body(&body, None);
    let answer = Answer { status, headers, body, body_truncated: false };
    let _ = api_kind(&answer);
    for responses in [&[][..], &fixed[..]] {
        let found = attribute(&AttemptResult::Answered(answer.clone()), responses);
        assert!(!found.marks.is_empty());
        assert!(found.marks.iter().all(|mark| !mark.is_empty() && mark.len() < 200 && mark.is_ascii()));
    }
});
