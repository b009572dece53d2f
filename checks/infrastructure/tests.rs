//! Every fix of every story is translated, or its check is named here with the reason.

use super::steps;
use crate::CHECKS;
use crate::examine::examine;
use crate::finding::Step;
use crate::prove::{stories, tell};
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// Checks whose fixes have no translation, and why.
const UNTRANSLATED: &[(&str, &str)] = &[
    ("lb-sg-stale-reference", "a rule is taken out: there is nothing to write"),
    ("waf-blocks", "a web ACL is only partly in the model"),
    ("waf-rate-sees-link-ip", "a web ACL is only partly in the model"),
    ("rule-transform", "Terraform takes a transform away by leaving its block out, which a piece with what changes cannot show"),
];

/// A check, one of its fixes in words, and the fix's translations.
type Translated = (&'static str, String, Vec<Step>);

/// Every fix that every check has in its own stories; told once for all tests.
fn all() -> &'static [Translated] {
    static TOLD: OnceLock<Vec<Translated>> = OnceLock::new();
    TOLD.get_or_init(translated)
}

fn translated() -> Vec<Translated> {
    let mut found = Vec::new();
    for check in CHECKS {
        for (name, story) in stories(check.meta().id) {
            let deployment = tell(&name, &story);
            for (meta, finding) in examine(&[*check], &deployment).findings() {
                let fixes = finding.fixes.iter().filter(|fix| !fix.change.is_empty());
                found
                    .extend(fixes.map(|fix| (meta.id, format!("{name}: {} {:?}", fix.title, fix.change), steps(&deployment, &fix.change))));
            }
        }
    }
    found
}

#[test]
fn every_fix_has_terraform_and_cloudformation() {
    let excused = |id: &str| UNTRANSLATED.iter().any(|(check, _)| *check == id);
    let missing: Vec<String> =
        all().iter().filter(|(id, _, steps)| steps.is_empty() && !excused(id)).map(|(id, fix, _)| format!("{id}/{fix}")).collect();
    assert!(missing.is_empty(), "{} fixes are not translated:\n{}", missing.len(), missing.join("\n"));
    let translated: BTreeSet<&str> = all().iter().filter(|(_, _, steps)| !steps.is_empty()).map(|(id, _, _)| *id).collect();
    assert!(UNTRANSLATED.iter().all(|(id, _)| !translated.contains(id)), "an excuse is no longer needed");
}

#[test]
fn the_founding_fix_reads_as_people_write_it() {
    let stories = stories("secure-server-name-missing");
    let (name, story) = stories.iter().find(|(name, _)| name == "blank.json").expect("the founding story");
    let deployment = tell(name, story);
    let examination = examine(CHECKS, &deployment);
    let (_, finding) = examination.findings().next().expect("the finding");
    let steps = steps(&deployment, &finding.fixes[0].change);
    let terraform = "# integration int0001\nresource \"aws_apigatewayv2_integration\" \"int0001\" {\n  tls_config {\n    server_name_to_verify = \"api.internal.example.com\"\n  }\n}";
    let cloudformation = "# integration int0001\nInt0001:\n  Type: AWS::ApiGatewayV2::Integration\n  Properties:\n    TlsConfig:\n      ServerNameToVerify: \"api.internal.example.com\"";
    assert_eq!(steps, [Step::Terraform(terraform.to_owned()), Step::CloudFormation(cloudformation.to_owned())]);
}

#[test]
fn the_value_of_a_header_may_be_a_secret() {
    let secrets: Vec<_> = all().iter().filter(|(id, _, _)| *id == "rule-header-secret").collect();
    assert!(!secrets.is_empty());
    for (_, _, steps) in secrets {
        assert!(!format!("{steps:?}").to_lowercase().contains("swordfish"), "{steps:?}");
    }
}

#[test]
fn a_new_resource_is_named_by_reference() {
    let (_, _, steps) = all().iter().find(|(id, _, _)| *id == "vpclink-single-az").expect("a replacement");
    let [Step::Terraform(terraform), Step::CloudFormation(cloudformation)] = steps.as_slice() else { panic!("{steps:?}") };
    assert!(terraform.contains("connection_id = aws_apigatewayv2_vpc_link.new_link.id"), "{terraform}");
    assert!(cloudformation.contains("ConnectionId: !Ref NewLink"), "{cloudformation}");
}

#[test]
fn a_new_log_group_is_named_by_its_arn() {
    let (_, _, steps) = all().iter().find(|(id, fix, _)| *id == "access-log-off" && fix.starts_with("off.json")).expect("a new log group");
    let [Step::Terraform(terraform), Step::CloudFormation(cloudformation)] = steps.as_slice() else { panic!("{steps:?}") };
    assert!(terraform.contains("destination_arn = aws_cloudwatch_log_group.a1b2c3d4e5.arn"), "{terraform}");
    assert!(terraform.contains("name = \"/apigateway/a1b2c3d4e5\""), "{terraform}");
    assert!(cloudformation.contains("DestinationArn: !GetAtt A1b2c3d4e5.Arn"), "{cloudformation}");
}

#[test]
fn no_piece_is_empty_and_blocks_are_closed() {
    for (id, fix, steps) in all() {
        for step in steps {
            let (Step::Terraform(text) | Step::CloudFormation(text)) = step else { panic!("{id}: {fix}") };
            assert!(!text.contains("{\n}") && !text.contains("Properties:\n#") && !text.ends_with("Properties:"), "{id}/{fix}:\n{text}");
            assert!(!text.contains("not-asked"), "{id}/{fix}:\n{text}");
        }
    }
}
