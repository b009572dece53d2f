//! A folder of describe files: what AWS said, one file per call, one sub-folder per Region or `account-region`.

use crate::error::Failure;
use apigw_doctor_checks::reach::Folder;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Sub-folders in sub-folders are read (`account/region`), but not without end: a link may lead round in a circle.
const DEPTH: usize = 3;

/// What was described, and what was not.
#[derive(Debug, Default)]
pub(crate) struct Described {
    /// One for each folder that has files, or for the Region that was asked.
    pub(crate) folders: Vec<Folder>,
    /// Files that are only the beginning of an answer, or what AWS did not answer, and why.
    pub(crate) unread: Vec<String>,
}

/// Reads a folder.
pub(super) fn read(folder: &Path) -> Result<Described, Failure> {
    let mut described = Described::default();
    walk(folder, "", DEPTH, &mut described)?;
    if described.folders.is_empty() {
        return Err(Failure::nothing(format!(
            "{} holds no .json file: write some, for example `aws ec2 describe-subnets > {}`",
            folder.display(),
            folder.join("Subnets.json").display()
        )));
    }
    Ok(described)
}

fn walk(folder: &Path, name: &str, depth: usize, described: &mut Described) -> Result<(), Failure> {
    let mut files = BTreeMap::new();
    for path in entries(folder)? {
        let own = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        if own.starts_with('.') {
            continue;
        }
        let below = if name.is_empty() { own.clone() } else { format!("{name}/{own}") };
        if path.is_dir() {
            if depth > 0 {
                walk(&path, &below, depth - 1, described)?;
            }
        } else if is_json {
            let text = text(&path)?;
            if is_beginning(&text) {
                described.unread.push(format!("{below} is only the beginning of an answer (it has a NextToken) and was left out"));
            } else {
                files.insert(path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), text);
            }
        }
    }
    if !files.is_empty() {
        described.folders.push(Folder { name: name.to_owned(), files });
    }
    Ok(())
}

/// What a folder holds, sorted.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |error: std::io::Error| Failure::nothing(format!("cannot read the folder {}: {error}", folder.display()));
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        found.push(entry.map_err(failed)?.path());
    }
    found.sort();
    Ok(found)
}

fn text(file: &Path) -> Result<String, Failure> {
    let failed = |what: String| Failure::nothing(format!("cannot read {}: {what}", file.display()));
    let bytes = fs::read(file).map_err(|error| failed(error.to_string()))?;
    // PowerShell's `>` writes UTF-16 or a byte order mark.
    let text = String::from_utf8(bytes).map_err(|error| {
        let line = 1 + error.as_bytes().iter().take(error.utf8_error().valid_up_to()).filter(|byte| **byte == b'\n').count();
        failed(format!("line {line} is not UTF-8"))
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// True for a page of several: what is on the others would look as if it did not exist.
fn is_beginning(text: &str) -> bool {
    if !["NextToken", "NextMarker"].iter().any(|word| text.contains(word)) {
        return false;
    }
    let Ok(serde_json::Value::Object(members)) = serde_json::from_str(text) else { return false };
    ["NextToken", "NextMarker"].iter().any(|key| members.get(*key).and_then(|token| token.as_str()).is_some_and(|token| !token.is_empty()))
}

/// How Regions begin (<https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html>).
const AREAS: [&str; 11] = ["af", "ap", "ca", "cn", "eu", "eusc", "il", "me", "mx", "sa", "us"];

/// The Region of a folder's name, `eu-central-1` or `123456789012-eu-central-1`; none where it is named otherwise.
pub(super) fn region(name: &str) -> Option<&str> {
    let last = name.rsplit('/').next()?;
    let account = last.split('-').next().filter(|first| first.len() == 12 && first.bytes().all(|byte| byte.is_ascii_digit()));
    let region = account.map_or(last, |account| last[account.len()..].trim_start_matches('-'));
    let parts: Vec<&str> = region.split('-').collect();
    let letters = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let (number, words) = parts.split_last()?;
    let numbered = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    (numbered && words.len() >= 2 && AREAS.contains(&words[0]) && words.iter().all(letters)).then_some(region)
}

#[cfg(test)]
mod tests {
    use super::{is_beginning, region};

    #[test]
    fn a_region_is_told_by_the_folder_or_not_at_all() {
        for name in ["eu-central-1", "123456789012-eu-central-1", "123456789012/eu-central-1", "lab/eu-central-1"] {
            assert_eq!(region(name), Some("eu-central-1"), "{name}");
        }
        assert_eq!(region("us-gov-west-1"), Some("us-gov-west-1"));
        for name in ["", "production", "eu-central", "1-2-3", "my-folder-1", "eu--1", "123456789012"] {
            assert_eq!(region(name), None, "{name}");
        }
    }

    #[test]
    fn one_page_of_several_is_recognised() {
        assert!(is_beginning(r#"{"Subnets": [], "NextToken": "abc"}"#));
        assert!(!is_beginning(r#"{"Subnets": [], "NextToken": null}"#));
        assert!(!is_beginning(r#"{"Subnets": [{"NextToken": "abc"}]}"#));
        assert!(!is_beginning(r#"{"Subnets": [], "NextToken": "#), "malformed: somebody else says where");
    }
}
