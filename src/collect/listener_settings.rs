//! Elastic Load Balancing: attributes of listeners, and the security policies of those that speak TLS.

use super::balancing::to_attributes;
use super::call::Call;
use super::outcome::{Answer, Lacks, need, text};
use super::reader::{Reader, each};
use apigw_doctor_checks::model::balancing::SslPolicy;
use aws_sdk_elasticloadbalancingv2::types;

/// Reads the attributes of a listener.
pub(super) async fn attributes(reader: &Reader<'_>, arn: &str) {
    let request = reader.aws().elb.describe_listener_attributes().listener_arn(arn).send();
    let answer = reader.ask(Call::DescribeListenerAttributes, request).await;
    let pairs = answer.map(|output| output.attributes.map(|all| all.into_iter().map(|one| (one.key, one.value)).collect()));
    let attributes = pairs.and_then(|pairs| to_attributes(Call::DescribeListenerAttributes, pairs));
    reader.facts.record(|facts| drop(facts.listener_attributes.insert(arn.to_owned(), attributes.fetched())));
}

/// Reads a security policy. Listeners share them, so each is read by whoever comes first.
pub(super) async fn ssl_policy(reader: &Reader<'_>, name: &str) {
    if !reader.claim(name) {
        return;
    }
    let request = |marker| reader.aws().elb.describe_ssl_policies().names(name).set_marker(marker).send();
    let answer = reader.pages(Call::DescribeSSLPolicies, request, |page| (page.ssl_policies, page.next_marker)).await;
    let found = answer.and_then(|items| each(Call::DescribeSSLPolicies, &items, to_policy));
    let found = found.map(|all| all.into_iter().find(|one| one.name == name)).existing().map(Option::flatten);
    reader.facts.record(|facts| drop(facts.ssl_policies.insert(name.to_owned(), found)));
}

fn to_policy(policy: &types::SslPolicy) -> Result<SslPolicy, Lacks> {
    // A policy without any protocol would let nobody in; AWS has none.
    let protocols = need(policy.ssl_protocols.clone().filter(|protocols| !protocols.is_empty()), "SslProtocols")?;
    Ok(SslPolicy { name: text(policy.name.clone(), "Name")?, protocols })
}

#[cfg(test)]
mod tests {
    use super::{Lacks, to_policy, types};

    #[test]
    fn a_policy_is_its_name_and_its_protocols() {
        let base = || types::SslPolicy::builder().name("ELBSecurityPolicy-TLS13-1-2-2021-06");
        assert_eq!(to_policy(&base().build()), Err(Lacks("SslProtocols")));
        let policy = to_policy(&base().ssl_protocols("TLSv1.2").ssl_protocols("TLSv1.3").build()).expect("complete");
        assert_eq!(policy.protocols, ["TLSv1.2", "TLSv1.3"]);
    }
}
