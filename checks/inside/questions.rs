//! Which questions there are on the way of the requests that are asked about.

use super::{Kind, Place, Plan, Question, instances};
use crate::journey::{self, End};
use crate::model::balancing::{Listener, LoadBalancer, Target, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Integration;
use crate::model::request::Request;
use crate::model::subject::{Subject, SubjectKind};
use crate::semantics::mapping::{Arrival, HostHeader, MappedPath};
use crate::semantics::{certificates, mapping, routes, targets};

/// So many targets are asked at most.
const TARGETS: usize = 16;

/// The questions on the way of all requests that are asked about, each once.
pub fn plan(deployment: &Deployment) -> Plan {
    let mut plan = Plan::default();
    for index in 0..deployment.requests().len() {
        if let Err(gap) = of_request(deployment, index, &mut plan) {
            plan.leave_out(format!("{}: {}", gap.part.name(), gap.why()));
        }
    }
    plan
}

impl Plan {
    pub(super) fn ask(&mut self, question: Question) {
        if !self.questions.contains(&question) {
            self.questions.push(question);
        }
    }

    pub(super) fn leave_out(&mut self, why: String) {
        if !self.not_asked.contains(&why) {
            self.not_asked.push(why);
        }
    }
}

fn of_request(deployment: &Deployment, index: usize, plan: &mut Plan) -> Result<(), Gap> {
    let request = &deployment.requests()[index];
    let Some((integration, arrival)) = at_the_integration(deployment, request)? else {
        plan.leave_out(format!("{} {} leads to no private integration", request.method, request.bare_path()));
        return Ok(());
    };
    let asking = Asking { deployment, request, integration, arrival: &arrival };
    if let Some(arn) = integration.cloud_map_arn() {
        return instances::of_service(&asking, arn, plan);
    }
    let Some(listener) = deployment.listener_of(integration)? else {
        plan.leave_out(format!("integration {} leads to no listener that exists", integration.id));
        return Ok(());
    };
    match deployment.load_balancer(&listener.load_balancer_arn)? {
        Some(balancer) => asking.listener(balancer, listener, plan),
        None => plan.leave_out(format!("listener {}: its load balancer does not exist", listener.port)),
    }
    let journey = journey::resolve(deployment, index);
    for end in &journey.ends {
        if let End::Targets(arn) = end {
            of_group(deployment, integration, arn, plan)?;
        }
    }
    journey.gap.map_or(Ok(()), Err)
}

/// The private integration that a request comes to, and what it becomes there.
fn at_the_integration<'a>(deployment: &'a Deployment, request: &Request) -> Result<Option<(&'a Integration, Arrival)>, Gap> {
    let Some(stage) = deployment.stage_for(request)? else { return Ok(None) };
    let Some(route) = routes::select(deployment.routes()?, &request.method, request.bare_path()).chosen else { return Ok(None) };
    let Some(integration) = route.route.integration_id().and_then(|id| deployment.integrations().ok()?.get(id)) else { return Ok(None) };
    Ok(integration.is_private().then(|| (integration, mapping::arrival(request, &stage.name, &route, integration))))
}

/// A request as it comes to its integration.
pub(super) struct Asking<'a> {
    pub(super) deployment: &'a Deployment,
    request: &'a Request,
    pub(super) integration: &'a Integration,
    arrival: &'a Arrival,
}

impl Asking<'_> {
    fn listener(&self, balancer: &LoadBalancer, listener: &Listener, plan: &mut Plan) {
        let own_name = self.integration.server_name().filter(|name| certificates::is_host_name(name));
        let name = own_name.map_or_else(|| self.other_name(balancer, listener), str::to_owned);
        let port = listener.port;
        let speaks_tls = self.integration.speaks_tls();
        // Through a TCP listener, the Application Load Balancer behind it is asked.
        let readers = self.deployment.read_by(listener).unwrap_or_default();
        let wants_tls = listener.speaks_tls() || readers.iter().any(|reader| reader.speaks_tls());
        if speaks_tls || wants_tls {
            let whose = match own_name {
                Some(_) => "as the integration asks".to_owned(),
                None => format!("as an integration with the secure server name {name} would ask"),
            };
            let asked = format!("listener {port}, {whose}");
            plan.ask(self.of_nodes(balancer, listener, Kind::Session { own_name: own_name.is_some() }, &name, asked));
        }
        if wants_tls || !speaks_tls {
            let kind = Kind::Plain { wants_tls, own_way: !speaks_tls };
            let whose = if speaks_tls { "" } else { ", as the integration asks" };
            plan.ask(self.of_nodes(balancer, listener, kind, &name, format!("listener {port}, with plain HTTP{whose}")));
        }
    }

    fn of_nodes(&self, balancer: &LoadBalancer, listener: &Listener, kind: Kind, name: &str, asked: String) -> Question {
        let nodes = Place::Nodes(balancer.dns_name.clone());
        self.question(Deployment::listener_subject(listener), nodes, listener.port, kind, name, asked)
    }

    /// The request as it arrives, at this place.
    pub(super) fn question(&self, subject: Subject, place: Place, port: u16, kind: Kind, name: &str, asked: String) -> Question {
        let path = match &self.arrival.path {
            MappedPath::Known(path) if path.starts_with('/') => path.clone(),
            MappedPath::Known(_) | MappedPath::Unknown { .. } => self.request.bare_path().to_owned(),
        };
        let host = match &self.arrival.host {
            HostHeader::Known(host) => host.clone(),
            HostHeader::Unknown => name.to_owned(),
        };
        Question {
            subject,
            integration: Subject::new(SubjectKind::Integration, &self.integration.id),
            tls: matches!(kind, Kind::Session { .. }),
            kind,
            place,
            name: name.to_owned(),
            host,
            port,
            method: self.arrival.method.clone(),
            path,
            asked,
        }
    }

    /// A name to try when the integration has none: one that the default certificate covers, else the load balancer's own.
    fn other_name(&self, balancer: &LoadBalancer, listener: &Listener) -> String {
        let default = listener.certificate_arns.first().and_then(|arn| self.deployment.certificate(arn).ok().flatten());
        let mut names = default.into_iter().flat_map(|certificate| &certificate.names);
        let usable = names.find(|name| certificates::is_host_name(name));
        usable.unwrap_or(&balancer.dns_name).to_owned()
    }
}

fn of_group(deployment: &Deployment, integration: &Integration, arn: &str, plan: &mut Plan) -> Result<(), Gap> {
    let Some(group) = deployment.target_group(arn)? else { return Ok(()) };
    let check = &group.health_check;
    if matches!(group.protocol_version.as_deref(), Some("GRPC" | "HTTP2")) {
        let version = group.protocol_version.as_deref().unwrap_or_default();
        plan.leave_out(format!("target group {}: its targets speak {version}, which is not asked here", group.name));
        return Ok(());
    }
    if !check.enabled || !matches!(group.target_type.as_str(), "ip" | "instance") {
        plan.leave_out(format!("target group {}: no health check of an address ({} targets)", group.name, group.target_type));
        return Ok(());
    }
    let registered: Vec<&Target> = deployment.targets(arn)?.iter().filter(|target| targets::takes_part(target)).collect();
    if registered.is_empty() {
        plan.leave_out(format!("target group {}: nobody is registered", group.name));
    }
    for target in registered.iter().take(TARGETS) {
        match address_of(deployment, group, target) {
            Some(address) => plan.extend_with(health_question(integration, group, target, address)),
            None => plan.leave_out(format!("target {} of {}: no address was read", target.id, group.name)),
        }
    }
    if registered.len() > TARGETS {
        plan.leave_out(format!("target group {}: {} more targets", group.name, registered.len() - TARGETS));
    }
    Ok(())
}

impl Plan {
    fn extend_with(&mut self, question: Result<Question, String>) {
        match question {
            Ok(question) => self.ask(question),
            Err(why) => self.leave_out(why),
        }
    }
}

fn address_of(deployment: &Deployment, group: &TargetGroup, target: &Target) -> Option<String> {
    if group.target_type == "ip" {
        return target.id.parse::<std::net::IpAddr>().ok().map(|address| address.to_string());
    }
    let interfaces = deployment.network_interfaces().ok()?;
    let own = interfaces.values().find(|interface| interface.instance_id.as_deref() == Some(target.id.as_str()))?;
    own.addresses.first().map(ToString::to_string)
}

fn health_question(integration: &Integration, group: &TargetGroup, target: &Target, address: String) -> Result<Question, String> {
    let check = &group.health_check;
    let port = check.fixed_port().or(target.port).or(group.port);
    let port = port.ok_or_else(|| format!("target {} of {}: no port was read", target.id, group.name))?;
    let protocol = check.protocol.as_deref().or(group.protocol.as_deref()).unwrap_or("HTTP");
    let (kind, tls) = match protocol {
        "HTTP" | "HTTPS" => (Kind::Health { matcher: check.matcher.clone().unwrap_or_else(|| "200".to_owned()) }, protocol == "HTTPS"),
        _ => (Kind::Accepts, false),
    };
    let host = if address.contains(':') { format!("[{address}]:{port}") } else { format!("{address}:{port}") };
    Ok(Question {
        subject: Subject::from_arn(SubjectKind::TargetGroup, &group.arn),
        integration: Subject::new(SubjectKind::Integration, &integration.id),
        asked: match kind {
            Kind::Health { .. } => format!("target {} of {}, as its health check asks", target.id, group.name),
            Kind::Session { .. } | Kind::Plain { .. } | Kind::Accepts => {
                format!("target {} of {}, whether it accepts connections", target.id, group.name)
            }
        },
        kind,
        place: Place::Address(address.clone()),
        tls,
        name: address,
        host,
        port,
        method: "GET".to_owned(),
        path: check.path.clone().unwrap_or_else(|| "/".to_owned()),
    })
}
