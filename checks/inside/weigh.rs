//! What the answers from inside add to a diagnosis.
//!
//! They are seen, not configured: what they show puts causes into another order, makes one likely that was only possible, and names one that
//! the configuration does not show. They make nothing certain and change no verdict: the shell stands elsewhere than the VPC link, and that a
//! defect is there does not prove that this very answer comes from it.

use super::told::UNTRUSTED;
use super::{Asked, Inside, Told, told};
use crate::CHECKS;
use crate::check::Meta;
use crate::diagnose::{Cause, Diagnosis, Expectation};
use crate::examine::Examination;
use crate::finding::Confidence;
use crate::model::deployment::Deployment;
use crate::model::subject::{Subject, SubjectKind};
use std::mem::discriminant;

/// Weighs the causes of a diagnosis by what was seen on its way, and says what was seen.
pub fn weigh(
    deployment: &Deployment,
    examination: &Examination,
    inside: &Inside,
    expected: &Expectation,
    diagnosis: &mut Diagnosis,
) -> Vec<String> {
    let now = deployment.facts().collected_at;
    let here = inside.asked.iter().filter(|asked| on_its_way(diagnosis, asked));
    let seen: Vec<Seen<'_>> =
        here.map(|asked| Seen { asked, told: told(examination, &asked.question, &asked.attempt, expected, now) }).collect();
    if diagnosis.observed.as_ref().is_some_and(|observed| !observed.as_expected) {
        reorder(&seen, inside.not_asked.is_empty(), diagnosis);
        diagnosis.conclude_again();
    }
    remarks(&seen, &inside.not_asked)
}

/// An answer, and what it says.
struct Seen<'a> {
    asked: &'a Asked,
    told: Told,
}

/// A request passes the integration that the question is about; a target group may be one of several that its listener leads to.
fn on_its_way(diagnosis: &Diagnosis, asked: &Asked) -> bool {
    let passes = |wanted: &Subject| diagnosis.journey.iter().any(|(_, subject, _)| subject == wanted);
    passes(&asked.question.integration)
}

/// What all answers together show about a cause.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    /// At least one shows the defect.
    There,
    /// Everybody who could show it was asked, answered, and shows the opposite.
    Not,
    Nothing,
}

/// `whole`: nothing was left out. The one target that was not asked, or that this shell could not connect to, may be the bad one.
fn word(seen: &[Seen<'_>], whole: bool, check: &str, subject: Option<&Subject>) -> Word {
    let here: Vec<&Seen<'_>> = seen.iter().filter(|one| subject.is_none_or(|subject| is_about(one.asked, subject))).collect();
    let shows = |one: &Seen<'_>| one.told.shows.iter().find(|(id, _)| *id == check).map(|(_, there)| *there);
    if here.iter().any(|one| shows(one) == Some(true)) {
        return Word::There;
    }
    let able = |one: &Seen<'_>| {
        let alike = |other: &&&Seen<'_>| discriminant(&other.asked.question.kind) == discriminant(&one.asked.question.kind);
        here.iter().filter(alike).any(|other| shows(other).is_some())
    };
    let mut able = here.iter().copied().filter(|one| able(one)).peekable();
    if whole && able.peek().is_some() && able.all(|one| shows(one) == Some(false)) { Word::Not } else { Word::Nothing }
}

fn is_about(asked: &Asked, subject: &Subject) -> bool {
    *subject == asked.question.subject || *subject == asked.question.integration || subject.kind == SubjectKind::Certificate
}

fn reorder(seen: &[Seen<'_>], whole: bool, diagnosis: &mut Diagnosis) {
    let mut ranked: Vec<(u8, Cause)> = Vec::new();
    for mut cause in std::mem::take(&mut diagnosis.causes) {
        let rank = match (word(seen, whole, &cause.check, cause.subject.as_ref()), cause.confidence) {
            (Word::Not, confidence) => {
                // Read so, and seen otherwise: the network changed in between, or the shell met somebody else.
                cause.confidence = confidence.min(Confidence::Possible);
                3
            }
            (_, Confidence::Certain | Confidence::Likely) => 0,
            (Word::There, Confidence::Possible) => {
                cause.confidence = Confidence::Likely;
                1
            }
            (Word::Nothing, Confidence::Possible) => 2,
        };
        ranked.push((rank, cause));
    }
    ranked.extend(unlisted(seen, diagnosis, &ranked).into_iter().map(|cause| (1, cause)));
    ranked.sort_by_key(|(rank, _)| *rank);
    diagnosis.causes = ranked.into_iter().map(|(_, cause)| cause).collect();
    // What was seen is not ruled out by what was read.
    let causes = &diagnosis.causes;
    diagnosis.ruled_out.retain(|out| causes.iter().all(|cause| cause.check != out.check));
}

/// What an answer from inside shows by itself. Other rows need the configuration beside it.
const NEWS: &[&str] = &[
    "server-name-san-mismatch",
    "lb-cert-expired",
    "lb-cert-self-signed",
    "lb-cert-private-ca",
    "lb-cert-incomplete-chain",
    "tls-to-http-listener",
    "hc-connect-refused",
    "hc-timeout",
    "hc-code-mismatch",
    "hc-path-missing",
    "tg-protocol-https-vs-plain",
    "tg-protocol-http-vs-tls",
    "cm-tls",
];

/// Defects that were seen, that can make this very answer, and that no cause names yet.
fn unlisted(seen: &[Seen<'_>], diagnosis: &Diagnosis, causes: &[(u8, Cause)]) -> Vec<Cause> {
    let Some(symptom) = diagnosis.observed.as_ref().map(|observed| observed.attribution.symptom) else { return Vec::new() };
    let able = |id: &str| CHECKS.iter().map(|check| check.meta()).find(|meta| meta.id == id && meta.symptoms.contains(&symptom));
    let mut found: Vec<(&Meta, Cause)> = Vec::new();
    for one in seen {
        for (id, _) in one.told.shows.iter().filter(|(id, there)| *there && NEWS.contains(id)) {
            let named = |check: &str| check == *id || (UNTRUSTED.contains(id) && UNTRUSTED.contains(&check));
            let known = causes.iter().any(|(_, cause)| named(&cause.check)) || found.iter().any(|(meta, _)| named(meta.id));
            if let Some(meta) = able(id).filter(|_| !known) {
                let why = format!("asked from inside, {}: {}", one.asked.question.asked, one.told.text);
                let subject = Some(one.asked.question.subject.clone());
                found.push((meta, Cause { check: meta.id.to_owned(), subject, confidence: Confidence::Likely, why, also: Vec::new() }));
            }
        }
    }
    let known: Vec<&Meta> = found.iter().map(|(meta, _)| *meta).collect();
    let refined = |id: &str| {
        known.iter().any(|other| other.refines.contains(&id))
            || causes.iter().filter_map(|(_, cause)| able(&cause.check)).any(|other| other.refines.contains(&id))
    };
    found.into_iter().filter(|(meta, _)| !refined(meta.id)).map(|(_, cause)| cause).collect()
}

/// What was seen, in sentences: the same answer to the same question at several addresses is said once.
fn remarks(seen: &[Seen<'_>], not_asked: &[String]) -> Vec<String> {
    let mut said: Vec<(&str, &str, Vec<String>, String)> = Vec::new();
    for Seen { asked, told } in seen {
        let address = asked.address.map_or_else(|| "no address".to_owned(), |address| address.to_string());
        let known = said.iter_mut().find(|(question, text, ..)| *question == asked.question.asked && *text == told.text);
        match known {
            Some((_, _, addresses, _)) => addresses.push(address),
            None => said.push((&asked.question.asked, &told.text, vec![address], about(told))),
        }
    }
    let sentence = |(asked, text, addresses, about): (&str, &str, Vec<String>, String)| {
        format!("{asked} (at {}): {text}{about}", addresses.join(", "))
    };
    let mut sentences: Vec<String> = said.into_iter().map(sentence).collect();
    sentences.extend(not_asked.iter().map(|why| format!("not asked: {why}")));
    sentences
}

fn about(told: &Told) -> String {
    let words = |confirms: bool| if confirms { "confirms" } else { "speaks against" };
    let each = told.bearings.iter().map(|bearing| format!("; {} {}", words(bearing.confirms), bearing.check));
    each.collect()
}
