//! stub
#![allow(missing_docs)]
use crate::answer::{AttemptResult, Attribution};
use crate::symptom::{Producer, Symptom};
pub struct FixedResponse {
    pub status: u16,
    pub content_type: Option<String>,
    pub body: Option<String>,
}
pub fn attribute(result: &AttemptResult, _: &[FixedResponse]) -> Attribution {
    let (producer, symptom) = match result {
        AttemptResult::Answered(a) if a.body.contains("plain HTTP request") => (Producer::LoadBalancer, Symptom::PlainHttpToHttpsPort),
        _ => (Producer::Unknown, Symptom::Unrecognised),
    };
    Attribution { producer, symptom, marks: vec![] }
}
