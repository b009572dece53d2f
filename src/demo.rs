//! The embedded deployment and its stories: everything the doctor does, without an AWS account and without a network.

use crate::error::Failure;
use apigw_doctor_checks::model::capture::Capture;
use apigw_doctor_checks::story::{self, Story};
use include_dir::{Dir, include_dir};

static FIXTURES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/fixtures");

/// Names and titles of all stories, `check/story`, in order.
pub(crate) fn stories() -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    for folder in FIXTURES.dirs() {
        let check = folder.path().to_string_lossy().into_owned();
        if apigw_doctor_checks::check(&check).is_none() {
            continue; // healthy/, incidents/ and whole/ are no stories
        }
        for file in folder.files() {
            let name = file.path().file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            if let Some(story) = file.contents_utf8().and_then(|text| Story::parse(text).ok()) {
                all.push((format!("{check}/{name}"), story.title));
            }
        }
    }
    all.sort();
    all
}

/// The capture that a story tells. A check's id alone means its first story in which it fires.
pub(crate) fn tell(name: &str) -> Result<Capture, Failure> {
    let names: Vec<String> = stories().into_iter().map(|(name, _)| name).collect();
    let chosen = if name.contains('/') { names.iter().find(|known| *known == name).cloned() } else { first_that_fires(name, &names) };
    let Some(chosen) = chosen else {
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        return Err(Failure::usage(format!(
            "there is no story \"{name}\"{}; `apigw-doctor demo --list` names them",
            crate::suggest::hint(name, &known)
        )));
    };
    let story = parse(&chosen).ok_or_else(|| Failure::internal(format!("the embedded story {chosen} cannot be read")))?;
    let base = text(&format!("healthy/{}.json", story.base)).unwrap_or_default();
    story::apply(&story, base, text("healthy/aliases.json").unwrap_or("{}"))
        .map_err(|error| Failure::internal(format!("the embedded story {chosen}: {error}")))
}

fn first_that_fires(check: &str, names: &[String]) -> Option<String> {
    let of_check = names.iter().filter(|name| name.split('/').next() == Some(check));
    of_check.clone().find(|name| parse(name).is_some_and(|story| story.fires.iter().any(|fires| fires.check == check))).cloned()
}

fn parse(name: &str) -> Option<Story> {
    Story::parse(text(&format!("{name}.json"))?).ok()
}

fn text(path: &str) -> Option<&'static str> {
    FIXTURES.get_file(path)?.contents_utf8()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_has_a_story_that_can_be_told() {
        for check in apigw_doctor_checks::CHECKS {
            let capture = tell(check.meta().id).unwrap_or_else(|error| panic!("{}: {error}", check.meta().id));
            assert!(!capture.requests.is_empty());
        }
    }
}
