//! One line of the log: the variables that matter, under whatever names.

use serde_json::Value;

/// What a line says of a variable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Field {
    /// The format does not hold it.
    #[default]
    Unlogged,
    /// It was not set: `-`, or nothing.
    Dash,
    /// Its value.
    Value(String),
}

impl Field {
    pub(super) fn of(value: &str) -> Field {
        let value = value.trim().trim_matches('"').trim();
        if matches!(value, "" | "-" | "null" | "None") { Field::Dash } else { Field::Value(value.to_owned()) }
    }

    pub(super) fn value(&self) -> Option<&str> {
        match self {
            Field::Value(value) => Some(value),
            Field::Unlogged | Field::Dash => None,
        }
    }
}

/// The variables of a line.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Entry {
    pub(super) status: Option<u16>,
    pub(super) integration_status: Field,
    pub(super) integration_error: Field,
    pub(super) error_message: Field,
    pub(super) error_type: Field,
    pub(super) authorizer_error: Field,
    pub(super) route_key: Field,
    pub(super) method: Field,
    /// Method and path, where the format holds those and no route key.
    pub(super) asked: Option<String>,
    pub(super) response_length: Option<u64>,
    /// The integration's latency, or else the whole answer's.
    pub(super) latency_ms: Option<u64>,
    pub(super) whole_latency_ms: Option<u64>,
    /// How many variables were recognised that only an access log of API Gateway has.
    pub(super) telling: usize,
}

/// A variable.
#[derive(Clone, Copy, PartialEq)]
enum Variable {
    Status,
    IntegrationStatus,
    IntegrationError,
    ErrorMessage,
    ErrorType,
    AuthorizerError,
    RouteKey,
    Method,
    Length,
    IntegrationLatency,
    Latency,
    /// Names that show what the line is and say nothing more.
    Telling,
}

/// Usual names, without case, dots and underscores.
const NAMES: &[(&str, Variable)] = &[
    ("status", Variable::Status),
    ("statuscode", Variable::Status),
    ("responsestatus", Variable::Status),
    ("httpstatus", Variable::Status),
    ("integrationstatus", Variable::IntegrationStatus),
    ("integrationstatuscode", Variable::IntegrationStatus),
    ("backendstatus", Variable::IntegrationStatus),
    ("integrationerror", Variable::IntegrationError),
    ("integrationerrormessage", Variable::IntegrationError),
    ("error", Variable::ErrorMessage),
    ("errormessage", Variable::ErrorMessage),
    ("errormessagestring", Variable::ErrorMessage),
    ("errorresponsetype", Variable::ErrorType),
    ("responsetype", Variable::ErrorType),
    ("errortype", Variable::ErrorType),
    ("authorizererror", Variable::AuthorizerError),
    ("autherror", Variable::AuthorizerError),
    ("authorizererrormessage", Variable::AuthorizerError),
    ("routekey", Variable::RouteKey),
    ("route", Variable::RouteKey),
    ("httpmethod", Variable::Method),
    ("method", Variable::Method),
    ("responselength", Variable::Length),
    ("bytessent", Variable::Length),
    ("integrationlatency", Variable::IntegrationLatency),
    ("responselatency", Variable::Latency),
    ("latency", Variable::Latency),
    ("requestid", Variable::Telling),
    ("extendedrequestid", Variable::Telling),
    ("ip", Variable::Telling),
    ("sourceip", Variable::Telling),
    ("identitysourceip", Variable::Telling),
    ("requesttime", Variable::Telling),
    ("requesttimeepoch", Variable::Telling),
    ("protocol", Variable::Telling),
    ("stage", Variable::Telling),
    ("apiid", Variable::Telling),
    ("domainname", Variable::Telling),
    ("integrationrequestid", Variable::Telling),
    ("awsendpointrequestid", Variable::Telling),
];

impl Entry {
    /// Reads a JSON object, with whatever stands inside of objects in it.
    pub(super) fn of_json(value: &Value) -> Option<Entry> {
        let mut entry = Entry::default();
        entry.object("", value, 0);
        entry.whole()
    }

    /// Reads names and values.
    pub(super) fn of_pairs<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Option<Entry> {
        let mut entry = Entry::default();
        for (name, value) in pairs {
            entry.set(name, value);
        }
        entry.whole()
    }

    /// Enough was recognised to call it a line of this log.
    fn whole(mut self) -> Option<Entry> {
        let about_integration = self.integration_status != Field::Unlogged || self.integration_error != Field::Unlogged;
        self.latency_ms = self.latency_ms.or(self.whole_latency_ms);
        (self.telling >= 2 && (self.status.is_some() || about_integration)).then_some(self)
    }

    fn object(&mut self, prefix: &str, value: &Value, depth: usize) {
        let Some(members) = value.as_object().filter(|_| depth < 4) else { return };
        for (key, member) in members {
            let name = format!("{prefix}{key}");
            match member {
                Value::Object(_) => self.object(&name, member, depth + 1),
                Value::String(text) => self.set(&name, text),
                Value::Null => self.set(&name, "-"),
                Value::Number(number) => self.set(&name, &number.to_string()),
                Value::Bool(_) | Value::Array(_) => {}
            }
        }
    }

    fn set(&mut self, name: &str, value: &str) {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        let plain = plain.strip_prefix("context").unwrap_or(&plain);
        let Some((_, variable)) = NAMES.iter().find(|(known, _)| *known == plain) else { return };
        // Nearly-JSON leaves a quote before its values.
        let value = value.trim().trim_matches('"');
        let field = || Field::of(value);
        let milliseconds = || value.parse::<f64>().ok().and_then(|ms| super::super::log_times::seconds_ms(ms / 1000.0));
        match variable {
            Variable::Status => self.status = value.parse().ok().filter(|status| (100..600).contains(status)),
            Variable::IntegrationStatus => self.integration_status = field(),
            Variable::IntegrationError => self.integration_error = field(),
            Variable::ErrorMessage if self.error_message.value().is_none() => self.error_message = field(),
            Variable::ErrorMessage => {}
            Variable::ErrorType => self.error_type = field(),
            Variable::AuthorizerError => self.authorizer_error = field(),
            Variable::RouteKey => self.route_key = field(),
            Variable::Method => self.method = field(),
            Variable::Length => self.response_length = value.parse().ok(),
            Variable::IntegrationLatency => self.latency_ms = milliseconds(),
            Variable::Latency => self.whole_latency_ms = milliseconds(),
            Variable::Telling => {}
        }
        // An error page of an application has a status, an error, a message and a path as well.
        let ordinary =
            matches!(variable, Variable::Status | Variable::ErrorMessage | Variable::Method | Variable::ErrorType | Variable::Latency);
        if !ordinary {
            self.telling += 1;
        }
    }

    /// The status that the integration gave, if it gave one.
    pub(super) fn integration_status_number(&self) -> Option<u16> {
        self.integration_status.value()?.parse().ok().filter(|status| (100..1000).contains(status))
    }

    /// The variables about the integration that the format does not hold.
    pub(super) fn unlogged(&self) -> Vec<&'static str> {
        let missing = |name, is: bool| is.then_some(name);
        let names = [
            missing("$context.integrationStatus", self.integration_status == Field::Unlogged),
            missing("$context.integrationErrorMessage", self.integration_error == Field::Unlogged),
            missing("$context.integrationLatency", self.latency_ms.is_none()),
        ];
        names.into_iter().flatten().collect()
    }

    /// The answer had this length, or it and the padding that nginx and the load balancer add for some browsers.
    pub(super) fn is_of_length(&self, length: u64) -> bool {
        self.response_length.is_some_and(|found| found == length || found == length + 402)
    }
}
