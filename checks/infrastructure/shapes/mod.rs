//! Fields whose spelling differs by more than a name.

use super::node::{Entries, Node};
use serde_json::Value;

pub(super) mod balancing;
pub(super) mod gateway;
pub(super) mod network;
pub(super) mod rules;
pub(super) mod service;
pub(super) mod target_group;

/// Terraform's entries and CloudFormation's.
pub(super) type Both = (Entries, Entries);

/// One text under two names.
pub(super) fn both(terraform: &str, cloudformation: &str, text: &str) -> Both {
    plain(terraform, cloudformation, &Value::String(text.to_owned()))
}

/// One value under two names.
pub(super) fn plain(terraform: &str, cloudformation: &str, value: &Value) -> Both {
    let absent = || (Node::Number("null".to_owned()), Node::Number("!Ref AWS::NoValue".to_owned()));
    let (first, second) = node(value).map_or_else(absent, |node| (node.clone(), node));
    (vec![(terraform.to_owned(), first)], vec![(cloudformation.to_owned(), second)])
}

pub(super) fn node(value: &Value) -> Option<Node> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(_) | Value::Number(_) => Node::Number(value.to_string()),
        Value::String(text) => Node::Text(text.clone()),
        Value::Array(items) => Node::List(items.iter().filter_map(node).collect()),
        Value::Object(members) => Node::Map(members.iter().filter_map(|(key, value)| Some((key.clone(), node(value)?))).collect()),
    })
}

pub(super) fn text(text: &str) -> Node {
    Node::Text(text.to_owned())
}

pub(super) fn entry(name: &str, node: Node) -> (String, Node) {
    (name.to_owned(), node)
}

/// Entries for the fields of an object that are set: model's name, Terraform's, CloudFormation's.
pub(super) fn fields(value: &Value, names: &[(&str, &str, &str)]) -> Both {
    let set = names.iter().filter(|(name, _, _)| !value[*name].is_null());
    set.fold(Both::default(), |(mut first, mut second), (name, terraform, cloudformation)| {
        let (one, other) = plain(terraform, cloudformation, &value[*name]);
        first.extend(one);
        second.extend(other);
        (first, second)
    })
}

pub(super) fn block(terraform: &str, cloudformation: &str, (first, second): Both) -> Both {
    (vec![entry(terraform, Node::Block(first))], vec![entry(cloudformation, Node::Block(second))])
}

/// A field that is set, in a block; taken away when it is not set.
pub(super) fn optional_block(terraform: &str, cloudformation: &str, value: &Value, names: &[(&str, &str, &str)]) -> Option<Both> {
    if value.is_null() {
        return Some((Entries::new(), vec![entry(cloudformation, Node::Number("!Ref AWS::NoValue".to_owned()))]));
    }
    Some(block(terraform, cloudformation, fields(value, names)))
}
