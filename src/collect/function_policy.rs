//! The resource policy of a function, as far as it allows something.
//! Grammar: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>.

use super::outcome::Lacks;
use apigw_doctor_checks::model::gateway::LambdaPermission;
use serde_json::Value;

/// Reads a policy: one permission for each principal, action and source.
pub(super) fn permissions(policy: &str) -> Result<Vec<LambdaPermission>, Lacks> {
    let policy: Value = serde_json::from_str(policy).map_err(|_| Lacks("Policy"))?;
    let mut permissions = Vec::new();
    for statement in one_or_many(policy.get("Statement").ok_or(Lacks("Statement"))?) {
        let effect = statement.get("Effect").and_then(Value::as_str).ok_or(Lacks("Effect"))?;
        if effect != "Allow" {
            continue;
        }
        let principals = principals(statement.get("Principal").ok_or(Lacks("Principal"))?)?;
        let actions = texts(statement.get("Action").ok_or(Lacks("Action"))?, "Action")?;
        let sources = sources(statement)?;
        for principal in &principals {
            for action in &actions {
                let permission = |source_arn| LambdaPermission { principal: principal.clone(), action: action.clone(), source_arn };
                permissions.extend(sources.iter().cloned().map(permission));
            }
        }
    }
    Ok(permissions)
}

fn one_or_many(value: &Value) -> &[Value] {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice)
}

fn texts(value: &Value, field: &'static str) -> Result<Vec<String>, Lacks> {
    one_or_many(value).iter().map(|one| one.as_str().map(str::to_owned).ok_or(Lacks(field))).collect()
}

/// `"*"`, or lists by kind: `{"Service": "apigateway.amazonaws.com"}`.
fn principals(value: &Value) -> Result<Vec<String>, Lacks> {
    match value.as_object() {
        None => texts(value, "Principal"),
        Some(kinds) => Ok(kinds.values().map(|of_kind| texts(of_kind, "Principal")).collect::<Result<Vec<_>, _>>()?.concat()),
    }
}

/// The ARNs that the caller has to act for; a single `None` without such a condition.
fn sources(statement: &Value) -> Result<Vec<Option<String>>, Lacks> {
    let operators = statement.get("Condition").and_then(Value::as_object).into_iter().flatten();
    let keys = operators.filter_map(|(_, keys)| keys.as_object()).flatten();
    let mut sources = Vec::new();
    for (_, value) in keys.filter(|(key, _)| key.eq_ignore_ascii_case("aws:SourceArn")) {
        sources.extend(texts(value, "Condition")?.into_iter().map(Some));
    }
    Ok(if sources.is_empty() { vec![None] } else { sources })
}

#[cfg(test)]
mod tests {
    use super::{Lacks, permissions};

    #[test]
    fn what_the_console_writes_is_one_permission() {
        let policy = r#"{"Version":"2012-10-17","Id":"default","Statement":[{"Sid":"apigw","Effect":"Allow",
            "Principal":{"Service":"apigateway.amazonaws.com"},"Action":"lambda:InvokeFunction",
            "Resource":"arn:aws:lambda:eu-central-1:123456789012:function:door",
            "Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/authorizers/x1"}}}]}"#;
        let found = permissions(policy).expect("readable");
        assert_eq!(
            (found.len(), found[0].principal.as_str(), found[0].action.as_str()),
            (1, "apigateway.amazonaws.com", "lambda:InvokeFunction")
        );
        assert!(found[0].source_arn.as_deref().is_some_and(|arn| arn.ends_with("/authorizers/x1")));
    }

    #[test]
    fn lists_are_as_many_permissions_and_denials_are_none() {
        let policy = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":["1","2"]},"Action":["a","b"]},
            {"Effect":"Allow","Principal":"*","Action":"a"},{"Effect":"Deny","Principal":"*","Action":"a"}]}"#;
        let found = permissions(policy).expect("readable");
        assert_eq!(found.iter().map(|one| one.principal.as_str()).collect::<Vec<_>>(), ["1", "1", "2", "2", "*"]);
        assert!(found.iter().all(|one| one.source_arn.is_none()));
    }

    #[test]
    fn a_policy_that_cannot_be_read_allows_nothing_that_is_known() {
        assert_eq!(permissions("not a policy"), Err(Lacks("Policy")));
        assert_eq!(permissions(r#"{"Statement":[{"Effect":"Allow","Action":"a","NotPrincipal":{"AWS":"1"}}]}"#), Err(Lacks("Principal")));
    }
}
