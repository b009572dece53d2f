//! What an answer is, in one line, without a word that is not in it.

use super::{Item, next};
use crate::answer::{Answer, Attribution};
use crate::finding::Confidence::Possible;
use crate::semantics::attribution::{ApiKind, api_kind};
use crate::symptom::{Producer, Symptom};

/// An answer of another service of AWS: nobody in the chain wrote it.
pub(super) fn elsewhere(status: u16, service: &str) -> Item {
    let mut item = Item::new(format!("{status} of {service}, which is neither an HTTP API nor behind one as far as the answer shows"));
    let mark = format!("the marks are those of {service}, and none shows that the request went through an API Gateway");
    let (producer, symptom) = (Producer::Unknown, Symptom::Unrecognised);
    item.attribution = Some(Attribution { producer, symptom, confidence: Possible, marks: vec![mark] });
    item.next = next::elsewhere();
    item
}

/// Status, writer and meaning.
pub(super) fn what(answer: &Answer, attribution: &Attribution) -> String {
    let status = answer.status;
    match attribution.producer {
        Producer::ApiGateway if is_of_rest(answer, attribution.symptom) => {
            format!("{status} of API Gateway, of a REST API as far as it shows")
        }
        // A meaning quotes the usual body, and this is another one.
        Producer::ApiGateway if !says_the_usual(answer, attribution.symptom) => {
            super::without_body(&Item::line(status, Producer::ApiGateway, "", attribution.symptom))
        }
        Producer::Unknown => format!("{status}, and the text does not show who answered"),
        producer => Item::line(status, producer, "", attribution.symptom),
    }
}

/// What HTTP APIs say so means something else from a REST API. A timeout is a timeout of either.
pub(super) fn is_of_rest(answer: &Answer, symptom: Symptom) -> bool {
    let another_matter = matches!(symptom, Symptom::GatewayForbidden | Symptom::GatewayInternalError | Symptom::GatewayUnauthorized);
    api_kind(answer) == ApiKind::Rest && (another_matter || answer.header("x-amz-apigw-id").is_some())
}

/// The body that the meaning of a symptom quotes is the body of the answer.
fn says_the_usual(answer: &Answer, symptom: Symptom) -> bool {
    let said = symptom.meaning().split("\":\"").nth(1).and_then(|rest| rest.split('"').next());
    said.is_none_or(|said| answer.body.to_ascii_lowercase().contains(&said.to_ascii_lowercase()))
}
