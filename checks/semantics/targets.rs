//! Which targets of a group may receive a request, by the states that AWS reports.
//!
//! Sources: <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html> for the states and for failing
//! open, <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health.html> for the thresholds (a Network Load
//! Balancer has the same), <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html> for the words.
//!
//! Inferred: a percentage counts the targets that take part; targets whose health is `unavailable` because checks are off get requests.
//! Not documented, and so an answer of its own: what is done while every target that takes part is still `initial`.
//!
//! Left out on purpose: zones. Where cross-zone load balancing is off, each node decides among the targets of its own zone: ask with those.

use crate::model::balancing::Target;
use std::collections::BTreeMap;

const COUNT: &str = "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count";
const PERCENTAGE: &str = "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage";

/// When a load balancer stops to choose by health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// So many targets have to be healthy.
    pub count: usize,
    /// So many of a hundred; `None`: off.
    pub percentage: Option<usize>,
}

impl Default for Thresholds {
    fn default() -> Thresholds {
        Thresholds { count: 1, percentage: None }
    }
}

impl Thresholds {
    /// As the attributes of a target group say; what they do not hold is AWS's default.
    pub fn of(attributes: &BTreeMap<String, String>) -> Thresholds {
        let number = |key: &str| attributes.get(key).and_then(|value| value.parse().ok());
        Thresholds { count: number(COUNT).unwrap_or(1), percentage: number(PERCENTAGE) }
    }

    /// True when either threshold is missed.
    fn missed(self, healthy: usize, of: usize) -> bool {
        healthy < self.count || self.percentage.is_some_and(|percentage| healthy * 100 < percentage * of)
    }
}

/// The targets that may receive a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice<'a> {
    /// The healthy ones.
    Healthy(Vec<&'a Target>),
    /// All that take part, whatever their health: the load balancer fails open.
    Everyone {
        /// These.
        targets: Vec<&'a Target>,
        /// So many of them are healthy: too few.
        healthy: usize,
    },
    /// All that take part are still `initial`: AWS does not document whether they get requests.
    Starting(Vec<&'a Target>),
    /// None of those that are registered: they leave, or are not used.
    Nobody {
        /// So many are leaving.
        leaving: usize,
        /// So many are not used.
        unused: usize,
    },
    /// Nobody is registered.
    Empty,
}

/// New requests can go to this target: it is neither leaving nor kept out by the configuration.
pub fn takes_part(target: &Target) -> bool {
    !matches!(target.state.as_str(), "unused" | "draining" | "unhealthy.draining")
}

/// A target that counts as healthy: it is, or nobody checks it.
fn counts_as_healthy(target: &Target) -> bool {
    target.state == "healthy" || (target.state == "unavailable" && target.reason.as_deref() == Some("Target.HealthCheckDisabled"))
}

/// True when the choice depends on the thresholds: some targets that take part are healthy, and some are not.
pub fn thresholds_matter(targets: &[Target]) -> bool {
    let mut healthy = targets.iter().filter(|target| takes_part(target)).map(counts_as_healthy);
    healthy.next().is_some_and(|first| healthy.any(|other| other != first))
}

/// The choice of one node of a load balancer.
pub fn choose(targets: &[Target], thresholds: Thresholds) -> Choice<'_> {
    if targets.is_empty() {
        return Choice::Empty;
    }
    let part: Vec<&Target> = targets.iter().filter(|target| takes_part(target)).collect();
    if part.is_empty() {
        let unused = targets.iter().filter(|target| target.state == "unused").count();
        return Choice::Nobody { leaving: targets.len() - unused, unused };
    }
    let healthy: Vec<&Target> = part.iter().copied().filter(|target| counts_as_healthy(target)).collect();
    if healthy.len() == part.len() {
        return Choice::Healthy(healthy); // everyone and the healthy ones are the same
    }
    if part.iter().all(|target| target.state == "initial") {
        return Choice::Starting(part);
    }
    if thresholds.missed(healthy.len(), part.len()) {
        return Choice::Everyone { targets: part, healthy: healthy.len() };
    }
    Choice::Healthy(healthy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(states: &[&str]) -> Vec<Target> {
        let target = |(index, state): (usize, &&str)| Target {
            id: format!("10.0.0.{index}"),
            port: Some(80),
            zone: None,
            state: (*state).to_owned(),
            reason: (*state == "unavailable").then(|| "Target.HealthCheckDisabled".to_owned()),
            description: None,
            administrative_override: None,
        };
        states.iter().enumerate().map(target).collect()
    }

    fn choice(states: &[&str], thresholds: Thresholds) -> (&'static str, Vec<usize>) {
        let all = targets(states);
        let which =
            |chosen: &[&Target]| chosen.iter().map(|target| all.iter().position(|other| other == *target).expect("one of all")).collect();
        match choose(&all, thresholds) {
            Choice::Healthy(chosen) => ("healthy", which(&chosen)),
            Choice::Everyone { targets, .. } => ("everyone", which(&targets)),
            Choice::Starting(chosen) => ("starting", which(&chosen)),
            Choice::Nobody { leaving, unused } => ("nobody", vec![leaving, unused]),
            Choice::Empty => ("empty", Vec::new()),
        }
    }

    #[test]
    fn the_healthy_ones_are_chosen_while_there_is_one() {
        let one = Thresholds::default();
        assert_eq!(choice(&["healthy", "unhealthy", "initial", "draining", "unused"], one), ("healthy", vec![0]));
        assert_eq!(choice(&["unavailable"], one), ("healthy", vec![0]));
    }

    #[test]
    fn with_no_healthy_one_everybody_who_takes_part_is() {
        let one = Thresholds::default();
        assert_eq!(choice(&["unhealthy", "initial", "draining", "unused"], one), ("everyone", vec![0, 1]));
        assert_eq!(choice(&["initial", "draining"], one), ("starting", vec![0]));
        assert_eq!(choice(&["draining", "unused", "unhealthy.draining"], one), ("nobody", vec![2, 1]));
        assert_eq!(choice(&[], one), ("empty", vec![]));
    }

    #[test]
    fn either_threshold_opens() {
        let two = Thresholds { count: 2, percentage: None };
        assert_eq!(choice(&["healthy", "unhealthy"], two), ("everyone", vec![0, 1]));
        assert_eq!(choice(&["healthy", "healthy", "unhealthy"], two), ("healthy", vec![0, 1]));
        let half = Thresholds { count: 1, percentage: Some(50) };
        assert_eq!(choice(&["healthy", "unhealthy"], half), ("healthy", vec![0]), "half is enough");
        assert_eq!(choice(&["healthy", "unhealthy", "unhealthy"], half), ("everyone", vec![0, 1, 2]));
    }

    #[test]
    fn thresholds_matter_where_health_differs() {
        assert!(thresholds_matter(&targets(&["healthy", "unhealthy"])));
        assert!(!thresholds_matter(&targets(&["healthy", "draining"])));
        assert!(!thresholds_matter(&targets(&["unhealthy", "initial"])));
    }

    #[test]
    fn attributes_are_read_with_their_defaults() {
        let attributes = |count: &str, percentage: &str| {
            BTreeMap::from([(COUNT.to_owned(), count.to_owned()), (PERCENTAGE.to_owned(), percentage.to_owned())])
        };
        assert_eq!(Thresholds::of(&BTreeMap::new()), Thresholds::default());
        assert_eq!(Thresholds::of(&attributes("1", "off")), Thresholds::default());
        assert_eq!(Thresholds::of(&attributes("3", "60")), Thresholds { count: 3, percentage: Some(60) });
    }
}
