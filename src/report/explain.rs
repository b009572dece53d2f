//! The report of `explain`: version 1 of its JSON, and the text.

use super::page::Page;
use super::style::Style;
use super::text::producer_words;
use apigw_doctor_checks::catalogue;
use apigw_doctor_checks::explain::{Cause, Explanation, Item};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a text is and means. Only additions without a new version.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct ExplainReport {
    /// Always 1.
    pub(crate) version: u32,
    /// 0: something was recognised; 3: cannot tell.
    pub(crate) exit_code: u8,
    /// What the text was taken for: `page`, `symptom`, `status`, `answer`, `body`, `client-error`, `api-gateway-access-log`,
    /// `load-balancer-access-log`, `connection-log`, `ecs`, `target-health`, `aws-error`, `api-gateway-error` or `unrecognised`.
    pub(crate) kind: String,
    /// The same in words.
    pub(crate) taken_for: String,
    /// True when only the first MiB of the text was looked at.
    pub(crate) truncated: bool,
    /// The id of a page; null for everything else.
    pub(crate) id: Option<String>,
    /// The page, in Markdown.
    pub(crate) page: Option<String>,
    /// One for each thing that needs an explanation of its own; for a status, one for each who may write it.
    pub(crate) items: Vec<ItemReport>,
}

/// One thing explained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct ItemReport {
    pub(crate) what: String,
    /// How many lines of a log say so.
    pub(crate) count: usize,
    /// `api-gateway`, `load-balancer`, `target`, `edge-in-front`, `client-side` or `unknown`; null where nobody wrote an answer.
    pub(crate) producer: Option<String>,
    /// The class of the answer.
    pub(crate) symptom: Option<String>,
    /// How sure the producer is: `certain`, `likely` or `possible`.
    pub(crate) confidence: Option<String>,
    /// What decided.
    pub(crate) marks: Vec<String>,
    /// The first cause first.
    pub(crate) causes: Vec<ExplainedCause>,
    /// What would decide, where the text does not.
    pub(crate) cannot_tell: Option<String>,
    /// What to look at next.
    pub(crate) next: Vec<String>,
}

/// A row of the catalogue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct ExplainedCause {
    pub(crate) check: String,
    pub(crate) title: String,
    pub(crate) confidence: String,
    pub(crate) why: String,
}

/// Puts an explanation into the contract's words.
pub(crate) fn build(explanation: &Explanation, exit_code: u8, truncated: bool) -> ExplainReport {
    ExplainReport {
        version: 1,
        exit_code,
        kind: explanation.kind.name().to_owned(),
        taken_for: explanation.taken_for.clone(),
        truncated,
        items: explanation.items.iter().map(item).collect(),
        ..ExplainReport::default()
    }
}

/// The report of an id.
pub(crate) fn of_page(id: &str, page: &str) -> ExplainReport {
    let (id, page) = (Some(id.to_owned()), Some(page.to_owned()));
    let (kind, taken_for) = ("page".to_owned(), "an id".to_owned());
    ExplainReport { version: 1, kind, taken_for, id, page, ..ExplainReport::default() }
}

fn item(item: &Item) -> ItemReport {
    let who = item.attribution.as_ref();
    ItemReport {
        what: item.what.clone(),
        count: item.count,
        producer: who.map(|who| who.producer.name().to_owned()),
        symptom: who.map(|who| who.symptom.name().to_owned()),
        confidence: who.map(|who| who.confidence.name().to_owned()),
        marks: who.map_or_else(Vec::new, |who| who.marks.clone()),
        causes: item.causes.iter().map(cause).collect(),
        cannot_tell: item.undecided.clone(),
        next: item.next.clone(),
    }
}

fn cause(cause: &Cause) -> ExplainedCause {
    ExplainedCause {
        check: cause.check.to_owned(),
        title: catalogue::row(cause.check).map_or_else(String::new, |row| row.title.to_owned()),
        confidence: cause.confidence.name().to_owned(),
        why: cause.why.clone(),
    }
}

/// More causes than these are in the JSON.
const SHOWN: usize = 8;

/// The explanation for people.
pub(crate) fn text(report: &ExplainReport, style: Style) -> String {
    let mut page = Page::new(style);
    let cut = if report.truncated { ", of which only the first MiB was looked at" } else { "" };
    page.wrapped("", &format!("Taken for {}{cut}.", report.taken_for), "  ");
    for item in &report.items {
        page.line("");
        told(&mut page, item);
    }
    if let Some(first) = report.items.iter().find_map(|item| item.causes.first()) {
        page.line("");
        page.wrapped("more  ", &format!("apigw-doctor explain {}", first.check), "      ");
    }
    page.into_text()
}

fn told(page: &mut Page, item: &ItemReport) {
    let times = if item.count > 1 { format!("{} times: ", item.count) } else { String::new() };
    page.wrapped("", &page.style.strong(&format!("{times}{}", item.what)), "  ");
    if let (Some(producer), Some(confidence)) = (&item.producer, &item.confidence) {
        page.wrapped("  who    ", &format!("{} ({confidence})", producer_words(producer)), "         ");
        for mark in &item.marks {
            page.wrapped("         ", &page.style.faint(mark), "         ");
        }
    }
    for (number, cause) in item.causes.iter().take(SHOWN).enumerate() {
        let beginning = if number == 0 { "  causes " } else { "         " };
        let name = page.style.strong(&cause.check);
        page.wrapped(beginning, &format!("{name} ({}): {}", cause.confidence, cause.why), "           ");
    }
    let more = item.causes.len().saturating_sub(SHOWN);
    if more > 0 {
        page.wrapped("         ", &format!("and {more} more, which `--format json` lists"), "         ");
    }
    if let Some(what) = &item.cannot_tell {
        page.wrapped("  ?      ", &format!("cannot tell, but this would: {what}"), "         ");
    }
    for (number, next) in item.next.iter().enumerate() {
        page.wrapped(if number == 0 { "  next   " } else { "         " }, next, "           ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use apigw_doctor_checks::explain::text as explain;
    use serde_json::Value;

    fn schema() -> Value {
        serde_json::to_value(schemars::schema_for!(ExplainReport)).expect("a schema is JSON")
    }

    /// Made from the types, and may not drift from them.
    #[test]
    fn the_published_schema_of_an_explanation_is_that_of_the_types() {
        let schema = serde_json::to_string_pretty(&schema()).expect("a schema is JSON") + "\n";
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/explain.schema.json");
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(file, &schema).expect("docs/ can be written to");
        }
        let published = std::fs::read_to_string(file).unwrap_or_default();
        assert_eq!(published, schema, "docs/explain.schema.json is stale: run `UPDATE_SCHEMA=1 cargo test schema`");
    }

    /// The value has the properties that the schema requires, of the types that it names, and no others.
    fn conforms(value: &Value, part: &Value, whole: &Value) {
        if let Some(reference) = part.get("$ref").and_then(Value::as_str) {
            let part = whole.pointer(reference.trim_start_matches('#')).expect("the schema has what it refers to");
            return conforms(value, part, whole);
        }
        let types: Vec<&str> = match part.get("type") {
            Some(Value::String(one)) => vec![one.as_str()],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let found = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        assert!(types.contains(&found), "{value} is {found}, not {types:?}");
        if let Some(members) = value.as_object() {
            let properties = part.get("properties").and_then(Value::as_object).expect("properties");
            for name in part.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
                assert!(members.contains_key(name), "{name} is missing");
            }
            for (name, member) in members {
                conforms(member, properties.get(name).expect("a property that the schema names"), whole);
            }
        }
        for element in value.as_array().into_iter().flatten() {
            conforms(element, part.get("items").expect("the schema says what an array holds"), whole);
        }
    }

    #[test]
    fn what_is_printed_conforms_to_the_schema() {
        let whole = schema();
        for input in ["503", "{\"message\":\"Not Found\"}", "Target.Timeout", "nothing known", "curl: (6) Could not resolve host: x"] {
            let report = build(&explain(input), 0, false);
            conforms(&serde_json::to_value(report).expect("JSON"), &whole, &whole);
        }
        conforms(&serde_json::to_value(of_page("tg-empty", "# tg-empty")).expect("JSON"), &whole, &whole);
    }

    #[test]
    fn the_text_says_what_it_was_taken_for_who_and_why() {
        let style = Style { width: 80, unicode: false, colour: false };
        let printed = text(&build(&explain("503 Service Temporarily Unavailable"), 0, false), style);
        for piece in [
            "Taken for a status.",
            "  who    the load balancer (possible)",
            "  causes tg-empty (likely)",
            "  next   ",
            "more  apigw-doctor explain tg-empty",
        ] {
            assert!(printed.contains(piece), "\"{piece}\" is not in\n{printed}");
        }
        assert!(printed.lines().all(|line| line.chars().count() <= 80), "{printed}");
        let nothing = text(&build(&explain("nothing known"), 3, true), style);
        assert!(nothing.contains("cannot tell, but this would") && nothing.contains("only the first MiB"), "{nothing}");
    }
}
