//! Whether somebody is still there at a registered address: the tasks that ECS knows, and the interfaces of the VPC.
//!
//! Where ECS registers, an instance has its task's id (so in the examples of
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/create-service-discovery.html>).
//! A task that is stopping takes no new requests. Left out on purpose: hosts outside the link's VPC, of which nothing was read.

use super::found::Found;
use crate::check::Outcome;
use crate::model::cloud_map::CloudMapInstance;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::network::NetworkInterface;
use crate::model::part::Part;
use crate::model::service::Task;
use crate::source;
use ipnet::IpNet;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// What the facts say of one instance.
pub(super) enum Life {
    /// Somebody is there; the fact that says so.
    Alive(String),
    Gone(Gone),
    Open(Gap),
}

/// Why an instance is gone.
pub(super) struct Gone {
    pub(super) words: String,
    pub(super) field: &'static str,
    pub(super) found: Option<String>,
    pub(super) source: &'static str,
}

/// All that can bear witness to the instances of one Cloud Map service.
pub(super) struct Witness<'a> {
    tasks: Vec<&'a Task>,
    /// The names of the services all of whose running tasks are among them.
    complete: BTreeSet<&'a str>,
    /// `None`: they could not be read.
    interfaces: Option<Vec<&'a NetworkInterface>>,
    /// The link's VPC, with the blocks of its subnets.
    home: Option<(&'a str, Vec<IpNet>)>,
}

impl<'a> Witness<'a> {
    pub(super) fn of(deployment: &'a Deployment, out: &mut Outcome, found: &Found<'_>) -> Witness<'a> {
        let mut witness = Witness { tasks: Vec::new(), complete: BTreeSet::new(), interfaces: None, home: None };
        let services = deployment.services_registered_in(&found.service.arn).map_err(|gap| out.gap(gap)).unwrap_or_default();
        for service in services {
            out.each(|_| {
                let tasks = deployment.tasks(&service.arn)?;
                let running = tasks.iter().filter(|task| task.last_status == "RUNNING").count();
                witness.tasks.extend(tasks);
                // Of a big service only some of the tasks are read, and tasks without addresses of their own are known by their ids alone.
                let mut living = tasks.iter().filter(|task| lives(task)).peekable();
                let told = living.peek().is_none() || living.any(|task| !task.addresses.is_empty());
                if told && deployment.service_state(service).is_ok_and(|state| running >= state.running_count as usize) {
                    witness.complete.insert(&service.name);
                }
                Ok(())
            });
        }
        witness.interfaces = deployment.network_interfaces().ok().map(|all| all.values().collect());
        witness.home = home(deployment, found);
        witness
    }

    pub(super) fn life(&self, instance: &CloudMapInstance) -> Life {
        let address: Option<IpAddr> = instance.address().and_then(|text| text.parse().ok());
        if let Some(task) = self.tasks.iter().find(|task| task.arn.ends_with(&format!("/{}", instance.id))) {
            return if lives(task) {
                Life::Alive(format!("the task of instance {} is {}", instance.id, task.last_status))
            } else {
                ended(task)
            };
        }
        let Some(address) = address else { return Life::Alive(format!("instance {} has an address of another kind", instance.id)) };
        if self.tasks.iter().any(|task| lives(task) && task.addresses.contains(&address)) {
            return Life::Alive(format!("a task has the address {address}"));
        }
        let nic = self.interfaces.as_ref().map(|all| all.iter().any(|nic| nic.addresses.contains(&address)));
        if let (Some(false), Some((vpc, blocks))) = (nic, &self.home)
            && blocks.iter().any(|block| block.contains(&address))
        {
            return Life::Gone(Gone {
                words: format!("no network interface of {vpc} has this address"),
                field: "NetworkInterfaceId",
                found: None,
                source: source::DESCRIBE_NETWORK_INTERFACES,
            });
        }
        match instance.attributes.get("ECS_SERVICE_NAME") {
            Some(service) if self.complete.contains(service.as_str()) => Life::Gone(Gone {
                words: format!("service {service} runs no such task"),
                field: "taskArn",
                found: None,
                source: source::DESCRIBE_TASKS,
            }),
            _ if nic == Some(true) => Life::Alive(format!("a network interface has the address {address}")),
            Some(_) => {
                let what = format!("whether the task of instance {} still runs is not among the facts", instance.id);
                Life::Open(Gap::undecided(Part::Tasks, what))
            }
            None => Life::Alive(format!("instance {} was registered by hand, outside the link's VPC", instance.id)),
        }
    }
}

fn home<'a>(deployment: &'a Deployment, found: &Found<'_>) -> Option<(&'a str, Vec<IpNet>)> {
    let link = deployment.vpc_link(found.integration.connection_id.as_deref()?).ok()??;
    let vpc = deployment.link_subnets(link).ok()?.first()?.vpc_id.as_str();
    let here = deployment.subnets().ok()?.values().filter(|subnet| subnet.vpc_id == vpc);
    Some((vpc, here.flat_map(|subnet| subnet.cidrs.iter().copied()).collect()))
}

fn lives(task: &Task) -> bool {
    !matches!(task.last_status.as_str(), "STOPPING" | "DEPROVISIONING" | "STOPPED" | "DELETED")
}

fn ended(task: &Task) -> Life {
    let found = Some(task.last_status.clone());
    Life::Gone(Gone { words: format!("its task is {}", task.last_status), field: "lastStatus", found, source: source::DESCRIBE_TASKS })
}
