//! Lines of load balancers' logs, cut and filled with text from outside.

#![no_main]

use apigw_doctor_fuzz::harmless;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    harmless(&format!("https 2023-03-08T12:07:54.384610Z app/orders/50dc6c495c0c9188 {text}"));
    harmless(&format!(
        "http 2023-03-08T12:08:04.390000Z app/orders/50dc6c495c0c9188 10.0.3.7:37217 - -1 -1 -1 {text} \"Root=1-x\" \"-\" \"-\" 0 \
         2023-03-08T12:07:54.381000Z \"{text}\" \"-\" \"-\" \"-\" \"-\" \"-\" \"-\""
    ));
    harmless(&format!("tls 2.0 2018-12-20T02:59:40 net/orders/c6e77e28c25b2234 {text}"));
    harmless(&format!("2023-10-04T17:05:15.514108Z 203.0.113.1 36280 443 {text}"));
});
