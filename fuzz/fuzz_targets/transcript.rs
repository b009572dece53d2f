//! Answers as clients print them: a status line is there, so that the parser of headers and bodies is reached at once.

#![no_main]

use apigw_doctor_fuzz::harmless;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    harmless(&format!("HTTP/1.1 503 Service Unavailable\n{text}"));
    harmless(&format!("$ curl -v https://api.example.com/\n* x\n< HTTP/2 404\n< {text}"));
});
