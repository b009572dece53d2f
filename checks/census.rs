//! Conventions as tests: what a reviewer would say twice.
#![allow(clippy::disallowed_methods, reason = "this walks over the source files")]

use crate::{CHECKS, PAGES, catalogue};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let listed = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    listed.map(|entry| entry.expect("a readable folder").path()).collect()
}

fn stem(path: &Path) -> String {
    path.file_stem().expect("a file name").to_string_lossy().into_owned()
}

fn hop_folders() -> Vec<PathBuf> {
    let hops: BTreeSet<&str> = catalogue::rows().map(|row| row.hop).collect();
    hops.into_iter().map(|hop| root().join(hop.replace('-', "_"))).filter(|folder| folder.is_dir()).collect()
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in entries(folder) {
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_file_of_a_hop_is_registered() {
    let checks: BTreeSet<&str> = CHECKS.iter().map(|check| check.meta().id).collect();
    assert_eq!(checks.len(), CHECKS.len(), "an id is registered twice");
    let pages: BTreeSet<&str> = PAGES.iter().map(|(id, _)| *id).collect();
    for folder in hop_folders() {
        for path in entries(&folder) {
            let id = stem(&path).replace('_', "-");
            let row = catalogue::row(&id);
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("md") => {
                    assert!(checks.contains(id.as_str()) || pages.contains(id.as_str()), "{}: a page that nothing shows", path.display())
                }
                Some("rs") if row.is_some() => assert!(checks.contains(id.as_str()), "{}: not in the registry", path.display()),
                _ => {}
            }
        }
    }
}

/// Rows that are still to come.
const OPEN: &[&str] = &[];

#[test]
fn every_row_of_the_catalogue_is_a_check_or_a_page() {
    let told: BTreeSet<&str> = CHECKS.iter().map(|check| check.meta().id).chain(PAGES.iter().map(|(id, _)| *id)).collect();
    let missing: Vec<&str> = catalogue::rows().map(|row| row.id).filter(|id| !told.contains(id)).collect();
    let open: BTreeSet<&str> = OPEN.iter().copied().collect();
    assert_eq!(
        missing.into_iter().collect::<BTreeSet<_>>(),
        open,
        "rows without a check or a page (left) are not those that are open (right)"
    );
}

#[test]
fn every_page_without_a_check_has_all_headings() {
    for (id, page) in PAGES {
        assert!(page.starts_with(&format!("# {id}\n")) && page.contains("https://"), "{id}");
        let mut rest = *page;
        for heading in crate::prove::HEADINGS {
            let at = rest.find(heading).unwrap_or_else(|| panic!("{id}: its page lacks \"{heading}\" in this order"));
            rest = &rest[at..];
        }
    }
}

#[test]
fn every_folder_of_stories_belongs_to_a_check() {
    for folder in entries(&root().join("../fixtures")).into_iter().filter(|path| path.is_dir()) {
        let name = stem(&folder);
        let known = ["healthy", "incidents", "whole"].contains(&name.as_str()) || crate::check(&name).is_some();
        assert!(known, "fixtures/{name}: no check of that name");
    }
}

#[test]
fn what_a_check_refines_exists() {
    for check in CHECKS {
        for id in check.meta().refines {
            assert!(catalogue::row(id).is_some(), "{} refines {id}, which the catalogue does not know", check.meta().id);
            assert_ne!(*id, check.meta().id);
        }
    }
}

#[test]
fn titles_are_short_and_start_small() {
    for check in CHECKS {
        let title = check.meta().title;
        let first = title.split(' ').next().unwrap_or_default();
        let abbreviation = first.chars().skip(1).any(char::is_uppercase);
        let lower = title.starts_with(|c: char| c.is_lowercase() || c.is_ascii_digit()) || abbreviation;
        assert!(lower || first == "API" || first == "Cloud" || first == "Amazon", "{}: \"{title}\"", check.meta().id);
        assert!(title.chars().count() <= 110 && !title.ends_with('.'), "{}: \"{title}\"", check.meta().id);
    }
}

#[test]
fn files_have_one_subject() {
    let hops = hop_folders();
    let mut files = Vec::new();
    rust_files(root(), &mut files);
    for file in files {
        let text = fs::read_to_string(&file).unwrap_or_default();
        let limit = if hops.iter().any(|hop| file.starts_with(hop)) { 250 } else { 400 };
        let lines = text.lines().count();
        assert!(lines <= limit, "{}: {lines} lines, more than {limit}: more than one subject?", file.display());
        assert!(text.starts_with("//!"), "{}: does not say first what it is about", file.display());
    }
}

#[test]
fn no_profile_aborts_on_panic() {
    // With `panic = "abort"` a check that panics would take the report down with it.
    let manifest = fs::read_to_string(root().join("../Cargo.toml")).expect("the workspace's manifest");
    assert!(!manifest.lines().any(|line| line.trim_start().starts_with("panic")), "a profile sets the panic strategy");
}
