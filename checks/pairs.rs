//! Faults come in pairs: every two stories of one shape, told together. Both are found, the first in time is the predicted cause,
//! and the plan of fixes ends with nothing configured before the target. Test only.

use crate::CHECKS;
use crate::check::Phase;
use crate::examine::{CheckReport, Examination, examine};
use crate::excuses::{EXCLUDED, HIDERS, ON_THE_WAY, SHOWN_BY_HEALTH, UNMENDED};
use crate::finding::{Blocks, Severity};
use crate::journey::{self, Journey};
use crate::model::deployment::Deployment;
use crate::plan::plan;
use crate::predict::{Prediction, blockers, predict};
use crate::prove::{Told, healthy, tell, told};
use crate::remedy::apply;
use crate::story::Story;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::catch_unwind;
use std::thread;

mod share;

/// A deployment, all that is found in it, and the way of the request asked about.
struct World {
    deployment: Deployment,
    examination: Examination,
    journey: Journey,
}

/// What is predicted for the request of a world.
#[derive(Clone, Debug, PartialEq)]
enum Outlook {
    /// Every request is stopped, by this check, at this moment.
    Stopped(&'static str, Phase),
    /// Some are stopped, by these checks.
    Split(BTreeSet<&'static str>, Option<Phase>),
    /// None is.
    Through,
    /// A fact is missing.
    Open,
}

/// One fault: the first story of its check on a shape, asked with the shape's own request.
struct Fault {
    check: &'static str,
    name: String,
    story: Story,
    /// The findings of its own check, as `check at subject`.
    own: BTreeSet<String>,
    /// What each check looks at in this world, fine or not, as `check at subject`.
    looks: BTreeSet<String>,
    /// The stations of the request.
    way: BTreeSet<String>,
    /// Whether any target on the way is healthy.
    healthy: bool,
    /// What is predicted of this fault alone.
    outlook: Outlook,
    /// Its own check stops every request.
    stops: bool,
    /// Told alone, its plan ends at the target.
    mendable: bool,
}

impl World {
    fn of(deployment: Deployment) -> World {
        let examination = examine(CHECKS, &deployment);
        World::examined(deployment, examination)
    }

    fn examined(deployment: Deployment, examination: Examination) -> World {
        let journey = journey::resolve(&deployment, 0);
        World { deployment, examination, journey }
    }

    fn found(&self) -> BTreeSet<String> {
        self.examination.findings().map(|(meta, finding)| format!("{} at {}", meta.id, finding.subject)).collect()
    }

    fn looks(&self) -> BTreeSet<String> {
        let of = |report: &CheckReport| {
            let fine = report.outcome.fine.iter().map(|fine| &fine.subject);
            let all = fine.chain(report.outcome.findings.iter().map(|finding| &finding.subject));
            all.map(|subject| format!("{} at {subject}", report.meta.id)).collect::<Vec<_>>()
        };
        self.examination.reports.iter().flat_map(of).collect()
    }

    fn has_gaps(&self) -> bool {
        self.examination.reports.iter().any(|report| !report.outcome.gaps.is_empty())
    }

    fn has_healthy_targets(&self) -> bool {
        let groups = self.deployment.used_target_groups().items;
        let mut targets = groups.iter().flat_map(|(group, _)| self.deployment.targets(&group.arn).unwrap_or_default());
        targets.any(|target| target.state == "healthy")
    }

    /// Whether the request meets a fault of this check.
    fn meets(&self, check: &str) -> bool {
        let mut own = self.examination.findings().filter(|(meta, _)| meta.id == check);
        own.any(|(_, finding)| finding.effect.as_ref().is_some_and(|effect| self.journey.concerns(effect)))
    }

    fn outlook(&self) -> Outlook {
        let blockers = blockers(&self.examination, &self.journey);
        let phase = |by: &str| blockers.iter().find(|blocker| blocker.meta.id == by).map(|blocker| blocker.phase);
        match predict(&self.examination, &self.journey) {
            Prediction::Answered(predicted) => {
                predicted.by.and_then(|by| Some(Outlook::Stopped(by, phase(by)?))).unwrap_or(Outlook::Through)
            }
            Prediction::Mixed(all) => {
                let by: BTreeSet<&'static str> = all.iter().filter_map(|predicted| predicted.by).collect();
                let first = by.iter().filter_map(|by| phase(by)).min();
                Outlook::Split(by, first)
            }
            Prediction::Unknown(_) => Outlook::Open,
        }
    }

    /// Whether the plan, carried out, leaves nothing configured before the target, and nothing of the checks given on the way. Health that
    /// has to be observed again keeps a prediction open.
    fn mends(&self, checks: &[&str]) -> bool {
        let mut facts = self.deployment.facts().clone();
        for step in plan(CHECKS, &self.deployment) {
            let fix = &step.finding.fixes[step.fix];
            facts = apply(&facts, &fix.change).expect("each fix of a plan fits what the ones before it leave").0;
        }
        let end = World::of(Deployment::new(facts, self.deployment.requests().to_vec()));
        if checks.iter().any(|check| end.meets(check)) {
            return false;
        }
        match predict(&end.examination, &end.journey) {
            prediction @ Prediction::Answered(_) => prediction.reaches_target(),
            Prediction::Mixed(_) => false,
            Prediction::Unknown(_) => !blockers(&end.examination, &end.journey).iter().any(|left| left.finding.severity > Severity::Info),
        }
    }

    /// The check stops every request.
    fn stops(&self, check: &str) -> bool {
        blockers(&self.examination, &self.journey).iter().any(|blocker| blocker.blocks == Blocks::All && blocker.meta.id == check)
    }
}

fn faults(base: &str) -> Vec<Fault> {
    CHECKS.iter().filter_map(|check| fault(check.meta().id, base)).collect()
}

fn fault(check: &'static str, base: &str) -> Option<Fault> {
    let fires = |story: &Story| story.base == base && story.request.is_none() && story.fires.iter().any(|fires| fires.check == check);
    let alone = |told: &'static Told| (World::examined(told.deployment(), told.examination.clone()), told);
    let told = told(check).iter().filter(|told| fires(&told.story)).map(alone);
    // A story that stops every request says more about the order of time than one that stops some, and one in which something could
    // not be read says little of another fault.
    // Among equals that which changes least is the fault and nothing else.
    let rank =
        |(world, Told { story, .. }): &(World, &Told)| (world.has_gaps(), story.fires.len() > 1, !world.stops(check), story.patch.len());
    let (world, Told { name, story, .. }) = told.min_by_key(rank)?;
    let own = world.found().into_iter().filter(|finding| finding.starts_with(&format!("{check} at "))).collect();
    let way = world.journey.stations.iter().map(|station| station.subject.to_string()).collect();
    let (looks, healthy, outlook, stops) = (world.looks(), world.has_healthy_targets(), world.outlook(), world.stops(check));
    let own_check = [check];
    let mendable = world.mends(if stops { &own_check } else { &[] });
    Some(Fault { check, name: name.clone(), story: story.clone(), own, looks, way, healthy, outlook, stops, mendable })
}

/// Segments of the fields that a story touches.
fn touched(story: &Story) -> Vec<Vec<String>> {
    let path = |operation: &serde_json::Value| operation["path"].as_str().map(|path| path.split('/').map(str::to_owned).collect());
    story.patch.iter().filter_map(path).collect()
}

/// Two stories that write the same field tell one story, not two.
fn same_field(a: &Story, b: &Story) -> bool {
    let appends = |path: &[String]| path.last().is_some_and(|last| last == "-");
    let clash = |a: &Vec<String>, b: &Vec<String>| (a.starts_with(b) || b.starts_with(a)) && !(appends(a) && appends(b));
    // What one saves, the other says is not deployed.
    let of =
        |story: &Story, parts: &[&str]| touched(story).iter().any(|path| path.get(1).is_some_and(|part| parts.contains(&part.as_str())));
    let undeployed = |a: &Story, b: &Story| of(a, &["deployed_definitions"]) && of(b, &["routes", "integrations"]);
    touched(a).iter().any(|a| touched(b).iter().any(|b| clash(a, b))) || undeployed(a, b) || undeployed(b, a)
}

/// The world of both faults; none where the one leaves nothing that the other could be written on.
fn both(a: &Fault, b: &Fault) -> Option<World> {
    let patch = a.story.patch.iter().chain(&b.story.patch).cloned().collect();
    let story = Story { patch, ..a.story.clone() };
    let name = format!("{} and {}", a.name, b.name);
    catch_unwind(|| tell(&name, &story)).ok().map(World::of)
}

/// Whether a fault is excused from being found, or met, behind another one.
fn excused(hider: &Fault, hidden: &Fault) -> bool {
    let listed = |list: &[(&str, &str)], fault: &Fault| list.iter().any(|(check, _)| *check == fault.check);
    let unseen = hidden.own.iter().any(|own| !hider.looks.contains(own));
    let off = hidden.own.iter().any(|own| own.split_once(" at ").is_some_and(|(_, subject)| !hider.way.contains(subject)));
    (listed(HIDERS, hider) && (unseen || (listed(ON_THE_WAY, hidden) && off))) || (listed(SHOWN_BY_HEALTH, hidden) && !hider.healthy)
}

fn listed(pairs: &[(&str, &str, &str)], a: &Fault, b: &Fault) -> bool {
    pairs.iter().any(|(one, other, _)| (a.check, b.check) == (*one, *other) || (b.check, a.check) == (*one, *other))
}

/// What is wrong with the prediction for two faults, if anything: the first in time has to be the cause.
///
/// A fault may name another check alone than its own (one that says more), and may stop requests only together with the other one,
/// where it is the reason behind it (a missing role, and a link that is inactive). Then the moment is the other one's all the same.
fn wrong_cause(a: &Fault, b: &Fault, together: &Outlook) -> Option<String> {
    let right = match (&a.outlook, &b.outlook) {
        (Outlook::Open, _) | (_, Outlook::Open) => true,
        (Outlook::Stopped(one, first), Outlook::Stopped(other, second)) => match together {
            Outlook::Stopped(by, at) => {
                (first <= second && at == first && [*one, a.check].contains(by))
                    || (second <= first && at == second && [*other, b.check].contains(by))
            }
            Outlook::Split(..) | Outlook::Through | Outlook::Open => false,
        },
        (Outlook::Stopped(..), _) => stops_first(a, b, together),
        (_, Outlook::Stopped(..)) => stops_first(b, a, together),
        (Outlook::Split(one, _), Outlook::Split(other, _)) => {
            matches!(together, Outlook::Split(all, _) if one.union(other).all(|by| all.contains(by)))
        }
        (Outlook::Split(some, _), Outlook::Through) | (Outlook::Through, Outlook::Split(some, _)) => {
            matches!(together, Outlook::Split(all, _) if some.is_subset(all))
        }
        (Outlook::Through, Outlook::Through) => *together == Outlook::Through,
    };
    (!right).then(|| format!("alone {:?} and {:?}, together {together:?}", a.outlook, b.outlook))
}

/// Of two faults one stops every request alone, and the other some or none.
fn stops_first(stopping: &Fault, other: &Fault, together: &Outlook) -> bool {
    let Outlook::Stopped(by, moment) = &stopping.outlook else { return false };
    match (together, &other.outlook) {
        (Outlook::Stopped(cause, at), _) => at == moment && [*by, stopping.check, other.check].contains(cause),
        (Outlook::Split(causes, _), Outlook::Split(_, first)) => causes.contains(by) && *first <= Some(*moment),
        (Outlook::Split(..) | Outlook::Through | Outlook::Open, _) => false,
    }
}

/// Which faults of a pair are found.
enum Seen {
    Both,
    /// The other one is excused.
    One,
}

/// What is wrong with a pair told together, if anything.
fn wrong(a: &Fault, b: &Fault, world: &World) -> Result<Seen, String> {
    let found = world.found();
    let missing = |fault: &Fault| fault.own.difference(&found).next().is_some();
    let (seen, cause) = match (missing(a), missing(b)) {
        (true, true) => return Err("neither is found".to_owned()),
        (true, false) if !excused(b, a) => return Err(format!("{} hides {}", b.check, a.check)),
        (false, true) if !excused(a, b) => return Err(format!("{} hides {}", a.check, b.check)),
        (true, false) if !world.meets(a.check) => (Seen::One, wrong_without(b, a, world)),
        (false, true) if !world.meets(b.check) => (Seen::One, wrong_without(a, b, world)),
        // A finding beside the way that the request takes now is found and stops nobody.
        (false, false) if diverts(a, b, world) => (Seen::One, wrong_without(a, b, world)),
        (false, false) if diverts(b, a, world) => (Seen::One, wrong_without(b, a, world)),
        // Otherwise both are met, be it that the hidden one is met at another resource, which has the same fault.
        _ => (Seen::Both, wrong_cause(a, b, &world.outlook())),
    };
    if let Some(why) = cause {
        return Err(why);
    }
    let stopping: Vec<&str> = [a, b].iter().filter(|fault| fault.stops).map(|fault| fault.check).collect();
    if a.mendable && b.mendable && !listed(UNMENDED, a, b) && !world.mends(&stopping) {
        Err("the plan does not end at the target".to_owned())
    } else {
        Ok(seen)
    }
}

/// Whether one fault sends the request past the other one.
fn diverts(hider: &Fault, other: &Fault, world: &World) -> bool {
    let own = |key: &str, subject: &str| other.own.contains(&format!("{key} at {subject}"));
    let mut findings = world.examination.findings().filter(|(meta, finding)| own(meta.id, &finding.subject.to_string()));
    let past = findings.all(|(_, finding)| finding.effect.as_ref().is_some_and(|effect| !world.journey.concerns(effect)));
    past && !world.meets(other.check) && HIDERS.iter().any(|(check, _)| *check == hider.check)
}

/// What is wrong with the prediction where one fault hides the other, if anything: it has to be that of the hider alone.
fn wrong_without(hider: &Fault, hidden: &Fault, world: &World) -> Option<String> {
    let together = world.outlook();
    let right = match &hider.outlook {
        Outlook::Stopped(..) => stops_first(hider, hidden, &together),
        Outlook::Split(..) | Outlook::Open => true,
        Outlook::Through => together == Outlook::Through || (together == Outlook::Open && hidden.outlook == Outlook::Open),
    };
    (!right).then(|| format!("{} alone {:?}, with {} behind it {together:?}", hider.check, hider.outlook, hidden.check))
}

/// What came of telling pairs.
#[derive(Default)]
struct Tally {
    told: usize,
    /// Pairs of which one fault is excused from being found.
    hidden: usize,
    excluded: usize,
    /// Stories that write the same field, or of which one leaves nothing to write the other on.
    no_pair: usize,
    wrong: BTreeMap<String, Vec<String>>,
    /// In how many pairs a check was told.
    of: BTreeMap<&'static str, usize>,
}

impl Tally {
    fn tell(&mut self, base: &str, a: &Fault, b: &Fault) {
        if listed(EXCLUDED, a, b) {
            self.excluded += 1;
            return;
        }
        let Some(world) = (!same_field(&a.story, &b.story)).then(|| both(a, b)).flatten() else {
            self.no_pair += 1;
            return;
        };
        self.told += 1;
        *self.of.entry(a.check).or_default() += 1;
        *self.of.entry(b.check).or_default() += 1;
        match wrong(a, b, &world) {
            Ok(Seen::Both) => {}
            Ok(Seen::One) => self.hidden += 1,
            Err(why) => {
                let pair = format!("{base}: {}/{} + {}/{}", a.check, a.name, b.check, b.name);
                self.wrong.entry(why).or_default().push(pair);
            }
        }
    }

    fn add(&mut self, other: Tally) {
        self.told += other.told;
        self.hidden += other.hidden;
        self.excluded += other.excluded;
        self.no_pair += other.no_pair;
        other.wrong.into_iter().for_each(|(why, pairs)| self.wrong.entry(why).or_default().extend(pairs));
        other.of.into_iter().for_each(|(check, count)| *self.of.entry(check).or_default() += count);
    }

    fn judge(&self) {
        let lines: Vec<String> =
            self.wrong.iter().map(|(why, pairs)| format!("{} x {why}:\n    {}", pairs.len(), pairs.join("\n    "))).collect();
        let Tally { told, hidden, excluded, no_pair, .. } = self;
        let numbers = format!("{told} pairs told, {hidden} of them with an excuse; {excluded} excluded, {no_pair} tell no two faults");
        assert!(lines.is_empty(), "{numbers}\n{}", lines.join("\n"));
        assert!(*told > 500, "only {numbers}");
    }
}

/// Tells all pairs of all shapes that are chosen, on both cores.
fn tell_all(chosen: impl Fn(&[Fault]) -> BTreeSet<(usize, usize)>) -> Tally {
    let worlds: Vec<(String, Vec<Fault>)> = healthy().iter().map(|base| (base.name.clone(), faults(&base.name))).collect();
    let pairs = worlds.iter().flat_map(|(base, faults)| {
        let faults_of = move |(a, b): (usize, usize)| (base.as_str(), &faults[a], &faults[b]);
        chosen(faults).into_iter().map(faults_of)
    });
    let pairs: Vec<(&str, &Fault, &Fault)> = pairs.collect();
    let (left, right) = pairs.split_at(pairs.len() / 2);
    let look = |pairs: &[(&str, &Fault, &Fault)]| {
        let mut tally = Tally::default();
        pairs.iter().for_each(|(base, a, b)| tally.tell(base, a, b));
        tally
    };
    thread::scope(|scope| {
        let other = scope.spawn(|| look(right));
        let mut tally = look(left);
        tally.add(other.join().expect("a pair panicked"));
        tally
    })
}

#[test]
fn what_is_excused_has_a_reason_and_exists() {
    let known = |id: &str| crate::catalogue::row(id).is_some();
    assert!(HIDERS.iter().all(|(check, why)| known(check) && why.len() > 20));
    assert!(ON_THE_WAY.iter().chain(SHOWN_BY_HEALTH).all(|(check, why)| known(check) && why.len() > 20));
    assert!(EXCLUDED.iter().chain(UNMENDED).all(|(a, b, why)| known(a) && known(b) && why.len() > 20));
}

#[test]
fn two_faults_are_both_found_and_mended_in_the_order_of_time() {
    let tally = tell_all(share::some);
    tally.judge();
    // Few stories are told on the shape with Cloud Map: all their pairs are here, and they are few.
    let rare: Vec<_> = tally.of.iter().filter(|(check, pairs)| **pairs < 3 && !check.starts_with("cm-")).collect();
    assert!(rare.is_empty() && tally.of.len() > 150, "{} pairs; of {} checks hardly told: {rare:?}", tally.told, tally.of.len());
}

#[test]
#[ignore = "all pairs: minutes; .ci/run tells them"]
fn every_two_faults_are_both_found_and_mended_in_the_order_of_time() {
    tell_all(share::all).judge();
}
