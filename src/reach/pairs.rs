//! Many questions in a file: one row each, separated by tabs, under a header that names the columns.
//!
//! A row that cannot be understood is answered in its place, so that line n of the answer belongs to row n of the question.

use super::question::{ports, source};
use crate::error::Failure;
use crate::suggest;
use apigw_doctor_checks::reach::Protocol;

const COLUMNS: [&str; 4] = ["source", "destination", "port", "protocol"];

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Its line in the file, from 1.
    pub(super) line: usize,
    /// Source, destination, port and protocol as they stand there.
    pub(super) told: [String; 4],
    /// What they mean, or why they mean nothing.
    pub(super) question: Result<Question, String>,
}

/// A row that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) ports: (u16, u16),
    pub(super) protocol: Protocol,
}

/// Reads a file. Blank lines are no rows; further columns are nobody's business.
pub(super) fn read(text: &str) -> Result<Vec<Row>, Failure> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).enumerate();
    let mut filled = lines.filter(|(_, line)| !line.trim().is_empty());
    let Some((_, header)) = filled.next() else {
        return Err(Failure::usage(format!("the file of pairs is empty: its first line names the columns {}", COLUMNS.join(", "))));
    };
    let places = columns(header)?;
    Ok(filled.map(|(index, line)| row(index + 1, line, places)).collect())
}

/// Where each of our columns stands.
fn columns(header: &str) -> Result<[usize; 4], Failure> {
    let names: Vec<String> = header.split('\t').map(|name| name.trim().to_ascii_lowercase()).collect();
    let mut places = [0; 4];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        let mut found = names.iter().enumerate().filter(|(_, name)| *name == column).map(|(index, _)| index);
        *place = match (found.next(), found.next()) {
            (Some(index), None) => index,
            (Some(_), Some(_)) => return Err(Failure::usage(format!("the file of pairs has two columns \"{column}\""))),
            (None, _) => return Err(missing(column, &names)),
        };
    }
    Ok(places)
}

fn missing(column: &str, names: &[String]) -> Failure {
    let others: Vec<&str> = names.iter().map(String::as_str).filter(|name| !COLUMNS.contains(name)).collect();
    let separated = if names.len() == 1 { "; columns are separated by tabs" } else { "" };
    let hint = suggest::hint(column, &others);
    Failure::usage(format!("the file of pairs has no column \"{column}\"{hint}: its first line names {}{separated}", COLUMNS.join(", ")))
}

fn row(line: usize, text: &str, places: [usize; 4]) -> Row {
    let fields: Vec<&str> = text.split('\t').map(str::trim).collect();
    let told = places.map(|place| fields.get(place).copied().unwrap_or_default().to_owned());
    let question = question(line, &told);
    Row { line, told, question }
}

fn question(line: usize, told: &[String; 4]) -> Result<Question, String> {
    let bad = |why: String| format!("line {line}: {why}");
    let [from, to, port, protocol] = told;
    if let Some((_, column)) = told.iter().zip(COLUMNS).find(|(field, column)| field.is_empty() && *column != "port") {
        return Err(bad(format!("no {column}")));
    }
    let Some(protocol) = Protocol::parse(protocol) else {
        return Err(bad(format!("\"{protocol}\" is no protocol: tcp, udp, icmp or a number up to 255")));
    };
    let ports = if protocol.has_ports() { range(port).map_err(bad)? } else { (0, 0) };
    Ok(Question { from: source(from).map_err(bad)?, to: source(to).map_err(bad)?, ports, protocol })
}

fn range(port: &str) -> Result<(u16, u16), String> {
    if port.is_empty() {
        return Err("no port".to_owned());
    }
    ports(port).map_err(|_| format!("\"{port}\" is no port: 1 to 65535, or a range 1024-2000"))
}

#[cfg(test)]
mod tests {
    use super::{Protocol, Row, read};

    fn rows(text: &str) -> Vec<Row> {
        read(text).expect("a file of pairs")
    }

    #[test]
    fn columns_stand_in_any_order_among_others() {
        let text = "\u{feff}Protocol\tmeasured\tPORT\tsource\tscope\tdestination\r\n\r\nudp\topen\t53\t10.0.0.1\tx\t[2001:db8::1]\r\n\n";
        let [row] = &rows(text)[..] else { panic!("one row") };
        let question = row.question.as_ref().expect("understood");
        assert_eq!((row.line, question.from.as_str(), question.to.as_str()), (3, "10.0.0.1", "2001:db8::1"));
        assert_eq!((question.ports, question.protocol), ((53, 53), Protocol::Udp));
        assert_eq!(row.told, ["10.0.0.1", "[2001:db8::1]", "53", "udp"]);
    }

    #[test]
    fn a_bad_row_stays_in_its_place_with_its_reason() {
        let text =
            "source\tdestination\tport\tprotocol\na\tb\t80\ttcp\na\tb\thttp\ttcp\na\tb\na\tb\t0\tcarrier pigeon\na\tb\t\ticmp\n\tb\t1\ttcp";
        let reasons: Vec<String> = rows(text).into_iter().map(|row| row.question.err().unwrap_or_default()).collect();
        assert_eq!(reasons[0], "");
        assert!(reasons[1].starts_with("line 3: \"http\" is no port"), "{}", reasons[1]);
        assert_eq!(reasons[2], "line 4: no protocol");
        assert!(reasons[3].starts_with("line 5: \"carrier pigeon\" is no protocol"), "{}", reasons[3]);
        assert_eq!(reasons[4], "", "a protocol without ports needs none");
        assert_eq!(reasons[5], "line 7: no source");
    }

    #[test]
    fn a_header_that_lacks_a_column_names_it() {
        let says = |text: &str| read(text).expect_err(text).message;
        assert!(says("").contains("is empty"));
        assert!(says("\n \n").contains("is empty"));
        assert!(says("source\tdestination\tport\n").contains("no column \"protocol\""));
        assert!(says("sorce\tdestination\tport\tprotocol\n").contains("(did you mean sorce?)"));
        assert!(says("source,destination,port,protocol\n").contains("separated by tabs"));
        assert!(says("source\tsource\tdestination\tport\tprotocol").contains("two columns \"source\""));
        assert!(rows("source\tdestination\tport\tprotocol").is_empty());
    }
}
