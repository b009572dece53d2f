//! A 502 of a load balancer that no finding explains: the target was reached, and what came of it was no answer.
//!
//! The order is the catalogue's (A5, A23, A25), but for the race: it shows now and then, so that one 502 says little for it, a 502 among
//! answers that come through speaks for it, and nothing but 502s against it.

use super::possible;
use crate::diagnose::{Among, Cause};
use crate::load_balancer::idle_timeout_shorter_than_backend::idle_timeout;
use crate::model::balancing::LoadBalancer;
use crate::model::deployment::Deployment;

/// Fewer attempts than these do not tell always from now and then.
const SEVERAL: usize = 3;

pub(super) fn rows(deployment: &Deployment, balancer: &LoadBalancer, among: Option<Among>) -> Vec<Cause> {
    let keeps = idle_timeout(deployment, &balancer.arn)
        .map_or_else(|_| "for its idle timeout".to_owned(), |seconds| format!("idle for {seconds} seconds"));
    let race = format!("the load balancer keeps connections {keeps}: a target that closes them sooner breaks off requests now and then");
    let refused = possible(
        "hc-connect-refused",
        "the target may have closed the connection, or answered something else than HTTP; health checks that pass show neither for this very request".to_owned(),
    );
    let header =
        possible("response-header-too-big", "the header of the target's answer may be larger than the load balancer allows".to_owned());
    match among {
        Some(Among { share, came_through }) if came_through > 0 && share.times <= came_through => {
            let of = share.of;
            let why = format!("{race}, and {came_through} of {of} attempts came through");
            vec![possible("keepalive-race", why), refused, header]
        }
        Some(Among { share, .. }) if share.of >= SEVERAL && share.times == share.of => {
            let why = format!("{race}; that none of {} attempts came through speaks against it", share.of);
            vec![refused, header, possible("keepalive-race", why)]
        }
        Some(_) | None => vec![refused, possible("keepalive-race", race), header],
    }
}

#[cfg(test)]
mod tests {
    use super::rows;
    use crate::diagnose::{Among, Share};
    use crate::prove::healthy_deployments;

    #[test]
    fn a_race_stands_first_where_others_came_through_and_last_where_none_did() {
        let (_, deployment) = healthy_deployments().into_iter().find(|(name, _)| *name == "alb").expect("it is there");
        let listeners = deployment.used_listeners().items;
        let arn = &listeners.first().expect("a listener").load_balancer_arn;
        let balancer = deployment.load_balancer(arn).expect("it was read").expect("it is there");
        for (among, place, says) in [
            (None, 1, "now and then"),
            (Some((3, 10, 7)), 0, "7 of 10 attempts came through"),
            (Some((5, 10, 5)), 0, "5 of 10 attempts came through"),
            (Some((1, 2, 1)), 0, "1 of 2 attempts came through"),
            (Some((9, 10, 1)), 1, "now and then"), // one of several targets fits as well
            (Some((2, 2, 0)), 1, "now and then"),
            (Some((3, 3, 0)), 2, "none of 3 attempts came through speaks against it"),
            (Some((3, 10, 0)), 1, "now and then"), // the others failed as well
        ] {
            let among = among.map(|(times, of, came_through)| Among { share: Share { times, of }, came_through });
            let causes = rows(&deployment, balancer, among);
            let at = causes.iter().position(|cause| cause.check == "keepalive-race").expect("it is possible");
            assert!(at == place && causes[at].why.contains(says), "{among:?}: {causes:#?}");
            assert_eq!(causes.len(), 3);
        }
    }
}
