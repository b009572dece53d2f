//! Answers out of what people paste: raw, `curl -i`, `curl -v`, `wget -S`, HTTPie, PowerShell, a browser's developer tools, with shell
//! prompts, progress meters and several exchanges in a row.

#[cfg(test)]
mod tests;

use crate::answer::Answer;

/// One answer and what is known of its request.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Exchange {
    /// HTTP method, upper case.
    pub(super) method: Option<String>,
    /// The URL that was asked for, or the path alone.
    pub(super) url: Option<String>,
    /// What came back.
    pub(super) answer: Option<Answer>,
    /// The line of the status, from 0.
    line: usize,
    /// The status stands in words, not in a status line: without headers that is a sentence, and no answer.
    named: bool,
    body: Vec<String>,
}

/// All final answers of a text, in order, and what comes after the last: the number of its last line.
pub(super) struct Transcript {
    pub(super) exchanges: Vec<Exchange>,
    /// A client said after the last answer that it failed.
    pub(super) failed_after: bool,
}

/// Where a line of a transcript stands.
enum Line<'a> {
    /// `< …`: received.
    Received(&'a str),
    /// `> …`: sent.
    Sent(&'a str),
    /// What the tool tells of itself.
    Told,
    /// Anything else.
    Plain(&'a str),
}

/// Which part of an answer the next line belongs to.
#[derive(PartialEq)]
enum Part {
    Nothing,
    Headers,
    Body,
}

/// Reads a text as a transcript.
pub(super) fn read(text: &str) -> Transcript {
    let mut reader = Reader::default();
    let lines: Vec<&str> = text.lines().collect();
    // A quoted block of a mail or a ticket.
    let quoted = lines.iter().any(|line| line.trim_start().strip_prefix("> ").is_some_and(|rest| status_line(rest).is_some()));
    let tool = lines.iter().any(|line| line.trim_start().starts_with("< HTTP/") || line.trim_start().starts_with("* "));
    for (number, line) in lines.iter().enumerate() {
        let line = if quoted { line.trim_start().strip_prefix('>').unwrap_or(line) } else { line };
        reader.line(number, line, lines.get(number + 1).copied(), tool);
    }
    reader.done(&lines)
}

struct Reader {
    exchanges: Vec<Exchange>,
    asked: Exchange,
    part: Part,
}

impl Default for Reader {
    fn default() -> Reader {
        Reader { exchanges: Vec::new(), asked: Exchange::default(), part: Part::Nothing }
    }
}

impl Reader {
    fn line(&mut self, number: usize, line: &str, next: Option<&str>, tool: bool) {
        if let Some(command) = command(line) {
            self.asked = command;
            self.part = Part::Nothing;
            return;
        }
        match kind(line, tool) {
            Line::Told => {}
            Line::Sent(sent) => self.sent(sent),
            Line::Received(received) => {
                if !self.status(number, received) && !self.header(received) && received.is_empty() {
                    self.part = Part::Body;
                }
            }
            Line::Plain(plain) => self.plain(number, plain, next),
        }
    }

    fn plain(&mut self, number: usize, line: &str, next: Option<&str>) {
        let trimmed = line.trim();
        if self.status(number, trimmed) || (self.part != Part::Body && self.named_status(number, trimmed, next)) {
            return;
        }
        match self.part {
            Part::Headers => self.in_headers(line, trimmed, next),
            Part::Body => self.body(line),
            Part::Nothing => self.request_facts(trimmed, next),
        }
    }

    fn in_headers(&mut self, line: &str, trimmed: &str, next: Option<&str>) {
        if trimmed.is_empty() {
            self.part = Part::Body;
        } else if is_heading(trimmed) || self.header(trimmed) || self.is_value(trimmed) {
            // Nothing more to do.
        } else if let Some(value) = next.filter(|_| is_header_name(trimmed)) {
            self.add_header(trimmed, value.trim());
        } else {
            self.part = Part::Body;
            self.body(line);
        }
    }

    /// `HTTP/1.1 503 Service Unavailable`, also behind `RawContent :`.
    fn status(&mut self, number: usize, line: &str) -> bool {
        let line = line.strip_prefix("RawContent").map_or(line, |rest| rest.trim_start().trim_start_matches(':').trim_start());
        let Some(status) = status_line(line) else { return false };
        self.begin(number, status);
        true
    }

    /// `Status Code: 503`, or the number on the next line, as developer tools copy it.
    fn named_status(&mut self, number: usize, line: &str, next: Option<&str>) -> bool {
        let lower = line.to_ascii_lowercase();
        let Some(rest) = ["status code", "statuscode", "status"].iter().find_map(|name| lower.strip_prefix(name)) else { return false };
        let rest = rest.trim_start_matches([':', ' ', '=']);
        let value = if rest.is_empty() { next.unwrap_or_default().trim() } else { rest };
        let value = value.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        let digits: String = value.chars().take_while(char::is_ascii_digit).collect();
        let whole = value[digits.len()..].chars().next().is_none_or(|c| c == ' ' || c == ',');
        let Some(status) = digits.parse().ok().filter(|status| (100..600).contains(status) && digits.len() == 3 && whole) else {
            return false;
        };
        // PowerShell says the status before the raw answer, which says it again.
        if self
            .exchanges
            .last()
            .and_then(|last| last.answer.as_ref())
            .is_none_or(|last| last.status != status || self.part == Part::Nothing)
        {
            self.begin(number, status);
            if let Some(last) = self.exchanges.last_mut() {
                last.named = true;
            }
        }
        true
    }

    fn begin(&mut self, number: usize, status: u16) {
        let answer = Answer { status, headers: Vec::new(), body: String::new(), body_truncated: false };
        let asked = Exchange { method: self.asked.method.clone(), url: self.asked.url.clone(), ..Exchange::default() };
        self.exchanges.push(Exchange { answer: Some(answer), line: number, ..asked });
        self.part = Part::Headers;
    }

    fn header(&mut self, line: &str) -> bool {
        if self.part != Part::Headers {
            return false;
        }
        let Some((name, value)) = line.split_once(':').filter(|(name, _)| is_token(name.trim_end())) else { return false };
        let (name, value) = (name.trim_end(), value.trim());
        if name.eq_ignore_ascii_case("request method") || name.eq_ignore_ascii_case("request url") {
            return true;
        }
        self.add_header(name, value);
        true
    }

    fn add_header(&mut self, name: &str, value: &str) {
        if let Some(answer) = self.exchanges.last_mut().and_then(|last| last.answer.as_mut())
            && answer.headers.len() < 200
        {
            answer.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
    }

    /// The line is the value of the header, or of the status, that was named in the line before.
    fn is_value(&self, line: &str) -> bool {
        let Some(answer) = self.exchanges.last().and_then(|last| last.answer.as_ref()) else { return false };
        match answer.headers.last() {
            Some((_, value)) => value == line,
            None => line.starts_with(&answer.status.to_string()),
        }
    }

    fn body(&mut self, line: &str) {
        if let Some(last) = self.exchanges.last_mut() {
            last.body.push(line.to_owned());
        }
    }

    /// A request line or a header of the request.
    fn sent(&mut self, line: &str) {
        let mut words = line.split_whitespace();
        if let (Some(method), Some(path), Some(version)) = (words.next(), words.next(), words.next())
            && version.starts_with("HTTP/")
        {
            let host = self.asked.url.take().filter(|url| url.contains("://"));
            self.asked =
                Exchange { method: Some(method.to_ascii_uppercase()), url: host.or_else(|| Some(path.to_owned())), ..Exchange::default() };
            self.part = Part::Nothing;
        }
    }

    /// `Request URL: …`, `Request Method: …`, or a request line as HTTPie prints it.
    fn request_facts(&mut self, line: &str, next: Option<&str>) {
        let value = |name: &str| {
            let rest = line.get(..name.len()).filter(|start| start.eq_ignore_ascii_case(name)).map(|_| &line[name.len()..])?;
            let rest = rest.trim_start_matches([':', ' ']);
            Some(if rest.is_empty() { next.unwrap_or_default().trim() } else { rest }.to_owned())
        };
        if let Some(url) = value("request url") {
            self.asked.url = Some(url);
        } else if let Some(method) = value("request method") {
            self.asked.method = Some(method.to_ascii_uppercase());
        } else {
            self.sent(line);
        }
    }

    fn done(mut self, lines: &[&str]) -> Transcript {
        for exchange in &mut self.exchanges {
            if let Some(answer) = &mut exchange.answer {
                answer.body = body_of(&exchange.body, answer);
            }
        }
        let last_line = self.exchanges.last().map_or(0, |last| last.line);
        let failed_after = lines.iter().skip(last_line).any(|line| failure(line));
        // 1xx and what a proxy says to CONNECT are not the answer.
        let is_final = |exchange: &Exchange| {
            exchange.answer.as_ref().is_some_and(|answer| answer.status >= 200) && exchange.method.as_deref() != Some("CONNECT")
        };
        let is_answer = |exchange: &Exchange| !exchange.named || exchange.answer.as_ref().is_some_and(|answer| !answer.headers.is_empty());
        let finals: Vec<Exchange> = self.exchanges.into_iter().filter(|exchange| is_final(exchange) && is_answer(exchange)).collect();
        Transcript { exchanges: finals, failed_after }
    }
}

/// curl's own error, but not the one that only repeats a status (22) or complains about the end of a body that is there (18, 92).
fn failure(line: &str) -> bool {
    let Some((number, _)) = line.trim_start().strip_prefix("curl: (").and_then(|rest| rest.split_once(')')) else { return false };
    !matches!(number, "22" | "18" | "23" | "92")
}

/// Where the line stands. curl's marks only count where curl was at work: a body may begin with the same characters.
fn kind(line: &str, tool: bool) -> Line<'_> {
    let start = line.trim_start();
    if is_wgets_end(start) {
        return Line::Told;
    }
    if !tool {
        return Line::Plain(line);
    }
    if let Some(rest) = start.strip_prefix('<').filter(|rest| rest.is_empty() || rest.starts_with(' ')) {
        return Line::Received(rest.trim());
    }
    if let Some(rest) = start.strip_prefix('>').filter(|rest| rest.is_empty() || rest.starts_with(' ')) {
        return Line::Sent(rest.trim());
    }
    let meter = start.starts_with("% Total") || start.starts_with("Dload") || start.contains("--:--:--") || start.contains("bytes data]");
    if start.starts_with("* ") || start == "*" || meter {
        return Line::Told;
    }
    Line::Plain(line)
}

/// `2024-05-01 10:00:30 ERROR 503: Service Unavailable.`
fn is_wgets_end(line: &str) -> bool {
    line.starts_with(|c: char| c.is_ascii_digit()) && line.get(..60).unwrap_or(line).contains(" ERROR ")
}

/// A shell's line that calls a client: what it asked for.
fn command(line: &str) -> Option<Exchange> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let client = words.iter().take(4).position(|word| {
        let name = word.rsplit(['/', '\\']).next().unwrap_or_default().trim_end_matches(".exe");
        matches!(name, "curl" | "wget" | "http" | "https" | "xh" | "Invoke-WebRequest" | "iwr")
    })?;
    let words = &words[client + 1..];
    let url =
        words.iter().map(|word| word.trim_matches(['\'', '"'])).find(|word| word.contains("://") || word.contains(".execute-api."))?;
    let mut method = None;
    for (at, word) in words.iter().enumerate() {
        match *word {
            "-X" | "--request" | "-Method" => method = words.get(at + 1).map(|word| word.trim_matches(['\'', '"']).to_ascii_uppercase()),
            "--head" => method = Some("HEAD".to_owned()),
            flags if flags.starts_with('-') && !flags.starts_with("--") && flags.contains('I') => method = Some("HEAD".to_owned()),
            verb if matches!(verb, "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS") => method = Some(verb.to_owned()),
            _ => {}
        }
    }
    Some(Exchange { method, url: Some((*url).to_owned()), ..Exchange::default() })
}

/// The status of a status line. HTTP/2 has none; clients print one without a reason.
fn status_line(line: &str) -> Option<u16> {
    let rest = line.get(..5).filter(|start| start.eq_ignore_ascii_case("HTTP/")).map(|_| &line[5..])?;
    let (version, rest) = rest.split_once(' ')?;
    if version.is_empty() || version.len() > 3 || !version.chars().all(|c| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let rest = rest.trim_start();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let ends = rest[digits.len()..].chars().next().is_none_or(|c| c == ' ');
    digits.parse().ok().filter(|status| digits.len() == 3 && ends && (100..1000).contains(status))
}

fn is_token(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !name.is_empty() && name.len() <= 80 && name.chars().all(allowed) && !name.starts_with('{')
}

/// A header's name on a line of its own, as newer developer tools copy it.
fn is_header_name(line: &str) -> bool {
    const KNOWN: &[&str] =
        &["server", "date", "via", "connection", "location", "content-type", "content-length", "x-cache", "x-powered-by"];
    let lower = line.trim_end_matches(':').to_ascii_lowercase();
    is_token(&lower) && (KNOWN.contains(&lower.as_str()) || lower.starts_with("apigw-") || lower.starts_with("x-amz"))
}

/// Headings and facts of developer tools between the status and the headers.
fn is_heading(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    ["response headers", "remote address", "referrer policy", "general", "http/1.1", "version", "transferred", "statusdescription"]
        .iter()
        .any(|heading| lower.starts_with(heading))
}

/// The lines of the body, without what the client wrote behind it.
fn body_of(lines: &[String], answer: &Answer) -> String {
    let mut text = lines.join("\n");
    for tail in ["* Connection #", "* Closing connection", "* Curl_http_done", "* we are done", "* shutting down", "curl: ("] {
        if let Some(at) = text.find(tail) {
            text.truncate(at);
        }
    }
    let body = without_noise(without_markup(&text));
    if answer.headers.iter().any(|(name, value)| name == "transfer-encoding" && value.eq_ignore_ascii_case("chunked")) {
        return without_chunks(body).to_owned();
    }
    body.to_owned()
}

/// What a ticket puts between headers and body: the end of a block, a heading, the bracket of a list.
fn without_markup(text: &str) -> &str {
    let is_markup = |line: &str| {
        let line = line.trim();
        line.is_empty() || line == ")" || line.starts_with("```") || line.trim_matches(['#', '*', ' ', ':']).eq_ignore_ascii_case("body")
    };
    let mut rest = text.trim();
    while let Some((_, after)) = rest.split_once('\n').filter(|(line, _)| is_markup(line)) {
        rest = after;
    }
    rest.trim()
}

/// JSON and pages know where they end; what stands behind is somebody else's.
fn without_noise(body: &str) -> &str {
    if body.starts_with('{') {
        let mut values = serde_json::Deserializer::from_str(body).into_iter::<serde_json::Value>();
        return if values.next().is_some_and(|value| value.is_ok()) { body.get(..values.byte_offset()).unwrap_or(body) } else { body };
    }
    let end = "</html>";
    let at = body.as_bytes().windows(end.len()).position(|window| window.eq_ignore_ascii_case(end.as_bytes()));
    at.filter(|_| body.starts_with('<')).and_then(|at| body.get(..at + end.len())).unwrap_or(body)
}

/// A chunked body that was printed raw: the size before, a zero behind.
fn without_chunks(body: &str) -> &str {
    let Some((size, rest)) = body.split_once('\n') else { return body };
    let is_size = !size.trim().is_empty() && size.trim().len() <= 6 && size.trim().chars().all(|c| c.is_ascii_hexdigit());
    if is_size { rest.trim().strip_suffix("\n0").unwrap_or(rest).trim() } else { body }
}
