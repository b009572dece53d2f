//! Answers of other services of AWS, which are none of an HTTP API, a load balancer or a target behind them.

use crate::answer::Answer;
use serde_json::Value;

/// The service that wrote an answer, by marks that API Gateway does not have. `None` where the request went through an API Gateway: then
/// the service stands behind it. `url` is what was asked for, where that is known.
pub fn of(answer: &Answer, url: Option<&str>) -> Option<&'static str> {
    let through = ["apigw-requestid", "x-amz-apigw-id"].iter().any(|name| answer.header(name).is_some());
    if through {
        return None;
    }
    by_url(url.unwrap_or_default()).or_else(|| by_headers(answer)).or_else(|| by_body(answer)).or_else(|| by_error_type(answer))
}

/// <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html>
fn by_url(url: &str) -> Option<&'static str> {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest).split(['/', '?', '#']).next()?.to_ascii_lowercase();
    [(".lambda-url.", LAMBDA), (".appsync-api.", APPSYNC)].iter().find(|(part, _)| host.contains(part)).map(|(_, name)| *name)
}

const LAMBDA: &str = "a Lambda function URL";
const APPSYNC: &str = "AWS AppSync";
const S3: &str = "Amazon S3";
const SOME: &str = "a service of AWS that is not named";

fn by_headers(answer: &Answer) -> Option<&'static str> {
    let starts = |name: &str| answer.headers.iter().any(|(found, _)| found.to_ascii_lowercase().starts_with(name));
    // https://docs.aws.amazon.com/AmazonS3/latest/API/RESTCommonResponseHeaders.html
    let s3 = answer.header("server").is_some_and(|server| server.trim().eq_ignore_ascii_case("amazons3"));
    if s3 || (starts("x-amz-id-2") && starts("x-amz-request-id")) {
        return Some(S3);
    }
    starts("x-amzn-appsync-").then_some(APPSYNC)
}

fn by_body(answer: &Answer) -> Option<&'static str> {
    let body = answer.body.trim();
    // https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
    if body.starts_with('{') && body.contains("Function URL authorization issues") {
        return Some(LAMBDA);
    }
    // https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
    if body.len() < 8192 && body.contains("<ErrorResponse") && body.contains(".amazonaws.com/doc/") {
        return Some(if body.contains("//sts.amazonaws.com/") { "AWS STS" } else { SOME });
    }
    // https://docs.aws.amazon.com/appsync/latest/devguide/troubleshooting-and-common-mistakes.html
    let json: Value = serde_json::from_str(body).ok()?;
    let is_graphql = json.get("errors").and_then(|errors| errors.get(0)?.get("errorType")).is_some_and(Value::is_string);
    (is_graphql && answer.header("x-amzn-requestid").is_some()).then_some(APPSYNC)
}

/// What every JSON service of AWS sends. In API Gateway's own words it may still be API Gateway.
fn by_error_type(answer: &Answer) -> Option<&'static str> {
    let named = answer.header("x-amzn-requestid").is_some() && answer.header("x-amzn-errortype").is_some();
    let json = serde_json::from_str::<Value>(answer.body.trim()).ok();
    let one_key = json.as_ref().and_then(Value::as_object).is_some_and(|object| object.len() == 1 && object.contains_key("message"));
    (named && !one_key && !answer.body.trim().is_empty()).then_some(SOME)
}

#[cfg(test)]
mod tests {
    use super::of;
    use crate::answer::Answer;

    fn service(headers: &[&str], body: &str, url: Option<&str>) -> Option<&'static str> {
        let headers = headers.iter().filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_owned(), value.to_owned()));
        of(&Answer { status: 403, headers: headers.collect(), body: body.to_owned(), body_truncated: false }, url)
    }

    #[test]
    fn services_are_named_by_their_own_marks() {
        let json = ["x-amzn-requestid: a", "x-amzn-errortype: AccessDeniedException"];
        let graphql = r#"{"errors":[{"errorType":"UnauthorizedException","message":"x"}]}"#;
        assert_eq!(service(&["x-amzn-appsync-tokensconsumed: 1"], "", None), Some("AWS AppSync"));
        assert_eq!(service(&["x-amzn-requestid: a"], graphql, None), Some("AWS AppSync"));
        assert_eq!(service(&[], graphql, None), None, "any GraphQL server may say so");
        assert_eq!(service(&json, "", Some("https://abc.lambda-url.eu-west-1.on.aws/")), Some("a Lambda function URL"));
        assert_eq!(service(&["server: AmazonS3"], "<Error>", None), Some("Amazon S3"));
        assert_eq!(service(&[], "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">", None), Some("AWS STS"));
        assert_eq!(service(&json, r#"{"Message":"no"}"#, None), Some("a service of AWS that is not named"));
    }

    #[test]
    fn what_went_through_an_api_gateway_or_speaks_like_one_is_no_other_service() {
        let json = ["x-amzn-requestid: a", "x-amzn-errortype: ForbiddenException"];
        assert_eq!(service(&json, r#"{"message":"Forbidden"}"#, None), None);
        assert_eq!(service(&["server: AmazonS3", "apigw-requestid: a"], "<Error>", None), None, "an integration leads there");
        assert_eq!(service(&["x-amzn-errortype: x", "x-amzn-requestid: a", "x-amz-apigw-id: a"], r#"{"Message":"no"}"#, None), None);
        assert_eq!(service(&["server: nginx"], "<Error>", Some("https://api.example.com/?u=.lambda-url.")), None);
    }
}
