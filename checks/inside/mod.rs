//! What can be asked by somebody who stands inside the VPC, and what the answers say about the findings.
//!
//! From outside, only API Gateway's word about the load balancer is heard. From inside one can ask the load balancer's nodes as the integration
//! does, ask them with plain HTTP, and ask the targets what their health checks ask. [`plan`] names the questions, [`told()`] reads an answer,
//! [`weigh()`] puts what was seen beside the other evidence of a diagnosis.
//!
//! Left out on purpose: what the answers say about *doors*. The shell that asks has another security group than the VPC link, so a connection
//! that fails here may well stand there, and the other way round. `network` judges doors from the rules.

mod instances;
mod questions;
mod told;
mod weigh;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod weighed;

pub use crate::model::inside::{Asked, Inside, Kind, Place, Question};
pub use questions::plan;
pub use told::told;
pub use weigh::weigh;

use crate::model::subject::Subject;

/// The questions of a deployment, and what cannot be asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// In the order of the journey.
    pub questions: Vec<Question>,
    /// What is left out, and why.
    pub not_asked: Vec<String>,
}

/// What an answer says.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Whether requests can get through here, as far as this answer shows.
    pub good: bool,
    /// In one sentence.
    pub text: String,
    /// What it says about findings.
    pub bearings: Vec<Bearing>,
    /// What it shows about checks, whether there is a finding or not: the id, and whether the defect is there.
    pub shows: Vec<(&'static str, bool)>,
}

/// What an answer says about a finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Bearing {
    /// The check.
    pub check: &'static str,
    /// The finding's subject.
    pub subject: Subject,
    /// True: the answer shows the same; false: it shows the opposite.
    pub confirms: bool,
}
