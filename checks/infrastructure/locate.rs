//! Which resource and which of its fields one operation of a patch touches.

use serde_json::Value;

/// A resource in the facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The member of the facts, or a name of ours for the entries of a list (`security-group-rule`).
    pub(super) part: &'static str,
    /// Its id as people know it.
    pub(super) id: String,
    /// Where it stands after the change.
    pointer: Vec<String>,
}

/// What happens to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It is new, or replaced whole.
    Whole,
    /// It goes away.
    Removed,
    /// One field, `a/b` for a field of a field.
    Field(String),
}

impl Place {
    fn new(part: &'static str, id: &str, pointer: &[&str]) -> Place {
        Place { part, id: id.to_owned(), pointer: pointer.iter().map(|segment| (*segment).to_owned()).collect() }
    }

    /// What the entry of a list belongs to.
    pub(super) fn owner(&self) -> &str {
        self.pointer.get(1).map_or("", String::as_str)
    }

    /// The resource after the change.
    pub(super) fn value<'a>(&self, after: &'a Value) -> Option<&'a Value> {
        self.pointer.iter().try_fold(after, |value, segment| match value {
            Value::Array(items) if segment == "-" => items.last(),
            Value::Array(items) => items.get(segment.parse::<usize>().ok()?),
            Value::Object(members) => members.get(segment),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        })
    }
}

/// A field's name as a pointer into its resource.
pub(super) fn pointer_of(field: &str) -> String {
    if field.is_empty() {
        return String::new(); // the resource is one value
    }
    match field.split_once('/') {
        Some((outer, inner)) if NESTED.contains(&outer) => format!("/{outer}/{}", escaped(inner)),
        Some(_) | None => format!("/{}", escaped(field)),
    }
}

/// Fields whose own fields are separate arguments elsewhere.
const NESTED: &[&str] = &["health_check"];

/// Maps of resources in one fact: `/routes/known/ID`.
const MAPS: &[&str] = &["stages", "routes", "integrations", "authorizers", "domains", "security_groups", "services", "vpc_endpoints"];

/// One fact per resource: `/listeners/ARN/known`.
const EACH: &[&str] = &[
    "vpc_links",
    "load_balancers",
    "listeners",
    "target_groups",
    "certificates",
    "task_definitions",
    "service_linked_roles",
    "scalable_targets",
    "log_groups",
];

/// Attributes, by the resource they belong to: `/load_balancer_attributes/ARN/known/KEY`.
const ATTRIBUTES: &[&str] = &["load_balancer_attributes", "target_group_attributes", "listener_attributes"];

/// Lists whose entries are resources elsewhere: `/rules/ARN/known/0`.
const LISTS: &[&str] = &["rules", "listener_certificates", "lambda_policies", "api_mappings", "routing_rules"];

/// The resource and the change of one operation; `None` when there is no translation. `state`: the facts in which the resource is there.
pub(super) fn locate(operation: &Value, state: &Value) -> Option<(Place, Change)> {
    let unescape = |segment: &str| segment.replace("~1", "/").replace("~0", "~");
    let path: Vec<String> = operation["path"].as_str()?.split('/').skip(1).map(unescape).collect();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let removed = operation["op"] == "remove";
    let named = |list: &[&'static str], part: &str| list.iter().copied().find(|known| *known == part);
    match path.as_slice() {
        ["api", "known", rest @ ..] => Some((Place::new("api", "", &["api", "known"]), field(rest, removed)?)),
        ["deployed_definitions", stage] | ["stages", "known", stage, "deployment_id"] => {
            Some((Place::new("deployed_definitions", stage, &["stages", "known", stage]), Change::Whole))
        }
        ["security_groups", "known", group, direction @ ("ingress" | "egress"), at] => {
            let part = if *direction == "ingress" { "ingress" } else { "egress" };
            (!removed).then(|| (Place::new(part, group, &["security_groups", "known", group, direction, at]), Change::Whole))
        }
        ["network_acls", "known", acl, "entries", at] => {
            (!removed).then(|| (Place::new("acl_entries", acl, &["network_acls", "known", acl, "entries", at]), Change::Whole))
        }
        ["route_tables", "known", table, "routes", at] => {
            let place = Place::new("table_routes", table, &["route_tables", "known", table, "routes", at]);
            if !removed {
                return Some((place, Change::Whole));
            }
            let route = place.value(state)?;
            let to = ["destination", "prefix_list"].iter().find_map(|name| route[*name].as_str())?;
            Some((Place { id: format!("{table} to {to}"), ..place }, Change::Removed))
        }
        [part, "known", id, rest @ ..] => {
            let part = named(MAPS, part)?;
            Some((Place::new(part, id, &[part, "known", id]), field(rest, removed)?))
        }
        [part, id] if named(ATTRIBUTES, part).is_some() => Some((Place::new("with_its_resource", id, &[part, id]), Change::Whole)),
        [part, id, "known", key] if named(ATTRIBUTES, part).is_some() => {
            let part = named(ATTRIBUTES, part)?;
            Some((Place::new(part, id, &[part, id, "known"]), Change::Field((*key).to_owned())))
        }
        [part, owner, "known", rest @ ..] if named(LISTS, part).is_some() => entry(named(LISTS, part)?, owner, rest, removed, state),
        [part, id, rest @ ..] => {
            let part = named(EACH, part)?;
            let rest = rest.strip_prefix(&["known"]).unwrap_or(rest);
            Some((Place::new(part, id, &[part, id, "known"]), field(rest, removed)?))
        }
        _ => None,
    }
}

/// A field of a resource, or the resource itself.
fn field(rest: &[&str], removed: bool) -> Option<Change> {
    match rest {
        [] if removed => Some(Change::Removed),
        [] => Some(Change::Whole),
        [outer, inner, ..] if NESTED.contains(outer) => Some(Change::Field(format!("{outer}/{inner}"))),
        [name, ..] => Some(Change::Field((*name).to_owned())),
    }
}

/// An entry of a list: the last one for an appended one, its own name where it has one.
fn entry(part: &'static str, owner: &str, rest: &[&str], removed: bool, after: &Value) -> Option<(Place, Change)> {
    let [at, rest @ ..] = rest else {
        // The whole list is given anew: its last entry is what was added.
        return Some((Place::new(part, owner, &[part, owner, "known", "-"]), Change::Whole));
    };
    if removed && rest.is_empty() {
        return None; // it is no longer there to be named
    }
    let place = Place::new(part, owner, &[part, owner, "known", at]);
    let value = place.value(after)?;
    let own = ["arn", "id"].iter().find_map(|name| value[*name].as_str());
    let id = own.unwrap_or(owner).to_owned();
    Some((Place { id, ..place }, field(rest, removed)?))
}

fn escaped(segment: &str) -> String {
    segment.replace('~', "~0").replace('/', "~1")
}
