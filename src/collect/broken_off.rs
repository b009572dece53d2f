//! Refuses XML that breaks off.
//!
//! The SDK's XML parser takes the end of the text for the end of whatever it is in: half an answer becomes a shorter
//! list, and a shorter list of rules or security groups is a lie. HTTP notices most cuts by the length, but not one that
//! happened before the length was counted (a proxy, a stand-in).

use aws_sdk_sts::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;

/// Looks at every answer after it was parsed.
#[derive(Debug)]
pub(super) struct RefuseBrokenOff;

impl Intercept for RefuseBrokenOff {
    fn name(&self) -> &'static str {
        "RefuseBrokenOff"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let body = response.body().bytes().unwrap_or_default();
        // What AWS refuses is judged by its code, however it is cut.
        if !response.status().is_success() || ends_where_it_began(&String::from_utf8_lossy(body)) {
            return Ok(());
        }
        Err("the answer breaks off before its end".into())
    }
}

/// True unless the text is XML whose first element is never closed.
fn ends_where_it_began(text: &str) -> bool {
    let mut rest = text.trim();
    while let Some(prologue) = rest.strip_prefix("<?") {
        rest = prologue.split_once("?>").map_or("", |(_, after)| after).trim_start();
        if rest.is_empty() {
            return false; // a prologue and no element
        }
    }
    let Some(element) = rest.strip_prefix('<') else { return true }; // no XML: the JSON parser notices a cut itself
    let name = element.split(|c: char| c.is_whitespace() || c == '>' || c == '/').next().unwrap_or_default();
    let closing = rest.rsplit_once("</").is_some_and(|(_, end)| end.trim_end_matches('>').trim_end() == name && end.ends_with('>'));
    closing || (rest.ends_with("/>") && rest.matches('<').count() == 1)
}

#[cfg(test)]
mod tests {
    use super::ends_where_it_began;

    #[test]
    fn whole_answers_pass() {
        for text in ["<a><b/></a>", "<?xml version=\"1.0\"?>\n<a xmlns=\"x\"><b>1</b></a>\n", "<a/>", "<a></a >", "{\"items\":[]}", ""] {
            assert!(ends_where_it_began(text), "{text}");
        }
    }

    #[test]
    fn half_answers_do_not() {
        for text in ["<a><b/>", "<a><b>1</b>", "<a><b>1</b></a", "<a><a/", "<?xml version=\"1.0\"?>", "<a", "<a><b/></b>"] {
            assert!(!ends_where_it_began(text), "{text}");
        }
    }
}
