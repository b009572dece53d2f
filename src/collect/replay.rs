//! A stand-in for AWS on loopback, for tests: it answers with recorded texts and remembers who asked what.
//!
//! The SDK's own signer, retries and parsers are in play. Nothing is known here of any service.

use super::session::{Session, retries, time_outs};
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::config::{AsyncSleep, Credentials, SharedAsyncSleep, SharedCredentialsProvider, Sleep};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// What the stand-in says.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    status: u16,
    body: String,
    manner: Manner,
}

/// How it says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Whole,
    BreakingOff,
    NotAtAll,
}

/// An answer.
pub(super) fn ok(body: impl Into<String>) -> Reply {
    answer_with(200, body)
}

/// Any answer.
pub(super) fn answer_with(status: u16, body: impl Into<String>) -> Reply {
    Reply { status, body: body.into(), manner: Manner::Whole }
}

/// An answer that breaks off half-way.
pub(super) fn truncated(body: impl Into<String>) -> Reply {
    Reply { manner: Manner::BreakingOff, ..ok(body) }
}

/// No answer at all.
pub(super) fn silence() -> Reply {
    Reply { manner: Manner::NotAtAll, ..ok("") }
}

/// A refusal in the words of a query service (ELB, IAM, STS).
pub(super) fn refused_query(status: u16, code: &str) -> Reply {
    let error = format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>told by the stand-in</Message></Error>");
    answer_with(status, format!("<ErrorResponse>{error}</ErrorResponse>"))
}

/// A refusal in the words of EC2.
pub(super) fn refused_ec2(status: u16, code: &str) -> Reply {
    let error = format!("<Error><Code>{code}</Code><Message>told by the stand-in</Message></Error>");
    answer_with(status, format!("<Response><Errors>{error}</Errors></Response>"))
}

/// A refusal in the words of a JSON service (API Gateway, ECS, ACM).
pub(super) fn refused_json(status: u16, code: &str) -> Reply {
    answer_with(status, format!(r#"{{"__type":"{code}","message":"told by the stand-in"}}"#))
}

/// Answers by a piece of the request that they answer. Of several that fit, the longest piece wins.
#[derive(Clone, Debug, Default)]
pub(super) struct Script {
    replies: BTreeMap<String, Vec<Reply>>,
}

impl Script {
    /// Answers requests that contain the piece; the last of several answers is given for ever.
    pub(super) fn on(mut self, piece: &str, replies: impl Into<Vec<Reply>>) -> Script {
        self.replies.insert(piece.to_owned(), replies.into());
        self
    }
}

/// The running stand-in.
pub(super) struct Replay {
    port: u16,
    credentials: bool,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    script: Script,
    requests: Vec<String>,
    /// Whether requests wait until nobody else comes, how many do, and how many did so together.
    hold: bool,
    waiting: usize,
    waves: Vec<usize>,
}

impl Replay {
    /// Begins to answer.
    pub(super) fn start(script: Script) -> Replay {
        Replay::run(script, false)
    }

    /// Answers only when no further request has come for a while: all that are waiting then are a wave.
    pub(super) fn in_waves(script: Script) -> Replay {
        Replay::run(script, true)
    }

    /// An address at which nobody answers.
    pub(super) fn nobody() -> Replay {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let port = listener.local_addr().expect("it is bound").port();
        Replay { port, credentials: true, shared: Arc::default() }
    }

    fn run(script: Script, hold: bool) -> Replay {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let shared = Arc::new(Shared { state: Mutex::new(State { script, hold, ..State::default() }), changed: Condvar::new() });
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&serving);
                std::thread::spawn(move || serve(&stream, &shared));
            }
        });
        Replay { port, credentials: true, shared }
    }

    /// Sessions have a provider of credentials that has none.
    pub(super) fn without_credentials(self) -> Replay {
        Replay { credentials: false, ..self }
    }

    /// A session that asks the stand-in for everything.
    pub(super) fn session(&self) -> Session {
        let credentials = if self.credentials {
            SharedCredentialsProvider::new(Credentials::new("AKIDTEST", "secret", None, None, "test"))
        } else {
            // A profile that nobody has, as on a machine where nobody logged in.
            let nobody = ProfileFileCredentialsProvider::builder().profile_name("apigw-doctor-tests-have-no-such-profile").build();
            SharedCredentialsProvider::new(CredentialsProviderChain::first_try("Profile", nobody))
        };
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .endpoint_url(format!("http://127.0.0.1:{}", self.port))
            .credentials_provider(credentials)
            .sleep_impl(SharedAsyncSleep::new(Sleeper))
            .retry_config(retries(Some(Duration::from_millis(1)), |_| None).expect("no variable is malformed"))
            .timeout_config(time_outs())
            .build();
        Session::new(config).expect("a Region is set")
    }

    /// What was asked, each request as one line.
    pub(super) fn requests(&self) -> Vec<String> {
        self.shared.state.lock().expect("no test panics while it holds this").requests.clone()
    }

    /// How many requests contain a piece.
    pub(super) fn count(&self, piece: &str) -> usize {
        self.requests().iter().filter(|request| request.contains(piece)).count()
    }

    /// How many requests came together, wave by wave.
    pub(super) fn waves(&self) -> Vec<usize> {
        self.shared.state.lock().expect("no test panics while it holds this").waves.clone()
    }
}

/// Waits on tokio's clock, as the SDK's own would.
#[derive(Debug)]
struct Sleeper;

impl AsyncSleep for Sleeper {
    fn sleep(&self, duration: Duration) -> Sleep {
        Sleep::new(tokio::time::sleep(duration))
    }
}

fn serve(stream: &TcpStream, shared: &Shared) {
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    while let Some(request) = read_request(&mut reader) {
        let Reply { status, body, manner } = answer(shared, &request);
        if manner == Manner::NotAtAll {
            std::thread::sleep(Duration::from_secs(60)); // ends with the test
        }
        let said = if manner == Manner::Whole { &body[..] } else { &body[..body.len() / 2] };
        let text = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{said}", body.len());
        if writer.write_all(text.as_bytes()).is_err() || manner != Manner::Whole {
            return;
        }
    }
}

/// A request as one line: method, path, target, body; percent signs of forms undone as far as tests need it.
fn read_request(reader: &mut BufReader<&TcpStream>) -> Option<String> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let (mut target, mut length) = (String::new(), 0);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok().filter(|read| *read > 0)?;
        let Some((name, value)) = header.trim().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "x-amz-target" => value.trim().clone_into(&mut target),
            "content-length" => length = value.trim().parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8_lossy(&body).replace("%3A", ":").replace("%2F", "/").replace("%20", " ");
    Some(format!("{} {target} {body}&", line.trim().trim_end_matches(" HTTP/1.1")))
}

fn answer(shared: &Shared, request: &str) -> Reply {
    const QUIET: Duration = Duration::from_millis(1_500);
    let mut state = shared.state.lock().expect("no test panics while it holds this");
    state.requests.push(request.to_owned());
    if state.hold {
        let wave = state.waves.len();
        state.waiting += 1;
        shared.changed.notify_all(); // whoever waits begins to wait anew
        while state.waves.len() == wave {
            let (next, waited) = shared.changed.wait_timeout(state, QUIET).expect("no test panics while it holds this");
            state = next;
            if waited.timed_out() && state.waves.len() == wave {
                let waiting = std::mem::take(&mut state.waiting);
                state.waves.push(waiting);
                shared.changed.notify_all();
            }
        }
    }
    let fitting = state.script.replies.iter_mut().filter(|(piece, _)| request.contains(piece.as_str()));
    match fitting.max_by_key(|(piece, _)| piece.len()) {
        Some((_, replies)) if replies.len() > 1 => replies.remove(0),
        Some((_, replies)) => replies[0].clone(),
        None => refused_json(400, "NotInTheScriptOfThisTest"),
    }
}
