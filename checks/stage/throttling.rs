//! Limits of a stage and of its routes, and how to raise them: what the checks on throttling share.

use crate::finding::{Evidence, Fix, Risk};
use crate::model::deployment::Deployment;
use crate::model::gateway::{RouteSettings, Stage};
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::{aws, quote};
use serde_json::json;

/// What a fix proposes where nobody knows the traffic: a tenth of an account's usual limits.
const RATE: u32 = 1000;
const BURST: u32 = 500;

/// The limits that hold for a route of a stage, and where they are set.
#[derive(Clone, Copy)]
pub(super) struct Limits<'a> {
    /// The stage.
    pub(super) stage: &'a Stage,
    /// The key of the route with settings of its own; `None`: the stage's default holds.
    pub(super) own: Option<&'a str>,
    /// The limits.
    pub(super) settings: &'a RouteSettings,
}

impl<'a> Limits<'a> {
    /// The limits for all routes of a stage without settings of their own; `None`: only the account's hold.
    pub(super) fn by_default(stage: &'a Stage) -> Option<Limits<'a>> {
        stage.default_route_settings.as_ref().map(|settings| Limits { stage, own: None, settings })
    }

    /// The limits for one route; its own settings come before the stage's.
    pub(super) fn of(stage: &'a Stage, key: &str) -> Option<Limits<'a>> {
        let own = stage.route_settings.get_key_value(key).map(|(key, settings)| Limits { stage, own: Some(key.as_str()), settings });
        own.or_else(|| Limits::by_default(stage))
    }

    /// True when one of the two is zero.
    pub(super) fn is_zero(&self) -> bool {
        self.settings.rate_limit.is_some_and(|rate| rate <= 0.0) || self.settings.burst_limit == Some(0)
    }

    /// `5 requests per second, 2 at once`.
    pub(super) fn words(&self) -> String {
        let rate = self.settings.rate_limit.map(|rate| format!("{rate} requests per second"));
        let burst = self.settings.burst_limit.map(|burst| format!("{burst} at once"));
        let both: Vec<String> = rate.into_iter().chain(burst).collect();
        if both.is_empty() { "the account's".to_owned() } else { both.join(", ") }
    }

    /// The limits as a fact.
    pub(super) fn evidence(&self, expected: &str) -> Evidence {
        let subject = Subject::new(SubjectKind::Stage, &self.stage.name);
        let field = if self.own.is_some() { "RouteSettings" } else { "DefaultRouteSettings" };
        let where_set = self.own.map_or_else(String::new, |key| format!("{key}: "));
        Evidence::found(subject, field, format!("{where_set}{}", self.words()), source::GET_STAGES).expected(expected)
    }

    /// Limits that let requests through, where these are set.
    pub(super) fn raise(&self, deployment: &Deployment) -> Fix {
        let name = &self.stage.name;
        let settings = json!({"rate_limit": f64::from(RATE), "burst_limit": BURST});
        let (path, argument, what) = match self.own {
            Some(key) => {
                let value = json!({key: {"ThrottlingRateLimit": RATE, "ThrottlingBurstLimit": BURST}}).to_string();
                (vec!["stages", "known", name, "route_settings", key], format!("--route-settings {}", quote(&value)), key)
            }
            None => {
                let value = format!("ThrottlingRateLimit={RATE},ThrottlingBurstLimit={BURST}");
                (vec!["stages", "known", name, "default_route_settings"], format!("--default-route-settings {value}"), "every route")
            }
        };
        let (api, stage) = (quote(deployment.api_id()), quote(name));
        Fix::new(
            format!("raise the limits of stage {name} for {what}; choose the numbers for your traffic"),
            Risk::Safe,
            vec![remedy::set(&path, settings)],
        )
        .cli(aws(deployment, &format!("apigatewayv2 update-stage --api-id {api} --stage-name {stage} {argument}")))
        .console(format!("API Gateway: Protect → Throttling → stage {name} → {what}"))
    }
}
