//! Any text: no panic, and nothing goes out that steers a terminal.

#![no_main]

use apigw_doctor_fuzz::harmless;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| harmless(text));
