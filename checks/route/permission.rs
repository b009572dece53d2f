//! What a function's policy allows API Gateway.
//!
//! API Gateway calls an authorizer's function as `apigateway.amazonaws.com` for the source `…:API/authorizers/AUTHORIZER`
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html>). `ArnLike` compares the
//! six parts of an ARN one by one, with `*` and `?`
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>).

use crate::model::deployment::Deployment;
use crate::model::gateway::LambdaPermission;

/// The source that API Gateway names when it calls an authorizer's function: in the function's partition and account.
pub(super) fn authorizer_arn(deployment: &Deployment, function: &str, authorizer_id: &str) -> String {
    let parts: Vec<&str> = function.split(':').collect();
    let part = |index: usize, otherwise| parts.get(index).copied().unwrap_or(otherwise);
    let (partition, account) = (part(1, "aws"), part(4, "*"));
    format!("arn:{partition}:execute-api:{}:{account}:{}/authorizers/{authorizer_id}", deployment.region(), deployment.api_id())
}

/// Whether one permission lets API Gateway call the function for this source.
pub(super) fn allows(permission: &LambdaPermission, source: &str) -> bool {
    let principal = matches!(permission.principal.as_str(), "apigateway.amazonaws.com" | "*");
    let action = like(&permission.action.to_lowercase(), "lambda:invokefunction");
    principal && action && permission.source_arn.as_deref().is_none_or(|pattern| arn_like(pattern, source))
}

fn arn_like(pattern: &str, arn: &str) -> bool {
    let (patterns, parts): (Vec<&str>, Vec<&str>) = (pattern.splitn(6, ':').collect(), arn.splitn(6, ':').collect());
    // The API may stand in another account than the function: its account is not compared.
    let same = |index: usize, pattern: &str, part: &str| index == 4 || like(pattern, part);
    patterns.len() == parts.len() && patterns.iter().zip(&parts).enumerate().all(|(index, (pattern, part))| same(index, pattern, part))
}

/// `*` for any run of characters, `?` for any one.
fn like(pattern: &str, text: &str) -> bool {
    let mut reached = vec![false; text.chars().count() + 1];
    reached[0] = true;
    for wanted in pattern.chars() {
        let mut next = vec![false; reached.len()];
        if wanted == '*' {
            let first = reached.iter().position(|here| *here).unwrap_or(reached.len());
            next.iter_mut().skip(first).for_each(|here| *here = true);
        } else {
            for (index, found) in text.chars().enumerate() {
                next[index + 1] = reached[index] && (wanted == '?' || wanted == found);
            }
        }
        reached = next;
    }
    reached.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/authorizers/auth01";

    fn permits(principal: &str, action: &str, source_arn: Option<&str>) -> bool {
        let permission =
            LambdaPermission { principal: principal.to_owned(), action: action.to_owned(), source_arn: source_arn.map(str::to_owned) };
        allows(&permission, SOURCE)
    }

    #[test]
    fn the_principal_and_the_action_count() {
        assert!(permits("apigateway.amazonaws.com", "lambda:InvokeFunction", None));
        assert!(permits("*", "lambda:*", None));
        assert!(!permits("events.amazonaws.com", "lambda:InvokeFunction", None));
        assert!(!permits("apigateway.amazonaws.com", "lambda:GetFunction", None));
    }

    #[test]
    fn the_source_is_compared_part_by_part() {
        let permits = |source| permits("apigateway.amazonaws.com", "lambda:InvokeFunction", Some(source));
        assert!(permits(SOURCE));
        assert!(permits("arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/*/*"));
        assert!(permits("arn:aws:execute-api:*:*:a1b2c3d4e?/*"));
        assert!(!permits("arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/*/GET/health"));
        assert!(!permits("arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/*"));
        assert!(!permits("arn:aws:execute-api:eu-central-1:123456789012:zzzzzzzzzz/*"));
        assert!(!permits("a1b2c3d4e5/*"));
    }
}
