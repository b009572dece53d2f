//! Reading from AWS: which APIs, in which Region, with what progress; Ctrl-C ends with what is known so far.

#[cfg(feature = "aws")]
pub(crate) use with_sdk::{capture, network, read_all, signer};
#[cfg(not(feature = "aws"))]
pub(crate) use without_sdk::{capture, network, read_all, signer};

#[cfg(not(feature = "aws"))]
mod without_sdk {
    use crate::asking::Sign;
    use crate::cli::{AwsArgs, CaptureArgs, CheckArgs};
    use crate::error::Failure;
    use crate::reach::folders::Described;
    use crate::report::contract::ErrorReport;
    use crate::run::Read;
    use std::sync::Arc;

    const HOW: &str = "this build cannot ask AWS: build with the feature \"aws\" (on by default: cargo build without --no-default-features), or use --from CAPTURE";

    pub(crate) async fn read_all(_: &CheckArgs) -> Result<(Vec<Read>, Vec<ErrorReport>), Failure> {
        Err(Failure::usage(HOW))
    }

    pub(crate) async fn signer(_: &AwsArgs) -> Result<Arc<dyn Sign>, Failure> {
        Err(Failure::usage("this build cannot sign: build with the feature \"aws\""))
    }

    pub(crate) async fn capture(_: &CaptureArgs) -> Result<u8, Failure> {
        Err(Failure::usage(HOW))
    }

    pub(crate) async fn network(_: &AwsArgs, _: &[String]) -> Result<Described, Failure> {
        Err(Failure::usage("this build cannot ask AWS: pass --aws-json DIR or --from-capture CAPTURE, or build with the feature \"aws\""))
    }
}

#[cfg(feature = "aws")]
mod with_sdk {
    use crate::asking::{self, Means, Sign, Sigv4, Watch};
    use crate::capture_file;
    use crate::cli::{AskArgs, AwsArgs, CaptureArgs, CheckArgs, Format, GateArgs, RequestArgs};
    use crate::collect::{self, Accumulator, ApiRef, ConnectOptions, Session};
    use crate::error::Failure;
    use crate::output;
    use crate::probe::ask_inside;
    use crate::progress::Spinner;
    use crate::reach::folders::Described;
    use crate::report::contract::ErrorReport;
    use crate::report::gate;
    use crate::run::{self, Read};
    use apigw_doctor_checks::diagnose::is_expected;
    use apigw_doctor_checks::model::deployment::Deployment;
    use apigw_doctor_checks::model::request::Request;
    use apigw_doctor_checks::reach::Folder;
    use std::sync::Arc;
    use std::time::Duration;

    /// Reads every API of the command line, one after the other, in its order.
    pub(crate) async fn read_all(args: &CheckArgs) -> Result<(Vec<Read>, Vec<ErrorReport>), Failure> {
        let mut means = Means::read(&args.request.ask)?;
        let session = connect(&args.aws).await?;
        sign(&mut means, &args.request.ask, &session).await?;
        let mut names = args.apis.clone();
        if args.all {
            let listed = collect::list(&session).await.map_err(nothing)?;
            names = listed.into_iter().filter(|api| api.protocol == "HTTP").map(|api| api.id).collect();
            if names.is_empty() {
                return Err(Failure::nothing(format!("there is no HTTP API in {}: pass --region if it is elsewhere", session.region())));
            }
        }
        let (mut reads, mut errors) = (Vec::new(), Vec::new());
        for name in &names {
            // A report for machines is not preceded by lines for people.
            let early = (args.output.format == Format::Text).then_some(&args.gate);
            match one(&session, name, &args.request, &means, Beside { early, logs: args.logs, inside: args.from_vpc }).await {
                Ok(read) => {
                    let interrupted = read.interrupted;
                    reads.push(read);
                    if interrupted {
                        break;
                    }
                }
                Err(failure) if names.len() == 1 => return Err(failure),
                Err(failure) => {
                    output::complain(&failure.message);
                    errors.push(ErrorReport { api: name.clone(), message: failure.message });
                }
            }
        }
        Ok((reads, errors))
    }

    /// `capture`: reads one API and writes it to a file. It judges nothing, so it waits for an answer that is as expected.
    pub(crate) async fn capture(args: &CaptureArgs) -> Result<u8, Failure> {
        let mut means = Means::read(&args.request.ask)?;
        let session = connect(&args.aws).await?;
        sign(&mut means, &args.request.ask, &session).await?;
        let (watch, expected) = (Watch::of(&args.request.ask), run::expectation(&args.request.ask));
        loop {
            let read = one(&session, &args.api, &args.request, &means, Beside { inside: args.from_vpc, ..Beside::default() }).await?;
            let settled = read.interrupted || read.attempts.iter().all(|attempt| is_expected(attempt, &expected));
            if watch.again(settled, "the answer is not the expected one").await? {
                continue;
            }
            let code = if read.interrupted { gate::INTERRUPTED } else { gate::OK };
            capture_file::write(&read.into_capture(), &args.output)?;
            return Ok(code);
        }
    }

    /// `probe --sigv4`: who signs, for requests to a URL.
    pub(crate) async fn signer(args: &AwsArgs) -> Result<Arc<dyn Sign>, Failure> {
        signer_of(&connect(args).await?).await
    }

    async fn signer_of(session: &Session) -> Result<Arc<dyn Sign>, Failure> {
        let credentials = session.credentials().await.map_err(Failure::nothing)?;
        Ok(Arc::new(Sigv4::new(credentials, session.region())))
    }

    async fn sign(means: &mut Means, args: &AskArgs, session: &Session) -> Result<(), Failure> {
        if args.sigv4 {
            means.signer = Some(signer_of(session).await?);
        }
        Ok(())
    }

    /// `reach`: reads the network of a Region. Half a network would give answers of another one, so an interrupt ends without any.
    pub(crate) async fn network(args: &AwsArgs, ends: &[String]) -> Result<Described, Failure> {
        let session = connect(args).await?;
        let spinner = Spinner::new();
        let described = tokio::select! {
            done = collect::describe_network(&session, ends, &spinner) => done.map_err(nothing)?,
            _ = tokio::signal::ctrl_c() => {
                return Err(Failure { message: "interrupted before the network was read".to_owned(), exit_code: gate::INTERRUPTED });
            }
        };
        Ok(Described { folders: vec![Folder { name: session.region().to_owned(), files: described.files }], unread: described.unread })
    }

    async fn connect(args: &AwsArgs) -> Result<Session, Failure> {
        let options = ConnectOptions {
            region: args.region.clone(),
            profile: args.profile.clone(),
            endpoint_url: args.endpoint_url.clone(),
            ..ConnectOptions::default()
        };
        collect::connect(&options).await.map_err(nothing)
    }

    fn nothing(error: collect::CollectError) -> Failure {
        Failure::nothing(error.to_string())
    }

    /// What is asked for where the command line says no more than which API: its health, by the way in that it names.
    fn asked_of(api: &ApiRef) -> Request {
        let Some(entry) = &api.entry else { return Request::get(asking::DEFAULT_PATH) };
        let path = entry.path.clone().unwrap_or_else(|| format!("{}{}", entry.base, asking::DEFAULT_PATH));
        Request { stage: Some(entry.stage.clone()), domain: Some(entry.host.clone()), ..Request::get(&path) }
    }

    /// What is done beside reading and asking.
    #[derive(Clone, Copy, Default)]
    struct Beside<'a> {
        /// Tell the static findings when the answers take their time, as far as these count.
        early: Option<&'a GateArgs>,
        /// Read logs and metrics of so long a time.
        logs: Option<Duration>,
        /// Ask nodes and targets directly.
        inside: bool,
    }

    /// Reads one API and asks it.
    async fn one(session: &Session, name: &str, args: &RequestArgs, means: &Means, beside: Beside<'_>) -> Result<Read, Failure> {
        let accumulator = Accumulator::default();
        let spinner = Spinner::new();
        let work = async {
            let api: ApiRef = collect::resolve(session, name).await.map_err(nothing)?;
            let collected = collect::collect(session, &api, run::now(), &spinner, &accumulator).await.map_err(nothing)?;
            let requests = asking::over(&asked_of(&api), args);
            requests.iter().try_for_each(|request| asking::choose_stage(&collected.facts, request))?;
            spinner.say("asking the invoke URL");
            let tell = || {
                if let Some(text) = beside.early.and_then(|gate| run::before_the_answer(&collected.facts, &requests, gate).ok()) {
                    spinner.aside(|| output::aside(&text));
                }
            };
            let attempts = asking::patiently(asking::ask(&collected.facts, &requests, args, means), tell).await;
            let deployment = Deployment::new(collected.facts.clone(), requests.clone());
            let inside = match beside.inside {
                true => {
                    spinner.say("asking nodes and targets");
                    Some(ask_inside(&deployment, means).await)
                }
                false => None,
            };
            let records = match beside.logs {
                Some(window) => Some(collect::records(session, &deployment, &attempts, (window, run::now()), &spinner, &accumulator).await),
                None => None,
            };
            let calls = accumulator.snapshot().map(|collected| (collected.calls, collected.denied));
            Ok(Read { facts: collected.facts, requests, attempts, records, inside, calls, interrupted: false })
        };
        tokio::select! {
            done = work => done,
            signal = tokio::signal::ctrl_c() => {
                let seen = accumulator.snapshot().filter(|_| signal.is_ok());
                let collected = seen.ok_or_else(|| Failure { message: "interrupted before anything was read".to_owned(), exit_code: gate::INTERRUPTED })?;
                let calls = Some((collected.calls, collected.denied));
                Ok(Read { facts: collected.facts, requests: asking::requests(args), attempts: Vec::new(), records: None, inside: None, calls, interrupted: true })
            }
        }
    }
}
