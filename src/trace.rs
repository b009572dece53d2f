//! `trace`: the journey of one request, hop by hop, with the predicted answer. No request is sent.

use crate::cli::{CheckArgs, RequestArgs, TraceArgs, TraceFormat};
use crate::error::Failure;
use crate::output;
use crate::report::trace::{TraceReport, build, text};
use crate::report::{Style, clean_value, gate};
use crate::run::read_one;
use apigw_doctor_checks::CHECKS;
use apigw_doctor_checks::examine::examine;
use apigw_doctor_checks::model::deployment::Deployment;
use apigw_doctor_checks::predict::Prediction;
use apigw_doctor_checks::trace::trace;

/// What the words of the command line mean: `[API] [METHOD] /path`.
#[derive(Debug, PartialEq, Eq)]
struct Words {
    api: Option<String>,
    method: Option<String>,
    path: String,
}

/// Follows one request. Exit code 0: it reaches the target; 1: it does not, or not always; 3: cannot be told.
pub(crate) async fn run(args: TraceArgs, style: Style) -> Result<u8, Failure> {
    let words = understand(&args)?;
    let format = args.format;
    let read = read_one(check_args(args, words)).await?;
    let deployment = Deployment::new(read.facts, read.requests);
    let examination = examine(CHECKS, &deployment);
    let trace = trace(&deployment, &examination, 0);
    let code = match &trace.prediction {
        prediction if prediction.reaches_target() => gate::OK,
        Prediction::Answered(_) | Prediction::Mixed(_) => gate::FOUND,
        Prediction::Unknown(_) => gate::UNKNOWN,
    };
    let report = build(&deployment, &trace, code);
    let printed = match format {
        TraceFormat::Text => text(&clean_value::<TraceReport>(&report), style),
        TraceFormat::Json => format!("{}\n", serde_json::to_string_pretty(&report).map_err(|error| Failure::internal(error.to_string()))?),
    };
    output::print_all(&printed)?;
    Ok(code)
}

/// The last word is the path, a word in capitals before it the method, and what is left the API.
fn understand(args: &TraceArgs) -> Result<Words, Failure> {
    let usage =
        |what: &str| Failure::usage(format!("{what}: apigw-doctor trace <API> [METHOD] /path, or with --from CAPTURE without the API"));
    let (path, rest) = args.words.split_last().ok_or_else(|| usage("nothing to trace"))?;
    let path = crate::cli::path(path).map_err(|why| usage(&format!("\"{path}\" is no path: {why}")))?;
    let is_method = |word: &&String| word.len() <= 10 && word.chars().all(|c| c.is_ascii_uppercase());
    let (api, method) = match (rest, args.from.is_some()) {
        ([], true) => (None, None),
        ([method], true) => (None, Some(method)),
        ([api], false) => (Some(api), None),
        ([api, method], false) => (Some(api), Some(method)),
        ([], false) => return Err(usage("which API?")),
        _ => return Err(usage("too many words")),
    };
    if let Some(word) = method.filter(|word| !is_method(word)) {
        return Err(usage(&format!("\"{word}\" is no HTTP method in capitals, for example GET")));
    }
    Ok(Words { api: api.cloned(), method: method.cloned(), path })
}

/// The same reading as `check --no-probe` does.
fn check_args(args: TraceArgs, words: Words) -> CheckArgs {
    let method = words.method.unwrap_or_else(|| "GET".to_owned());
    CheckArgs::reading(words.api, args.from, RequestArgs::unsent(method, words.path, args.stage), args.aws)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::AwsArgs;
    use std::path::PathBuf;

    fn words(words: &[&str], from: bool) -> Result<Words, Failure> {
        understand(&TraceArgs {
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            stage: None,
            from: from.then(|| PathBuf::from("capture.json")),
            format: TraceFormat::Text,
            aws: AwsArgs { region: None, profile: None, endpoint_url: None },
        })
    }

    #[test]
    fn words_are_api_method_and_path() {
        let all = Words { api: Some("orders".to_owned()), method: Some("POST".to_owned()), path: "/x".to_owned() };
        assert_eq!(words(&["orders", "POST", "/x"], false).expect("whole"), all);
        assert_eq!(words(&["orders", "/x"], false).expect("no method").method, None);
        assert_eq!(words(&["DELETE", "/x"], true).expect("a capture").method.as_deref(), Some("DELETE"));
        for (wrong, from) in
            [(&["/x"][..], false), (&["orders", "x"], false), (&["orders", "post", "/x"], false), (&["orders", "GET", "/x"], true)]
        {
            assert_eq!(words(wrong, from).expect_err("wrong").exit_code, gate::USAGE, "{wrong:?}");
        }
    }
}
