//! How long an answer took, as tools and logs say it.

/// The milliseconds that a transcript names: `time_total: 10.03`, `real 0m30.1s`, `Elapsed time: 0.05s`.
pub(super) fn elapsed_ms(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let found = lower.lines().rev().take(200).find_map(|line| {
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("real") {
            return minutes(rest.trim());
        }
        if let Some((_, rest)) = line.split_once("time: ").filter(|(_, rest)| rest.contains("size: ")) {
            return duration(rest);
        }
        let names = ["time_total", "time-total", "total time", "elapsed time", "elapsed", "response time", "time taken"];
        let Some(name) = names.iter().find(|name| line.contains(*name)) else { return told(line).or_else(|| sized(line)) };
        let (_, rest) = line.split_once(name)?;
        duration(rest.trim_start_matches(|c: char| !c.is_ascii_digit()))
    });
    found.filter(|ms| *ms <= 600_000)
}

/// "after 29 seconds", "took 10.0s", "in 0.08 s": a number with a unit behind such a word.
fn told(line: &str) -> Option<u64> {
    let words: Vec<&str> = line.split_whitespace().take(200).collect();
    words.iter().enumerate().filter(|(_, word)| matches!(**word, "after" | "took" | "in" | "within" | "takes")).find_map(|(at, _)| {
        let number = words.get(at + 1)?;
        let digits = number.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(number.len());
        let unit = if digits == number.len() { words.get(at + 2)? } else { &number[digits..] };
        let known =
            matches!(unit.trim_end_matches([',', '.', ')', ';']), "s" | "sec" | "secs" | "second" | "seconds" | "ms" | "milliseconds");
        let known = known && number.starts_with(|c: char| c.is_ascii_digit());
        known.then(|| duration(&format!("{} {unit}", &number[..digits]))).flatten()
    })
}

/// `503 Service Unavailable  45 ms  222 B`: Postman's line.
fn sized(line: &str) -> Option<u64> {
    let words: Vec<&str> = line.split_whitespace().take(40).collect();
    words.windows(4).find_map(|four| {
        let [number, unit, size, bytes] = four else { return None };
        let is_number = |text: &str| text.parse::<f64>().is_ok();
        let is_line = is_number(number) && matches!(*unit, "ms" | "s") && is_number(size) && matches!(*bytes, "b" | "kb" | "mb");
        is_line.then(|| duration(&format!("{number} {unit}"))).flatten()
    })
}

/// `0m30.123s`.
fn minutes(text: &str) -> Option<u64> {
    let (minutes, rest) = text.split_once('m')?;
    let seconds: f64 = rest.trim_end_matches('s').parse().ok()?;
    let minutes: u64 = minutes.parse().ok().filter(|minutes| *minutes < 60)?;
    Some(minutes * 60_000 + seconds_ms(seconds)?)
}

/// `10.03`, `10.03s`, `10030 ms`: seconds unless it says otherwise.
fn duration(text: &str) -> Option<u64> {
    let number: String = text.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let unit = text[number.len()..].trim_start();
    if unit.starts_with(|c: char| c.is_alphabetic() && !matches!(c, 's' | 'm')) {
        return None;
    }
    let value: f64 = number.trim_end_matches('.').parse().ok()?;
    if unit.starts_with("ms") || unit.starts_with("milli") { seconds_ms(value / 1000.0) } else { seconds_ms(value) }
}

/// Seconds as milliseconds, if they are a time at all. Logs print them as a fraction.
pub(super) fn seconds_ms(seconds: f64) -> Option<u64> {
    // The limit keeps the conversion exact.
    (seconds.is_finite() && (0.0..=86_400.0).contains(&seconds)).then(|| (seconds * 1000.0).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::elapsed_ms;

    #[test]
    fn times_are_read_as_tools_print_them() {
        assert_eq!(elapsed_ms("time_namelookup: 0.01\ntime_total:  10.03\n"), Some(10_030));
        assert_eq!(elapsed_ms("time_total=0.086s"), Some(86));
        assert_eq!(elapsed_ms("\nreal\t0m30.123s\nuser\t0m0.010s"), Some(30_123));
        assert_eq!(elapsed_ms("Elapsed time: 0.05s"), Some(50));
        assert_eq!(elapsed_ms("response time 250 ms"), Some(250));
        assert_eq!(elapsed_ms("it comes after 29 seconds."), Some(29_000));
        assert_eq!(elapsed_ms("GET /health → 503 in 0.08 s, answered by"), Some(80));
        assert_eq!(elapsed_ms("took 10.0s"), Some(10_000));
        assert_eq!(elapsed_ms("503 Service Unavailable  45 ms  222 B"), Some(45));
        assert_eq!(elapsed_ms("Status: 503 Service Unavailable Time: 30.05 s Size: 222 B"), Some(30_050));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "real",
            "real ale",
            "elapsed",
            "time_total: -",
            "time_total: 1e400",
            "real xm1s",
            "elapsed: 99999999999999999999",
            "in 3 steps",
            "after é",
            "in",
        ] {
            assert_eq!(elapsed_ms(text), None, "{text}");
        }
    }
}
