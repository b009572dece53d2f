//! Security groups whose rules name prefix lists, with the entries of those lists that were read.

use super::facts::Facts;
use super::network::{SecurityGroup, SgRule};
use std::collections::BTreeMap;

/// The groups with [`SgRule::listed`] filled in; `None` where no rule names a list whose entries are known.
pub(super) fn listed(facts: &Facts) -> Option<BTreeMap<String, SecurityGroup>> {
    let known = |id: &String| facts.prefix_lists.get(id)?.value().map(|blocks| (id.clone(), blocks.clone()));
    let fill = |rule: &mut SgRule| rule.listed = rule.prefix_lists.iter().filter_map(known).collect();
    let groups = facts.security_groups.value()?;
    let mut rules = groups.values().flat_map(|group| group.ingress.iter().chain(&group.egress));
    if !rules.any(|rule| rule.prefix_lists.iter().any(|id| known(id).is_some())) {
        return None;
    }
    let mut filled = groups.clone();
    filled.values_mut().flat_map(|group| group.ingress.iter_mut().chain(&mut group.egress)).for_each(fill);
    Some(filled)
}
