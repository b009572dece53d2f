//! The certificates that custom domain names show to clients, and the new one that two checks propose.

use super::entry::{configuration, console, update_domain};
use crate::finding::{Fix, Risk};
use crate::model::certificate::Certificate;
use crate::model::deployment::Deployment;
use crate::model::domain::{Domain, DomainConfiguration};
use crate::model::walk::Walk;
use crate::remedy::set;
use crate::tls::fixes::{new_certificate, request};
use serde_json::json;

/// A custom domain name with a certificate that it shows.
pub(super) struct Shown<'a> {
    pub(super) domain: &'a Domain,
    /// Index of the configuration.
    pub(super) index: usize,
    pub(super) configuration: &'a DomainConfiguration,
    pub(super) certificate: &'a Certificate,
}

/// Each custom domain name with the certificate of each of its configurations.
pub(super) fn shown(deployment: &Deployment) -> Walk<Shown<'_>> {
    let domains = match deployment.domains() {
        Ok(domains) => Walk { items: domains.values().collect(), gaps: Vec::new() },
        Err(gap) => Walk::blocked(gap),
    };
    let all = domains
        .then_many(|domain: &Domain| Ok(domain.configurations.iter().enumerate().map(|(index, one)| (domain, index, one)).collect()));
    all.then(|(domain, index, configuration)| {
        let Some(arn) = &configuration.certificate_arn else { return Ok(None) };
        let certificate = deployment.certificate(arn)?;
        Ok(certificate.map(|certificate| Shown { domain, index, configuration, certificate }))
    })
}

/// A new public certificate for the domain's own name, shown in place of the old one.
pub(super) fn replace(deployment: &Deployment, shown: &Shown<'_>) -> Fix {
    let domain = shown.domain;
    let names = [domain.name.clone()];
    let parts: Vec<&str> = shown.certificate.arn.splitn(6, ':').collect();
    let at = |index: usize| parts.get(index).copied().unwrap_or_default();
    let arn = format!("arn:{}:acm:{}:{}:certificate/to-be-issued", at(1), deployment.region(), at(4));
    let place = shown.index.to_string();
    let change = vec![
        new_certificate(deployment, &arn, &names),
        set(&["domains", "known", &domain.name, "configurations", &place, "certificate_arn"], json!(arn)),
    ];
    let title = format!("show a public certificate of ACM for {} (you have to own the domain)", domain.name);
    request(deployment, Fix::new(title, Risk::Safe, change), &names)
        .cli(update_domain(deployment, domain, &configuration(shown.configuration, "\"$CERT\"", "")))
        .console(format!("{} → Edit → ACM certificate", console(domain)))
}
