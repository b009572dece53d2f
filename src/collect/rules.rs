//! Listener rules: conditions and actions as the model knows them.
//!
//! A kind that this version does not know stays in the model under its AWS name, so that a check can say
//! that it could not tell, instead of judging a rule without it.

use super::outcome::{Lacks, need, word};
use apigw_doctor_checks::model::balancing::{Action, Condition, Rewrite, Rule, Transform, WeightedTargetGroup};
use aws_sdk_elasticloadbalancingv2::types;

/// A rule.
pub(super) fn to_rule(rule: &types::Rule) -> Result<Rule, Lacks> {
    let priority = match need(rule.priority.as_deref(), "Priority")? {
        "default" => None,
        number => Some(number.parse().map_err(|_| Lacks("Priority"))?),
    };
    Ok(Rule {
        arn: need(rule.rule_arn.clone(), "RuleArn")?,
        priority,
        conditions: rule.conditions().iter().map(to_condition).collect::<Result<_, _>>()?,
        actions: to_actions(rule.actions.as_deref())?,
        transforms: rule.transforms().iter().map(to_transform).collect::<Result<_, _>>()?,
    })
}

/// Actions in the order in which they run.
pub(super) fn to_actions(actions: Option<&[types::Action]>) -> Result<Vec<Action>, Lacks> {
    let mut actions: Vec<&types::Action> = need(actions, "Actions")?.iter().collect();
    // Without an order there is only one action.
    actions.sort_by_key(|action| action.order.unwrap_or(0));
    actions.into_iter().map(to_action).collect()
}

fn to_transform(transform: &types::RuleTransform) -> Result<Transform, Lacks> {
    let rewrites = |rewrites: &[types::RewriteConfig]| -> Result<Vec<Rewrite>, Lacks> {
        let one = |rewrite: &types::RewriteConfig| {
            let regex = need(rewrite.regex.clone(), "Transforms.Rewrites.Regex")?;
            Ok(Rewrite { regex, replace: need(rewrite.replace.clone(), "Transforms.Rewrites.Replace")? })
        };
        rewrites.iter().map(one).collect()
    };
    let name = need(transform.r#type.as_ref(), "Transforms.Type")?.as_str();
    Ok(match name {
        "host-header-rewrite" => {
            let config = need(transform.host_header_rewrite_config.as_ref(), "Transforms.HostHeaderRewriteConfig")?;
            Transform::HostHeaderRewrite { rewrites: rewrites(config.rewrites())? }
        }
        "url-rewrite" => {
            let config = need(transform.url_rewrite_config.as_ref(), "Transforms.UrlRewriteConfig")?;
            Transform::UrlRewrite { rewrites: rewrites(config.rewrites())? }
        }
        name => Transform::Unknown { name: name.to_owned() },
    })
}

fn to_condition(condition: &types::RuleCondition) -> Result<Condition, Lacks> {
    let field = need(condition.field.as_deref(), "Conditions.Field")?;
    // The older form has its values beside the field, the newer one in a structure of its own; AWS answers with either or both.
    let or_plain = |values: &[String]| if values.is_empty() { condition.values().to_vec() } else { values.to_vec() };
    let or_plain_regexes = |regexes: &[String]| if regexes.is_empty() { condition.regex_values().to_vec() } else { regexes.to_vec() };
    Ok(match field {
        "host-header" => {
            let config = condition.host_header_config.as_ref();
            let values = or_plain(config.map_or(&[], |config| config.values()));
            Condition::HostHeader { values, regexes: or_plain_regexes(config.map_or(&[], |config| config.regex_values())) }
        }
        "path-pattern" => {
            let config = condition.path_pattern_config.as_ref();
            let values = or_plain(config.map_or(&[], |config| config.values()));
            Condition::PathPattern { values, regexes: or_plain_regexes(config.map_or(&[], |config| config.regex_values())) }
        }
        "http-header" => {
            let config = need(condition.http_header_config.as_ref(), "Conditions.HttpHeaderConfig")?;
            Condition::HttpHeader {
                name: need(config.http_header_name.clone(), "Conditions.HttpHeaderConfig.HttpHeaderName")?,
                values: or_plain(config.values()),
                regexes: or_plain_regexes(config.regex_values()),
            }
        }
        "http-request-method" => {
            let config = condition.http_request_method_config.as_ref();
            Condition::HttpRequestMethod { values: or_plain(config.map_or(&[], |config| config.values())) }
        }
        "query-string" => {
            let config = need(condition.query_string_config.as_ref(), "Conditions.QueryStringConfig")?;
            // A pair without a value: AWS requires one, so its absence says that we did not understand the answer.
            let pair = |pair: &types::QueryStringKeyValuePair| Ok((pair.key.clone(), need(pair.value.clone(), "Conditions.Values.Value")?));
            Condition::QueryString { values: config.values().iter().map(pair).collect::<Result<_, Lacks>>()? }
        }
        "source-ip" => {
            let config = condition.source_ip_config.as_ref();
            Condition::SourceIp { values: or_plain(config.map_or(&[], |config| config.values())) }
        }
        name => Condition::Unknown { name: name.to_owned() },
    })
}

fn to_action(action: &types::Action) -> Result<Action, Lacks> {
    let name = word(action.r#type.as_ref().map(types::ActionTypeEnum::as_str), "Actions.Type")?;
    Ok(match name.as_str() {
        "forward" => Action::Forward { target_groups: forwards(action)? },
        "fixed-response" => {
            let config = need(action.fixed_response_config.as_ref(), "Actions.FixedResponseConfig")?;
            let status = need(config.status_code.as_deref(), "Actions.FixedResponseConfig.StatusCode")?;
            Action::FixedResponse {
                status: status.parse().map_err(|_| Lacks("Actions.FixedResponseConfig.StatusCode"))?,
                content_type: config.content_type.clone(),
                body: config.message_body.clone(),
            }
        }
        "redirect" => {
            let config = need(action.redirect_config.as_ref(), "Actions.RedirectConfig")?;
            let status = need(config.status_code.as_ref(), "Actions.RedirectConfig.StatusCode")?.as_str();
            Action::Redirect {
                status: status.trim_start_matches("HTTP_").parse().map_err(|_| Lacks("Actions.RedirectConfig.StatusCode"))?,
                protocol: config.protocol.clone(),
                host: config.host.clone(),
                port: config.port.clone(),
                path: config.path.clone(),
            }
        }
        "authenticate-oidc" | "authenticate-cognito" | "jwt-validation" => {
            let oidc = action.authenticate_oidc_config.as_ref().and_then(|config| config.on_unauthenticated_request.as_ref());
            let cognito = action.authenticate_cognito_config.as_ref().and_then(|config| config.on_unauthenticated_request.as_ref());
            let on_unauthenticated = oidc.map(|what| what.as_str()).or_else(|| cognito.map(|what| what.as_str())).map(str::to_owned);
            Action::Authenticate { name, on_unauthenticated }
        }
        _ => Action::Unknown { name },
    })
}

fn forwards(action: &types::Action) -> Result<Vec<WeightedTargetGroup>, Lacks> {
    let weighted = |group: &types::TargetGroupTuple| {
        // "1 when AWS gives none": a single group needs no weight.
        let weight = group.weight.map_or(Ok(1), u32::try_from).map_err(|_| Lacks("Actions.ForwardConfig.Weight"))?;
        Ok(WeightedTargetGroup { arn: need(group.target_group_arn.clone(), "Actions.ForwardConfig.TargetGroupArn")?, weight })
    };
    let groups = action.forward_config.as_ref().map_or(&[][..], |config| config.target_groups());
    if !groups.is_empty() {
        return groups.iter().map(weighted).collect();
    }
    Ok(vec![WeightedTargetGroup { arn: need(action.target_group_arn.clone(), "Actions.TargetGroupArn")?, weight: 1 }])
}

#[cfg(test)]
mod tests {
    use super::{to_actions, to_rule};
    use crate::collect::outcome::Lacks;
    use apigw_doctor_checks::model::balancing::{Action, Condition, WeightedTargetGroup};
    use aws_sdk_elasticloadbalancingv2::types;

    fn forward(arn: &str) -> types::Action {
        types::Action::builder().r#type(types::ActionTypeEnum::Forward).target_group_arn(arn).build()
    }

    fn rule(condition: types::RuleCondition) -> Condition {
        let rule = types::Rule::builder().rule_arn("r").priority("10").conditions(condition).actions(forward("g")).build();
        to_rule(&rule).expect("complete").conditions.remove(0)
    }

    #[test]
    fn both_forms_of_a_condition_mean_the_same() {
        let old = types::RuleCondition::builder().field("path-pattern").values("/a/*").build();
        let config = types::PathPatternConditionConfig::builder().values("/a/*").build();
        let new = types::RuleCondition::builder().field("path-pattern").path_pattern_config(config).build();
        let wanted = Condition::PathPattern { values: vec!["/a/*".to_owned()], regexes: Vec::new() };
        assert_eq!((rule(old), rule(new)), (wanted.clone(), wanted));
    }

    #[test]
    fn regexes_are_kept_apart_from_patterns() {
        let config = types::HostHeaderConditionConfig::builder().regex_values("^api").build();
        let condition = types::RuleCondition::builder().field("host-header").host_header_config(config).build();
        assert_eq!(rule(condition), Condition::HostHeader { values: Vec::new(), regexes: vec!["^api".to_owned()] });
    }

    #[test]
    fn what_is_unknown_keeps_its_name() {
        let condition = types::RuleCondition::builder().field("moon-phase").build();
        assert_eq!(rule(condition), Condition::Unknown { name: "moon-phase".to_owned() });
        let action = types::Action::builder().r#type(types::ActionTypeEnum::from("teleport")).build();
        assert_eq!(to_actions(Some(&[action])), Ok(vec![Action::Unknown { name: "teleport".to_owned() }]));
    }

    #[test]
    fn the_default_rule_has_no_priority_and_a_malformed_one_is_unreadable() {
        let base = |priority: &str| types::Rule::builder().rule_arn("r").priority(priority).actions(forward("g")).build();
        assert_eq!(to_rule(&base("default")).expect("complete").priority, None);
        assert_eq!(to_rule(&base("7")).expect("complete").priority, Some(7));
        assert_eq!(to_rule(&base("first")), Err(Lacks("Priority")));
    }

    #[test]
    fn actions_run_in_their_order_and_weights_are_kept() {
        let tuple = |arn: &str, weight| types::TargetGroupTuple::builder().target_group_arn(arn).weight(weight).build();
        let config = types::ForwardActionConfig::builder().target_groups(tuple("a", 0)).target_groups(tuple("b", 10)).build();
        let last = types::Action::builder().r#type(types::ActionTypeEnum::Forward).order(2).forward_config(config).build();
        let first = types::Action::builder().r#type(types::ActionTypeEnum::AuthenticateOidc).order(1).build();
        let groups = vec![WeightedTargetGroup { arn: "a".to_owned(), weight: 0 }, WeightedTargetGroup { arn: "b".to_owned(), weight: 10 }];
        let wanted = vec![
            Action::Authenticate { name: "authenticate-oidc".to_owned(), on_unauthenticated: None },
            Action::Forward { target_groups: groups },
        ];
        assert_eq!(to_actions(Some(&[last, first])), Ok(wanted));
        let single = WeightedTargetGroup { arn: "g".to_owned(), weight: 1 };
        assert_eq!(to_actions(Some(&[forward("g")])), Ok(vec![Action::Forward { target_groups: vec![single] }]));
        assert_eq!(to_actions(None), Err(Lacks("Actions")));
    }

    #[test]
    fn fixed_responses_and_redirects_have_numbers() {
        let config = types::FixedResponseActionConfig::builder().status_code("503").message_body("no").build();
        let fixed = types::Action::builder().r#type(types::ActionTypeEnum::FixedResponse).fixed_response_config(config).build();
        let config =
            types::RedirectActionConfig::builder().status_code(types::RedirectActionStatusCodeEnum::Http301).protocol("HTTPS").build();
        let redirect = types::Action::builder().r#type(types::ActionTypeEnum::Redirect).redirect_config(config).build();
        let actions = to_actions(Some(&[fixed, redirect])).expect("complete");
        assert!(matches!(actions[0], Action::FixedResponse { status: 503, .. }));
        assert!(matches!(actions[1], Action::Redirect { status: 301, .. }));
    }
}
