//! The one sentence that concludes a diagnosis: it claims no more than the facts allow.

use super::{Cause, Observed};
use crate::answer::AttemptResult;
use crate::finding::{Blocks, Confidence};
use crate::model::fetched::{Gap, GapReason};
use crate::predict::{Blocker, Prediction};
use crate::symptom::{Producer, Symptom};

/// The sentence.
pub(super) fn conclude(
    observed: Option<&Observed>,
    prediction: &Prediction,
    causes: &[Cause],
    open: &[Gap],
    blockers: &[Blocker<'_>],
) -> String {
    let Some(observed) = observed else { return conclude_unasked(prediction, causes, open) };
    let what = match &observed.attempt.result {
        AttemptResult::Answered(answer) => format!("The {}", answer.status),
        AttemptResult::Failed { .. } | AttemptResult::NotMade { .. } => "The failed request".to_owned(),
    };
    if observed.as_expected {
        return match blockers.iter().find(|blocker| blocker.blocks == Blocks::All && blocker.finding.confidence == Confidence::Certain) {
            Some(blocker) => format!(
                "{what} contradicts the configuration: {} should have stopped the request. Another API may be behind the URL, or a change has not taken effect yet.",
                blocker.meta.id
            ),
            None => format!("{what} is the expected answer."),
        };
    }
    if let Some(first) = causes.first() {
        let others = match causes.len() - 1 {
            0 => String::new(),
            1 => "; one more cause is possible".to_owned(),
            more => format!("; {more} more causes are possible"),
        };
        return match first.confidence {
            Confidence::Certain => format!("{what} is explained by {} (certain){others}.", first.check),
            Confidence::Likely => format!("{what} is most likely explained by {}{others}.", first.check),
            Confidence::Possible => format!("{what} may be explained by {}{others}: no finding explains it for certain.", first.check),
        };
    }
    if observed.attribution.symptom == Symptom::GatewayUnauthorized {
        return format!("{what} is an authorizer's answer to a request without valid credentials, not a fault of the chain.");
    }
    let producer = observed.attribution.producer;
    let decided = prediction.single().is_some_and(|predicted| predicted.confidence == Confidence::Certain);
    if open.is_empty() && decided && matches!(producer, Producer::ApiGateway | Producer::LoadBalancer) && prediction.reaches_target() {
        // Words can be borrowed: only a mark that nobody else has makes it a contradiction.
        if observed.attribution.confidence < Confidence::Certain {
            return format!(
                "{what} has the words of {}, but nothing that was read keeps the request from the target, which may have used the same words. Or another API may be behind the URL, or a change has not taken effect yet.",
                producer.words()
            );
        }
        return format!(
            "{what} by {} contradicts the configuration: nothing that was read keeps the request from the target. Another API may be behind the URL, or a change has not taken effect yet.",
            producer.words()
        );
    }
    if producer == Producer::Target && open.is_empty() {
        return format!("{what} is the target's own answer: the request went through the whole chain.");
    }
    let open_end = if open.is_empty() { "" } else { ", and some facts could not be read (see what stays open)" };
    format!("Nothing that was read explains {} by {}{open_end}.", what.to_lowercase(), producer.words())
}

fn conclude_unasked(prediction: &Prediction, causes: &[Cause], open: &[Gap]) -> String {
    match (prediction, causes.first()) {
        (Prediction::Answered(predicted), Some(cause)) => {
            let status = predicted.answer.status.map_or("an error".to_owned(), |status| format!("a {status}"));
            format!(
                "No request was made. Expected: {status} by {}, because of {} ({}).",
                predicted.answer.producer.words(),
                cause.check,
                cause.confidence.name()
            )
        }
        (Prediction::Answered(predicted), None) => {
            format!("No request was made. Expected: an answer by {}.", predicted.answer.producer.words())
        }
        (Prediction::Mixed(_), _) => "No request was made. Expected: some requests get through, some do not.".to_owned(),
        (Prediction::Unknown(_), _) if open.iter().all(|gap| matches!(gap.why, GapReason::Undecided { .. })) => {
            "No request was made, and what was read does not decide the answer.".to_owned()
        }
        (Prediction::Unknown(_), _) => {
            let count = open.len();
            format!(
                "No request was made, and {count} missing {} the answer from being predicted.",
                if count == 1 { "fact keeps" } else { "facts keep" }
            )
        }
    }
}
