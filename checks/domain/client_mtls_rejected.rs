//! The custom domain asks for a client certificate, and the request that was asked about has none.

use super::entry::{direct, no_handshake, subject, words};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::domain::{Domain, MutualTls};
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::request::Request;
use crate::semantics::domains::serving;
use crate::source;
use crate::steps::quote;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "client-mtls-rejected",
    hop: Hop::Domain,
    severity: Severity::Info,
    title: "the custom domain asks clients for a certificate",
    phase: Some(Phase::Edge),
    needs: &[Part::Api, Part::Domains],
    optional: &[],
    symptoms: &[Symptom::TlsFailed, Symptom::Reset, Symptom::GatewayForbidden],
    refines: &[],
    since: "0.1.0",
    page: include_str!("client_mtls_rejected.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct ClientMtlsRejected;

impl Check for ClientMtlsRejected {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        for (index, request) in deployment.requests().iter().enumerate() {
            out.each(|out| look(deployment, out, index, request));
        }
        Ok(())
    }
}

fn look(deployment: &Deployment, out: &mut Outcome, index: usize, request: &Request) -> Result<(), Gap> {
    let Some(host) = &request.domain else {
        return direct(deployment, out, "the default endpoint asks for no client certificate");
    };
    let Some(domain) = serving(deployment.domains()?, host) else {
        return Err(Gap::undecided(Part::Domains, format!("{host} is no custom domain name of API Gateway in this account and Region")));
    };
    match &domain.mutual_tls {
        Some(mutual) => out.found(finding(domain, mutual, index, request)),
        None => out.fine(subject(domain), format!("{} asks for no client certificate", domain.name)),
    }
    Ok(())
}

fn finding(domain: &Domain, mutual: &MutualTls, index: usize, request: &Request) -> Finding {
    let store = mutual.truststore_uri.as_deref().unwrap_or("its truststore");
    let summary = format!("{} asks clients for a certificate that {store} trusts: without one {} is refused", domain.name, words(request));
    let url = format!("https://{}{}", request.domain.as_deref().unwrap_or_default(), request.asked_path());
    let fix = Fix::new("ask with a client certificate that the truststore trusts", Risk::Safe, Vec::new())
        .cli(format!("curl -i --cert client.pem --key client.key {}", quote(&url)))
        .console("The client certificate has to be X.509 version 3 and valid now, with an RSA key of at least 2048 bits or an ECDSA key");
    // The guard does its work; whether it closes the connection or says 403 differs.
    Finding::new(&META, subject(domain), summary)
        .confidence(Confidence::Likely)
        .evidence(Evidence::found(subject(domain), "MutualTlsAuthentication.TruststoreUri", store, source::GET_DOMAIN_NAMES))
        .effect(Effect::blocks_request(Phase::Edge, index, no_handshake()))
        .fix(fix)
}
