//! One file: which keys it has, and where it is malformed.

use super::DescribeError;
use super::raw::Raw;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use std::fmt;

/// Adds what a file says.
pub(super) fn read(file: &str, text: &str, raw: &mut Raw) -> Result<(), DescribeError> {
    let mut json = serde_json::Deserializer::from_str(text);
    let outcome = Into(raw).deserialize(&mut json).and_then(|()| json.end());
    outcome.map_err(|error| DescribeError {
        file: file.to_owned(),
        line: error.line(),
        field: field(text, &error),
        what: without_place(&error.to_string()),
    })
}

/// The field that a message names, else the last key before the place where reading stopped.
fn field(text: &str, error: &serde_json::Error) -> String {
    let message = error.to_string();
    if let Some((_, rest)) = message.split_once("missing field `") {
        return rest.split('`').next().unwrap_or_default().to_owned();
    }
    let start: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let before = text.get(..start + error.column()).unwrap_or(text);
    let Some(colon) = before.rfind("\":").or_else(|| before.rfind("\" :")) else { return String::new() };
    before[..colon].rsplit('"').next().unwrap_or_default().to_owned()
}

fn without_place(message: &str) -> String {
    message.split(" at line ").next().unwrap_or(message).to_owned()
}

struct Into<'a>(&'a mut Raw);

impl<'de> DeserializeSeed<'de> for Into<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Into<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object with the answer of a describe call")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if !self.0.take(&key, &mut map)? {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}
