//! The role with which ECS registers tasks is gone.

use super::nobody_there;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Evidence, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::place::Place;
use crate::model::service::Service;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::aws;
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "service-role-missing",
    hop: Hop::Service,
    severity: Severity::Error,
    title: "the role with which ECS registers tasks is gone",
    phase: Some(Phase::TargetConnect),
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::Rules,
        Part::TargetGroups,
        Part::CloudMapServices,
        Part::Services,
        Part::ServiceLinkedRoles,
    ],
    optional: &[Part::TargetHealth, Part::CloudMapInstances],
    symptoms: &[Symptom::LbServiceUnavailable, Symptom::GatewayServiceUnavailable],
    refines: &["service-running-lt-desired", "tg-empty", "cm-no-instances"],
    since: "0.1.0",
    page: include_str!("service_role_missing.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct ServiceRoleMissing;

const ROLE: &str = "AWSServiceRoleForECS";

impl Check for ServiceRoleMissing {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_services(), |out, (service, place)| {
            if service.subnet_ids.is_empty() {
                return Ok(()); // tasks without an interface of their own: the service may have been given a role
            }
            let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
            if deployment.service_linked_role_exists(ROLE)? {
                out.fine(subject, format!("role {ROLE}, with which ECS registers tasks, exists"));
            } else {
                out.found(finding(deployment, service, place, subject));
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, service: &Service, place: Place<'_>, subject: Subject) -> Finding {
    let change = remedy::set(&["service_linked_roles", ROLE, "known"], json!(true));
    let fix = Fix::new(format!("create role {ROLE} again"), Risk::Safe, vec![change])
        .cli(aws(deployment, "iam create-service-linked-role --aws-service-name ecs.amazonaws.com"))
        .console("IAM: Roles → Create role → AWS service → Elastic Container Service");
    let summary =
        format!("role {ROLE} is gone: ECS can neither make network interfaces for tasks of service {} nor register them", service.name);
    let finding = Finding::new(&META, subject.clone(), summary)
        .confidence(Confidence::Likely) // that it is used is documented; what fails first without it is not
        .evidence(Evidence::absent(subject, "Role.RoleName", source::GET_ROLE).expected(ROLE));
    nobody_there(finding, deployment, place).fix(fix)
}
