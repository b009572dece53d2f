//! Which routes and integrations a stage really serves.
//!
//! A stage without auto-deploy serves the definition of its last deployment, whatever was saved since
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html>). An export holds no ids: a route is
//! known again by its key, its integration by the route that uses it.

use super::definition::{DefinedIntegration, Definition};
use super::facts::Facts;
use super::gateway::{Integration, Route, Stage};
use std::collections::{BTreeMap, BTreeSet};

/// Routes and integrations of a deployed definition, in the shape of the saved ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Served {
    /// Routes by id; a route that was deleted since is called `deployed:KEY`.
    pub routes: BTreeMap<String, Route>,
    /// Integrations by id.
    pub integrations: BTreeMap<String, Integration>,
}

/// What a stage serves, if that differs from what is saved; `None` also when it is not known.
pub fn served(facts: &Facts, stage: &Stage) -> Option<Served> {
    let (saved, deployed) = differing(facts, stage)?;
    let (routes, integrations) = (facts.routes.value()?, facts.integrations.value()?);
    let mut result = Served { routes: BTreeMap::new(), integrations: integrations.clone() };
    let unchanged: BTreeSet<&str> = routes
        .values()
        .filter(|route| deployed.routes.contains_key(&route.key) && deployed.routes.get(&route.key) == saved.routes.get(&route.key))
        .filter_map(Route::integration_id)
        .collect();
    for (key, defined) in &deployed.routes {
        let known = routes.values().find(|route| route.key == *key);
        if let Some(route) = known.filter(|_| saved.routes.get(key) == Some(defined)) {
            result.routes.insert(route.id.clone(), route.clone());
            continue;
        }
        let target = defined.integration.as_ref().map(|integration| {
            let same = id_of(saved, routes, integration);
            let own = known.and_then(Route::integration_id).filter(|id| !unchanged.contains(id) && integrations.contains_key(*id));
            let id = same.or(own).map_or_else(|| format!("deployed:{key}"), str::to_owned);
            let now = || integration.under(&id);
            if same.is_none() {
                result.integrations.insert(id.clone(), now());
            }
            format!("integrations/{id}")
        });
        let mut route = known.cloned().unwrap_or_else(|| unknown_route(key));
        route.target = target;
        if !defined.authorized {
            route.authorization_type = "NONE".to_owned();
        }
        result.routes.insert(route.id.clone(), route);
    }
    Some(result)
}

/// The saved and the deployed definition of a stage, when both are known and differ.
pub fn differing<'a>(facts: &'a Facts, stage: &Stage) -> Option<(&'a Definition, &'a Definition)> {
    if stage.auto_deploy {
        return None;
    }
    let deployed = facts.deployed_definitions.get(&stage.name)?.value()?;
    let saved = facts.saved_definition.value()?;
    (saved != deployed).then_some((saved, deployed))
}

/// The saved integration that looks exactly like this one, by a route that uses it.
fn id_of<'a>(saved: &Definition, routes: &'a BTreeMap<String, Route>, integration: &DefinedIntegration) -> Option<&'a str> {
    let uses = |route: &&Route| saved.routes.get(&route.key).and_then(|defined| defined.integration.as_ref()) == Some(integration);
    routes.values().filter(uses).find_map(Route::integration_id)
}

fn unknown_route(key: &str) -> Route {
    Route {
        id: format!("deployed:{key}"),
        key: key.to_owned(),
        target: None,
        authorization_type: "NONE".to_owned(),
        authorizer_id: None,
        authorization_scopes: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fetched::Fetched;
    use crate::prove::healthy_deployments;

    /// The healthy deployment with rules: its stage `prod` does not deploy by itself.
    fn facts() -> (Facts, Stage) {
        let all = healthy_deployments();
        let facts = all.into_iter().map(|(_, deployment)| deployment.facts().clone()).find(|facts| !facts.deployed_definitions.is_empty());
        let facts = facts.expect("a deployment with a stage that somebody deploys");
        let stage = facts.stages.value().expect("stages")["prod"].clone();
        (facts, stage)
    }

    fn deployed(facts: &mut Facts) -> &mut Definition {
        match facts.deployed_definitions.get_mut("prod") {
            Some(Fetched::Known(definition)) => definition,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_deployed_as_saved_needs_no_second_look() {
        let (facts, stage) = facts();
        assert_eq!(served(&facts, &stage), None);
    }

    #[test]
    fn an_integration_edited_since_is_served_as_it_was() {
        let (mut facts, stage) = facts();
        for route in deployed(&mut facts).routes.values_mut() {
            let integration = route.integration.as_mut().expect("an integration");
            if integration.server_name.is_some() {
                integration.server_name = None;
            }
        }
        let served = served(&facts, &stage).expect("they differ");
        assert_eq!(served.integrations["int0001"].tls_config, None);
        assert_eq!(served.integrations["int0002"], facts.integrations.value().expect("known")["int0002"]);
        assert_eq!(served.routes, *facts.routes.value().expect("known"));
    }

    #[test]
    fn a_route_added_since_is_not_served_and_one_deleted_since_is() {
        let (mut facts, stage) = facts();
        let definition = deployed(&mut facts);
        let health = definition.routes.remove("GET /health").expect("the route");
        definition.routes.insert("GET /old".to_owned(), health);
        let served = served(&facts, &stage).expect("they differ");
        let keys: BTreeSet<&str> = served.routes.values().map(|route| route.key.as_str()).collect();
        assert!(!keys.contains("GET /health") && keys.contains("GET /old"));
        assert_eq!(served.routes["deployed:GET /old"].integration_id(), Some("int0001"));
    }

    #[test]
    fn a_stage_that_deploys_by_itself_serves_what_is_saved() {
        let (mut facts, mut stage) = facts();
        deployed(&mut facts).routes.clear();
        stage.auto_deploy = true;
        assert_eq!(served(&facts, &stage), None);
    }
}
