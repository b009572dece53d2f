//! The same fix for those who write infrastructure as code: Terraform and CloudFormation, made from the patch in one place.
//!
//! A patch names fields of the model; `tables.rs` says what Terraform and CloudFormation call them. Where one operation has no
//! translation, none is printed for the whole fix: half a change is worse than none. Resources are known by their ids here and by
//! names there, so each piece says in a comment which resource it belongs to; only the arguments that change are shown.

mod locate;
mod node;
mod shapes;
mod tables;

use crate::finding::Step;
use crate::model::deployment::Deployment;
use locate::{Change, Place};
use node::{Entries, hcl, yaml};
use serde_json::Value;
use tables::Kind;

/// One resource as both languages write it.
#[derive(Clone, Debug, Default)]
struct Piece {
    comment: String,
    label: String,
    terraform: (&'static str, Entries),
    cloudformation: (&'static str, Entries),
}

/// Terraform and CloudFormation for a change; empty when there is no change, or no translation for all of it.
pub fn steps(deployment: &Deployment, change: &[Value]) -> Vec<Step> {
    let Some(pieces) = pieces(deployment, change) else { return Vec::new() };
    let shown = |with: fn(&Piece) -> &(&'static str, Entries)| pieces.iter().filter(move |piece| !with(piece).1.is_empty());
    let terraform: Vec<String> = shown(|piece| &piece.terraform)
        .map(|piece| {
            let (kind, entries) = &piece.terraform;
            format!("# {}\nresource \"{kind}\" \"{}\" {{\n{}}}", piece.comment, piece.label, hcl(entries, 1))
        })
        .collect();
    let cloudformation: Vec<String> = shown(|piece| &piece.cloudformation)
        .map(|piece| {
            let (kind, entries) = &piece.cloudformation;
            format!("# {}\n{}:\n  Type: {kind}\n  Properties:\n{}", piece.comment, logical(&piece.label), yaml(entries, 2).trim_end())
        })
        .collect();
    let mut steps = Vec::new();
    if !terraform.is_empty() && !cloudformation.is_empty() {
        steps.push(Step::Terraform(terraform.join("\n\n")));
        steps.push(Step::CloudFormation(cloudformation.join("\n\n")));
    }
    steps
}

fn pieces(deployment: &Deployment, change: &[Value]) -> Option<Vec<Piece>> {
    if change.is_empty() {
        return None;
    }
    let before = serde_json::to_value(deployment.facts()).ok()?;
    let mut after = before.clone();
    let patch: json_patch::Patch = serde_json::from_value(Value::Array(change.to_vec())).ok()?;
    json_patch::patch(&mut after, &patch).ok()?;
    let mut places: Vec<(Place, Vec<Change>)> = Vec::new();
    for operation in change {
        let (place, field) = locate::locate(operation, if operation["op"] == "remove" { &before } else { &after })?;
        match places.iter_mut().find(|(other, _)| *other == place) {
            Some((_, fields)) if fields.contains(&field) => {}
            Some((_, fields)) => fields.push(field),
            None => places.push((place, vec![field])),
        }
    }
    let mut pieces = Vec::new();
    for (place, fields) in &places {
        pieces.extend(piece(deployment, place, fields, &after)?);
    }
    for (place, _) in places.iter().filter(|(_, fields)| fields.contains(&Change::Whole)) {
        refer(&mut pieces, place);
    }
    Some(pieces)
}

/// Other pieces name a new resource by reference: its id does not exist yet.
fn refer(pieces: &mut [Piece], new: &Place) {
    let Some(kind) = tables::kind(new.part).filter(|kind| !kind.silent) else { return };
    let label = label(&new.id);
    let attribute = if new.id.starts_with("arn:") { "arn" } else { "id" };
    let (reference, logical) = (format!("{}.{label}.{attribute}", kind.terraform), logical(&label));
    // A reference to a log group is its name in CloudFormation; what names one by its ARN asks for that.
    let written = if new.part == "log_groups" { format!("!GetAtt {logical}.Arn") } else { format!("!Ref {logical}") };
    let own = pieces.iter().find(|piece| piece.label == label).map(|piece| piece.comment.clone());
    for piece in pieces.iter_mut().filter(|piece| Some(&piece.comment) != own.as_ref()) {
        node::replace(&mut piece.terraform.1, &|text| match text.strip_suffix(&new.id) {
            Some("") => Some(reference.clone()),
            Some("integrations/") => Some(format!("\"integrations/${{{reference}}}\"")),
            Some(_) | None => None,
        });
        node::replace(&mut piece.cloudformation.1, &|text| match text.strip_suffix(&new.id) {
            Some("") => Some(written.clone()),
            Some("integrations/") => Some(format!("!Sub \"integrations/${{{logical}}}\"")),
            Some(_) | None => None,
        });
    }
}

/// A logical id of CloudFormation: letters and digits only.
fn logical(label: &str) -> String {
    let capital = |word: &str| word.chars().next().map(|first| first.to_ascii_uppercase().to_string() + &word[first.len_utf8()..]);
    label.split('_').filter_map(capital).collect()
}

/// `Some(None)` for what both languages say elsewhere.
fn piece(deployment: &Deployment, place: &Place, fields: &[Change], after: &Value) -> Option<Option<Piece>> {
    let kind = tables::kind(place.part)?;
    if kind.silent {
        return Some(None);
    }
    let mut made = Piece {
        comment: format!("{} {}", kind.words, one_line(&place.id)),
        label: label(&place.id),
        terraform: (kind.terraform, Entries::new()),
        cloudformation: (kind.cloudformation, Entries::new()),
    };
    if fields.contains(&Change::Removed) {
        made.comment = format!("{}: take this resource away", made.comment);
        made.terraform.1.push(("count".to_owned(), node::Node::Number("0".to_owned())));
        made.cloudformation.1.push(("DeletionPolicy".to_owned(), node::Node::Text("Delete".to_owned())));
        return Some(Some(made));
    }
    let value = place.value(after)?;
    if fields.contains(&Change::Whole) {
        made.comment = format!("{} (new)", made.comment);
        fill(&mut made, kind, value, deployment, place);
    } else {
        for field in fields {
            let Change::Field(name) = field else { continue };
            let rendered = kind.field(name, value.pointer(&locate::pointer_of(name)).unwrap_or(&Value::Null))?;
            made.terraform.1.extend(rendered.0);
            made.cloudformation.1.extend(rendered.1);
        }
    }
    node::merge_blocks(&mut made.terraform.1);
    node::merge_blocks(&mut made.cloudformation.1);
    Some(Some(made))
}

/// Every translated field of a new resource that is set.
fn fill(made: &mut Piece, kind: &Kind, value: &Value, deployment: &Deployment, place: &Place) {
    let owner = (kind.owner)(deployment, place);
    made.terraform.1.extend(owner.0);
    made.cloudformation.1.extend(owner.1);
    for name in kind.names() {
        let field = value.pointer(&locate::pointer_of(name)).unwrap_or(&Value::Null);
        let empty =
            field.is_null() || field.as_array().is_some_and(Vec::is_empty) || field.as_object().is_some_and(serde_json::Map::is_empty);
        if let Some((terraform, cloudformation)) = kind.field(name, field).filter(|_| !empty) {
            made.terraform.1.extend(terraform);
            made.cloudformation.1.extend(cloudformation);
        }
    }
}

/// A comment ends with its line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A name that both languages accept.
fn label(id: &str) -> String {
    let tail = id.rsplit(['/', ':']).next().unwrap_or(id);
    let clean: String = tail.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    let clean = clean.trim_matches('_').to_owned();
    if clean.chars().next().is_none_or(|c| c.is_ascii_digit()) { format!("r_{clean}") } else { clean }
}

#[cfg(test)]
mod tests;
