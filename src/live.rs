//! Reading from AWS: which APIs, in which Region, with what progress; Ctrl-C ends with what is known so far.

#[cfg(feature = "aws")]
pub(crate) use with_sdk::{capture, network, read_all};
#[cfg(not(feature = "aws"))]
pub(crate) use without_sdk::{capture, network, read_all};

#[cfg(not(feature = "aws"))]
mod without_sdk {
    use crate::cli::{AwsArgs, CaptureArgs, CheckArgs};
    use crate::error::Failure;
    use crate::reach::folders::Described;
    use crate::report::contract::ErrorReport;
    use crate::run::Read;

    const HOW: &str = "this build cannot ask AWS: build with the feature \"aws\" (on by default: cargo build without --no-default-features), or use --from CAPTURE";

    pub(crate) async fn read_all(_: &CheckArgs) -> Result<(Vec<Read>, Vec<ErrorReport>), Failure> {
        Err(Failure::usage(HOW))
    }

    pub(crate) async fn capture(_: &CaptureArgs) -> Result<u8, Failure> {
        Err(Failure::usage(HOW))
    }

    pub(crate) async fn network(_: &AwsArgs) -> Result<Described, Failure> {
        Err(Failure::usage("this build cannot ask AWS: pass --aws-json DIR or --from-capture CAPTURE, or build with the feature \"aws\""))
    }
}

#[cfg(feature = "aws")]
mod with_sdk {
    use crate::asking;
    use crate::capture_file;
    use crate::cli::{AwsArgs, CaptureArgs, CheckArgs, RequestArgs};
    use crate::collect::{self, Accumulator, ApiRef, ConnectOptions, Session};
    use crate::error::Failure;
    use crate::output;
    use crate::progress::Spinner;
    use crate::reach::folders::Described;
    use crate::report::contract::ErrorReport;
    use crate::report::gate;
    use crate::run::{self, Read};
    use apigw_doctor_checks::model::deployment::Deployment;
    use apigw_doctor_checks::model::request::Request;
    use apigw_doctor_checks::reach::Folder;
    use std::time::Duration;

    /// Reads every API of the command line, one after the other, in its order.
    pub(crate) async fn read_all(args: &CheckArgs) -> Result<(Vec<Read>, Vec<ErrorReport>), Failure> {
        let session = connect(&args.aws).await?;
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
            match one(&session, name, &args.request, args.logs).await {
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

    /// `capture`: reads one API and writes it to a file.
    pub(crate) async fn capture(args: &CaptureArgs) -> Result<u8, Failure> {
        let session = connect(&args.aws).await?;
        let read = one(&session, &args.api, &args.request, None).await?;
        let code = if read.interrupted { gate::INTERRUPTED } else { gate::OK };
        capture_file::write(&read.into_capture(), &args.output)?;
        Ok(code)
    }

    /// `reach`: reads the network of a Region. Half a network would give answers of another one, so an interrupt ends without any.
    pub(crate) async fn network(args: &AwsArgs) -> Result<Described, Failure> {
        let session = connect(args).await?;
        let spinner = Spinner::new();
        let described = tokio::select! {
            done = collect::describe_network(&session, &spinner) => done.map_err(nothing)?,
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

    async fn one(session: &Session, name: &str, args: &RequestArgs, logs: Option<Duration>) -> Result<Read, Failure> {
        let accumulator = Accumulator::default();
        let spinner = Spinner::new();
        let work = async {
            let api: ApiRef = collect::resolve(session, name).await.map_err(nothing)?;
            let collected = collect::collect(session, &api, run::now(), &spinner, &accumulator).await.map_err(nothing)?;
            let requests = vec![asking::over(asked_of(&api), args)];
            asking::choose_stage(&collected.facts, &requests[0])?;
            spinner.say("asking the invoke URL");
            let attempts = vec![asking::ask(&collected.facts, &requests[0], args).await];
            let records = match logs {
                Some(window) => {
                    let deployment = Deployment::new(collected.facts.clone(), requests.clone());
                    Some(collect::records(session, &deployment, &attempts, (window, run::now()), &spinner, &accumulator).await)
                }
                None => None,
            };
            let calls = accumulator.snapshot().map(|collected| (collected.calls, collected.denied));
            Ok(Read { facts: collected.facts, requests, attempts, records, calls, interrupted: false })
        };
        tokio::select! {
            done = work => done,
            signal = tokio::signal::ctrl_c() => {
                let seen = accumulator.snapshot().filter(|_| signal.is_ok());
                let collected = seen.ok_or_else(|| Failure { message: "interrupted before anything was read".to_owned(), exit_code: gate::INTERRUPTED })?;
                Ok(Read { facts: collected.facts, requests: vec![asking::request(args)], attempts: Vec::new(), records: None, calls: Some((collected.calls, collected.denied)), interrupted: true })
            }
        }
    }
}
