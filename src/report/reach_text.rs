//! The report of `reach` for people: the verdict first, then the way there and the way back, then what is not known.

use super::page::Page;
use super::reach::{DropReport, ReachReport, StationReport, VerdictReport, WayReport};
use super::style::{Style, columns};
use std::collections::BTreeMap;

/// Of a list longer than this, the rest is counted: the whole is in the JSON.
const MOST: usize = 12;

/// Of what one place drops, the same.
const MOST_HERE: usize = 3;

/// The report of one question. Its strings are safe to print.
pub(crate) fn text(report: &ReachReport, style: Style) -> String {
    let mut page = Page::new(style);
    headline(&mut page, report);
    one_way(&mut page, report, WayReport::There, "There");
    one_way(&mut page, report, WayReport::Back, "Back");
    // The one reason stands at the top already.
    if report.gaps.iter().any(|gap| *gap != report.reason) {
        list(&mut page, "Not known", "unknown", &report.gaps);
    }
    if report.verdict == VerdictReport::Unknown || !report.gaps.is_empty() {
        list(&mut page, "Not read", "unknown", &report.unread);
    }
    list(&mut page, "Notes", "", &report.notes);
    tally(&mut page, report);
    page.into_text()
}

fn headline(page: &mut Page, report: &ReachReport) {
    let question = &report.question;
    let service = match question.ports {
        Some((first, last)) if first == last => format!("{} {first}", question.protocol),
        Some((first, last)) => format!("{} {first}-{last}", question.protocol),
        None => question.protocol.clone(),
    };
    let verdict = page.style.strong(&format!("{}:", report.verdict.word()));
    page.wrapped("", &format!("{verdict} {service} from {} to {}", question.from, question.to), "  ");
    if !report.reason.is_empty() {
        page.wrapped("  ", &report.reason, "    ");
    }
    if let Some(witness) = &report.witness {
        page.wrapped("  ", &format!("for example {}", witness.text), "    ");
    }
}

/// What is passed stands before what drops: a packet gets no further, and what else would stop it is said all the same.
fn one_way(page: &mut Page, report: &ReachReport, way: WayReport, title: &str) {
    let stations: Vec<&StationReport> = report.stations.iter().filter(|station| station.way == way).collect();
    let drops: Vec<&DropReport> = report.drops.iter().filter(|drop| drop.way == way).collect();
    if stations.is_empty() && drops.is_empty() {
        return;
    }
    let lost = way == WayReport::Back && report.drops.iter().any(|drop| drop.way == WayReport::There);
    let one = if report.flows.asked > 1 && !stations.is_empty() { ", one of the flows" } else { "" };
    let if_ever = if lost { ", once the way there is open" } else { "" };
    heading(page, &format!("{title}{one}{if_ever}"));
    for station in stations {
        let mark = page.style.mark("pass");
        page.wrapped(&format!("  {mark} "), &format!("{}: {}", station.at, station.by), "      ");
    }
    // A range of ports may be dropped by one group many times: each place has its say before any has all of it.
    let mut said: BTreeMap<&str, usize> = BTreeMap::new();
    let mut shown = 0;
    for drop in &drops {
        let here = said.entry(&drop.at).or_default();
        *here += 1;
        if *here <= MOST_HERE && shown < MOST {
            shown += 1;
            dropped(page, drop, report);
        }
    }
    rest(page, drops.len() - shown);
}

fn dropped(page: &mut Page, drop: &DropReport, report: &ReachReport) {
    let mark = page.style.mark("fail");
    let told = format!("{}: {}", page.style.strong(&drop.at), drop.rule);
    page.wrapped(&format!("  {mark} "), &told, "      ");
    if report.witness.as_ref().is_some_and(|witness| witness.text != drop.witness.text) {
        page.wrapped("      ", &page.style.faint(&format!("for example {}", drop.witness.text)), "        ");
    }
    if let Some(rule) = &drop.smallest_rule {
        let label = page.style.strong("fix");
        page.wrapped(&format!("      {label}  "), rule, "           ");
    }
    if let Some(command) = &drop.command {
        // A command stays on one line, however long: it is there to be copied.
        page.line(&format!("           {command}"));
    }
}

fn list(page: &mut Page, title: &str, mark: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    heading(page, title);
    let mark = page.style.mark(mark);
    for item in items.iter().take(MOST) {
        page.wrapped(&format!("  {mark} "), item, "    ");
    }
    rest(page, items.len().saturating_sub(MOST));
}

fn rest(page: &mut Page, more: usize) {
    if more > 0 {
        page.wrapped("  ", &format!("… and {more} more: --format json lists all"), "    ");
    }
}

fn heading(page: &mut Page, title: &str) {
    page.line("");
    let title = page.style.strong(title);
    page.line(&title);
}

fn tally(page: &mut Page, report: &ReachReport) {
    let flows = report.flows;
    let counts = [(flows.allowed, "allowed"), (flows.dropped, "dropped"), (flows.unknown, "unknown")];
    let told: Vec<String> = counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let tally = match flows.asked {
        0 => "Nothing could be judged.".to_owned(),
        1 => "1 flow judged.".to_owned(),
        many => format!("{many} flows judged: {}.", told.join(", ")),
    };
    let (tally, exit) = (format!("{tally} The network: {}.", report.network), format!("exit {}", report.exit_code));
    page.line("");
    let room = page.style.width.saturating_sub(columns(&tally) + columns(&exit));
    if room >= 3 {
        return page.line(&format!("{tally}{}{exit}", " ".repeat(room)));
    }
    page.wrapped("", &tally, "  ");
    page.at_the_right(&exit);
}
