//! Ways out that several TLS checks share: another server name, or a public certificate in place of the one that is refused.

use super::served::{Handshake, is_load_balancer_name};
use crate::finding::{Fix, Risk};
use crate::model::balancing::Listener;
use crate::model::certificate::Certificate;
use crate::model::deployment::Deployment;
use crate::model::gateway::Integration;
use crate::model::time::Timestamp;
use crate::remedy::{append, set};
use crate::semantics::certificates::{example_name_for, is_host_name};
use crate::steps::{CONSOLE_INTEGRATION, aws, quote, then_deploy, update_integration};
use serde_json::{Value, json};

/// How long the new certificate is taken to be valid on the model: less than any public certificate is.
const NEW_VALIDITY_S: i64 = 90 * 86_400;

/// Names the integration's server name after a certificate. `None`: the certificate has no name that a client could ask for.
pub(super) fn rename(deployment: &Deployment, integration: &Integration, certificate: &Certificate) -> Option<Fix> {
    let name = example_name_for(certificate)?;
    Some(rename_to(deployment, integration, &name))
}

/// Names the integration's server name.
pub(super) fn rename_to(deployment: &Deployment, integration: &Integration, name: &str) -> Fix {
    let path = ["integrations", "known", &integration.id, "tls_config", "server_name"];
    let argument = quote(&format!("ServerNameToVerify={name}"));
    let title = format!("set the secure server name to {name}, a name on the listener's certificate");
    let fix = Fix::new(title, Risk::Safe, vec![set(&path, json!(name))])
        .cli(update_integration(deployment, &integration.id, &format!("--tls-config {argument}")))
        .console(format!("{CONSOLE_INTEGRATION} → Advanced settings → Secure server name: {name}"));
    then_deploy(deployment, fix)
}

/// Puts a certificate that exists already on the listener, beside the others.
pub(super) fn add_certificate(deployment: &Deployment, listener: &Listener, certificate: &Certificate) -> Option<Fix> {
    deployment.certificate_arns(listener).ok()?;
    let (arn, which) = (quote(&listener.arn), quote(&format!("CertificateArn={}", certificate.arn)));
    let title = format!("put that certificate on listener {}, too", listener.port);
    let fix = Fix::new(title, Risk::Safe, vec![append(&["listener_certificates", &listener.arn, "known"], json!(certificate.arn))])
        .cli(aws(deployment, &format!("elbv2 add-listener-certificates --listener-arn {arn} --certificates {which}")))
        .console(format!("EC2: Load balancers → listener {} → Certificates → Add certificate", listener.port));
    Some(fix)
}

/// Puts a further public certificate with one name on the listener.
pub(super) fn further_certificate(deployment: &Deployment, listener: &Listener, name: &str) -> Option<Fix> {
    let names = [name.to_owned()];
    if !is_host_name(name) || name.parse::<std::net::IpAddr>().is_ok() || deployment.certificate_arns(listener).is_err() {
        return None;
    }
    let arn = new_arn(listener);
    let change = vec![new_certificate(deployment, &arn, &names), append(&["listener_certificates", &listener.arn, "known"], json!(arn))];
    let title = format!("put a public certificate for {name} on listener {}, too", listener.port);
    let fix = request(deployment, Fix::new(title, Risk::Safe, change), &names);
    Some(
        fix.cli(on_listener(deployment, "add-listener-certificates", listener))
            .console(format!("EC2: Load balancers → listener {} → Certificates → Add certificate", listener.port)),
    )
}

/// Puts a public certificate with the same names in place of the presented one, on every used listener that has it.
pub(super) fn public_in_place(deployment: &Deployment, handshake: &Handshake<'_>) -> Option<Fix> {
    let old = handshake.certificate;
    // ACM issues for names of domains that somebody owns: not for single labels, and not for Amazon's.
    let issuable = |name: &&str| name.contains('.') && !is_load_balancer_name(name);
    let mut names: Vec<String> = old.names.iter().map(String::as_str).filter(issuable).map(str::to_owned).collect();
    if names.is_empty() {
        names.extend(handshake.integration.server_name().filter(issuable).map(str::to_owned));
    }
    let first = names.first()?;
    let arn = new_arn(handshake.listener);
    let mut change = vec![new_certificate(deployment, &arn, &names)];
    let title = format!("put a public certificate of ACM for {first} in its place (you have to own the domain)");
    let mut fix = request(deployment, Fix::new(title, Risk::Safe, Vec::new()), &names);
    for listener in deployment.used_listeners().items {
        let all = deployment.certificate_arns(listener).ok()?;
        if listener.certificate_arns.contains(&old.arn) {
            change.push(set(&["listeners", &listener.arn, "known", "certificate_arns"], json!([arn])));
            fix = fix.cli(on_listener(deployment, "modify-listener", listener));
        } else if all.contains(&old.arn) {
            let listed = all.iter().filter(|one| !listener.certificate_arns.contains(one));
            let listed: Vec<&String> = listed.map(|one| if *one == old.arn { &arn } else { one }).collect();
            change.push(set(&["listener_certificates", &listener.arn, "known"], json!(listed)));
            fix = fix.cli(on_listener(deployment, "add-listener-certificates", listener)).cli(take_away(deployment, listener, old));
        }
    }
    fix.change = change;
    Some(fix.console("EC2: Load balancers → (load balancer) → listener → Certificates → change the default or the listed certificate"))
}

/// The steps that get a certificate from ACM; `$CERT` is its ARN in the steps that follow.
pub(crate) fn request(deployment: &Deployment, fix: Fix, names: &[String]) -> Fix {
    let (first, more) = names.split_first().map_or(("NAME", &[][..]), |(first, more)| (first.as_str(), more));
    let more: String = more.iter().map(|name| format!(" {}", quote(name))).collect();
    let more = if more.is_empty() { more } else { format!(" --subject-alternative-names{more}") };
    let ask = format!(
        "acm request-certificate --domain-name {}{more} --validation-method DNS --query CertificateArn --output text",
        quote(first)
    );
    let records = "acm describe-certificate --certificate-arn \"$CERT\" --query 'Certificate.DomainValidationOptions[].ResourceRecord'";
    fix.cli(format!("CERT=$({})", aws(deployment, &ask)))
        .cli(aws(deployment, records))
        .console("Create the CNAME records that this prints in the domain's public DNS; ACM issues and renews the certificate by them")
        .cli(aws(deployment, "acm wait certificate-validated --certificate-arn \"$CERT\""))
}

fn on_listener(deployment: &Deployment, command: &str, listener: &Listener) -> String {
    let arn = quote(&listener.arn);
    aws(deployment, &format!("elbv2 {command} --listener-arn {arn} --certificates CertificateArn=\"$CERT\""))
}

fn take_away(deployment: &Deployment, listener: &Listener, old: &Certificate) -> String {
    let (listener, old) = (quote(&listener.arn), quote(&format!("CertificateArn={}", old.arn)));
    aws(deployment, &format!("elbv2 remove-listener-certificates --listener-arn {listener} --certificates {old}"))
}

/// The ARN of a certificate that does not exist yet, in the listener's partition, Region and account.
fn new_arn(listener: &Listener) -> String {
    let parts: Vec<&str> = listener.arn.splitn(6, ':').collect();
    let at = |index: usize| parts.get(index).copied().unwrap_or_default();
    format!("arn:{}:acm:{}:{}:certificate/to-be-issued", at(1), at(3), at(4))
}

/// Adds a public certificate with these names to the model.
pub(crate) fn new_certificate(deployment: &Deployment, arn: &str, names: &[String]) -> Value {
    let now = deployment.now();
    let certificate = json!({
        "arn": arn, "kind": "amazon-issued", "names": names, "status": "ISSUED",
        "not_before": now, "not_after": Timestamp::from_unix(now.unix() + NEW_VALIDITY_S),
        "subject": null, "issuer": "Amazon", "pem": null, "chain_pem": null,
    });
    set(&["certificates", arn], json!({"known": certificate}))
}
