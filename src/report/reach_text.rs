//! The report of `reach` for people: the verdict first, then the way there and the way back, then what is not known.

use super::reach::{DropReport, ReachReport, StationReport, VerdictReport, WayReport};
use super::style::{Style, columns, plain, wrap};
use std::collections::BTreeMap;

/// Of a list longer than this, the rest is counted: the whole is in the JSON.
const MOST: usize = 12;

/// Of what one place drops, the same.
const MOST_HERE: usize = 3;

/// The report of one question. Its strings are safe to print.
pub(crate) fn text(report: &ReachReport, style: Style) -> String {
    let mut page = Page { out: String::new(), style };
    page.verdict(report);
    page.way(report, WayReport::There, "There");
    page.way(report, WayReport::Back, "Back");
    // The one reason stands at the top already.
    if report.gaps.iter().any(|gap| *gap != report.reason) {
        page.list("Not known", "unknown", &report.gaps);
    }
    if report.verdict == VerdictReport::Unknown || !report.gaps.is_empty() {
        page.list("Not read", "unknown", &report.unread);
    }
    page.list("Notes", "", &report.notes);
    page.tally(report);
    page.out
}

struct Page {
    out: String,
    style: Style,
}

impl Page {
    fn verdict(&mut self, report: &ReachReport) {
        let question = &report.question;
        let service = match question.ports {
            Some((first, last)) if first == last => format!("{} {first}", question.protocol),
            Some((first, last)) => format!("{} {first}-{last}", question.protocol),
            None => question.protocol.clone(),
        };
        let verdict = self.style.strong(&format!("{}:", report.verdict.word()));
        self.wrapped("", &format!("{verdict} {service} from {} to {}", question.from, question.to), 2);
        if !report.reason.is_empty() {
            self.wrapped("  ", &report.reason, 4);
        }
        if let Some(witness) = &report.witness {
            self.wrapped("  ", &format!("for example {}", witness.text), 4);
        }
    }

    /// What is passed stands before what drops: a packet gets no further, and what else would stop it is said all the same.
    fn way(&mut self, report: &ReachReport, way: WayReport, title: &str) {
        let stations: Vec<&StationReport> = report.stations.iter().filter(|station| station.way == way).collect();
        let drops: Vec<&DropReport> = report.drops.iter().filter(|drop| drop.way == way).collect();
        if stations.is_empty() && drops.is_empty() {
            return;
        }
        let lost = way == WayReport::Back && report.drops.iter().any(|drop| drop.way == WayReport::There);
        let one = if report.flows.asked > 1 && !stations.is_empty() { ", one of the flows" } else { "" };
        let if_ever = if lost { ", once the way there is open" } else { "" };
        self.title(&format!("{title}{one}{if_ever}"));
        for station in stations {
            let mark = self.style.mark("pass");
            self.wrapped(&format!("  {mark} "), &format!("{}: {}", station.at, station.by), 6);
        }
        // A range of ports may be dropped by one group many times: each place has its say before any has all of it.
        let mut said: BTreeMap<&str, usize> = BTreeMap::new();
        let mut shown = 0;
        for drop in &drops {
            let here = said.entry(&drop.at).or_default();
            *here += 1;
            if *here <= MOST_HERE && shown < MOST {
                shown += 1;
                self.drop(drop, report);
            }
        }
        self.rest(drops.len() - shown);
    }

    fn drop(&mut self, drop: &DropReport, report: &ReachReport) {
        let mark = self.style.mark("fail");
        let told = format!("{}: {}", self.style.strong(&drop.at), drop.rule);
        self.wrapped(&format!("  {mark} "), &told, 6);
        if report.witness.as_ref().is_some_and(|witness| witness.text != drop.witness.text) {
            self.wrapped("      ", &self.style.faint(&format!("for example {}", drop.witness.text)), 8);
        }
        if let Some(rule) = &drop.smallest_rule {
            let label = self.style.strong("fix");
            self.wrapped(&format!("      {label}  "), rule, 11);
        }
        if let Some(command) = &drop.command {
            // A command stays on one line, however long: it is there to be copied.
            self.out.push_str(&format!("           {command}\n"));
        }
    }

    fn list(&mut self, title: &str, mark: &str, items: &[String]) {
        if items.is_empty() {
            return;
        }
        self.title(title);
        let mark = self.style.mark(mark);
        for item in items.iter().take(MOST) {
            self.wrapped(&format!("  {mark} "), item, 4);
        }
        self.rest(items.len().saturating_sub(MOST));
    }

    fn rest(&mut self, more: usize) {
        if more > 0 {
            self.wrapped("  ", &format!("… and {more} more: --format json lists all"), 4);
        }
    }

    fn title(&mut self, title: &str) {
        self.out.push('\n');
        let title = self.style.strong(title);
        self.out.push_str(&title);
        self.out.push('\n');
    }

    fn tally(&mut self, report: &ReachReport) {
        let flows = report.flows;
        let counts = [(flows.allowed, "allowed"), (flows.dropped, "dropped"), (flows.unknown, "unknown")];
        let told: Vec<String> = counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
        let tally = match flows.asked {
            0 => "Nothing could be judged.".to_owned(),
            1 => "1 flow judged.".to_owned(),
            many => format!("{many} flows judged: {}.", told.join(", ")),
        };
        let (tally, exit) = (format!("{tally} The network: {}.", report.network), format!("exit {}", report.exit_code));
        self.out.push('\n');
        let room = self.style.width.saturating_sub(columns(&tally) + columns(&exit));
        if room >= 3 {
            return self.out.push_str(&format!("{tally}{}{exit}\n", " ".repeat(room)));
        }
        self.wrapped("", &tally, 2);
        self.out.push_str(&format!("{exit:>width$}\n", width = self.style.width));
    }

    /// A text broken at the page's width behind its beginning; further lines are indented.
    fn wrapped(&mut self, beginning: &str, text: &str, indent: usize) {
        let width = self.style.width.saturating_sub(columns(beginning).max(indent)).max(20);
        for (index, piece) in wrap(text, width).into_iter().enumerate() {
            let further = " ".repeat(indent);
            let beginning = if index == 0 { beginning } else { &further };
            self.out.push_str(plain(&format!("{beginning}{piece}"), self.style).trim_end());
            self.out.push('\n');
        }
    }
}
