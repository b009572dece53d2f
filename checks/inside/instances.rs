//! Behind Cloud Map there is no load balancer: API Gateway speaks with the instances themselves, and so does whoever asks from inside.

use super::questions::Asking;
use super::{Kind, Place, Plan, Question};
use crate::model::cloud_map::CloudMapInstance;
use crate::model::fetched::Gap;
use crate::model::subject::{Subject, SubjectKind};
use crate::semantics::certificates;
use crate::semantics::discovery::discover;

/// So many instances are asked at most.
const INSTANCES: usize = 16;

/// The instances that API Gateway may use, asked as the integration asks.
pub(super) fn of_service(asking: &Asking<'_>, arn: &str, plan: &mut Plan) -> Result<(), Gap> {
    let Some(service) = asking.deployment.cloud_map_service(arn)? else {
        plan.leave_out(format!("integration {} leads to no Cloud Map service that exists", asking.integration.id));
        return Ok(());
    };
    let found = discover(asking.deployment.cloud_map_instances(arn)?, asking.integration.uri.as_deref().unwrap_or_default());
    if found.usable.is_empty() {
        plan.leave_out(format!("Cloud Map service {}: no instance that API Gateway may use", service.name));
    }
    for instance in found.usable.iter().take(INSTANCES) {
        question(asking, arn, &service.name, instance).into_iter().for_each(|question| plan.ask(question));
    }
    if found.usable.len() > INSTANCES {
        plan.leave_out(format!("Cloud Map service {}: {} more instances", service.name, found.usable.len() - INSTANCES));
    }
    Ok(())
}

fn question(asking: &Asking<'_>, arn: &str, service: &str, instance: &CloudMapInstance) -> Option<Question> {
    let (address, port) = (instance.address()?, instance.port()?);
    let own_name = asking.integration.server_name().filter(|name| certificates::is_host_name(name));
    let name = own_name.unwrap_or(address);
    let kind = match asking.integration.speaks_tls() {
        true => Kind::Session { own_name: own_name.is_some() },
        false => Kind::Plain { wants_tls: false, own_way: true },
    };
    let asked = format!("instance {} of {service}, as the integration asks", instance.id);
    let subject = Subject::from_arn(SubjectKind::CloudMapService, arn);
    Some(asking.question(subject, Place::Address(address.to_owned()), port, kind, name, asked))
}
