//! An HTTP service as the system under test: what is asked, how the service is started.

use std::num::NonZeroU32;
use std::path::PathBuf;

use http::{HeaderName, HeaderValue, Method};
use toml::de::DeValue;

use super::keys::BENCHMARK;
use super::problem::{Problem, Reported, quoted};
use super::sections::Fields;
use super::url::PORT;
use super::values::{self, Item};
use super::{CommandLine, Http, HttpProtocol};

/// The keys besides the URL, as the file has them. They are read whatever the system is, so that a wrong value is reported
/// even where its key is not wanted.
pub struct Keys {
    method: Result<Option<String>, Reported>,
    headers: Result<Vec<(String, String)>, Reported>,
    body: Result<Option<String>, Reported>,
    start: Result<Option<CommandLine>, Reported>,
    ready: Result<Option<String>, Reported>,
    protocol: Result<HttpProtocol, Reported>,
}

impl Keys {
    /// Reads them.
    pub fn read(fields: &Fields<'_>) -> Self {
        Self {
            method: fields.optional("method", method),
            headers: fields.optional("headers", headers).map(Option::unwrap_or_default),
            body: fields.optional("body", values::text),
            start: fields.optional("start", values::command),
            ready: fields.optional("ready", values::url),
            protocol: fields.optional("protocol", values::word).map(|word| match word {
                Some("http2") => HttpProtocol::Http2,
                _ => HttpProtocol::Http1,
            }),
        }
    }

    /// The service at this URL, with one connection.
    pub fn service(
        self,
        fields: &Fields<'_>,
        url: &Item<'_>,
        dataset: &Result<Option<PathBuf>, Reported>,
    ) -> Result<Http, Reported> {
        let address = values::url(url);
        let ports = check_port(fields, url, &address, &self.start, &self.ready);
        let inputs = check_inputs(fields, &self.body, dataset);
        let body = self.body?;
        let usual = if body.is_some() { Method::POST } else { Method::GET };
        let service = Http {
            url: address?,
            method: self.method?.unwrap_or_else(|| usual.to_string()),
            headers: self.headers?,
            body,
            start: self.start?,
            ready: self.ready?,
            protocol: self.protocol?,
            connections: NonZeroU32::MIN,
        };
        ports.and(inputs).map(|()| service)
    }
}

/// The chosen port must be known to both sides: the service that is started, which finds it in `PORT` too, and the requests.
fn check_port(
    fields: &Fields<'_>,
    url: &Item<'_>,
    address: &Result<String, Reported>,
    start: &Result<Option<CommandLine>, Reported>,
    ready: &Result<Option<String>, Reported>,
) -> Result<(), Reported> {
    let (Ok(address), Ok(start), Ok(ready)) = (address, start, ready) else { return Ok(()) };
    let told = start.as_ref().is_some_and(|line| line.words().any(|word| word.contains(PORT)));
    let asked = address.contains(PORT);
    let place = |name: &str| fields.item(name).map_or_else(|| fields.span(), |item| item.value.span());
    let refuse = |name: &str, message: &str, label: &str, help: &str| {
        Err(fields.report(Problem::new(message, place(name), label, help)))
    };
    if asked && start.is_none() {
        let help = "write the port on which the service listens, or add `start = [\"./server\", \"{port}\"]`";
        return refuse(
            url.key.name,
            "`{port}` stands for the port of a service that `start` starts",
            "there is no `start`",
            help,
        );
    }
    if told && !asked {
        let help = "for example `http = \"http://127.0.0.1:{port}/\"`";
        return refuse(url.key.name, "`{port}` must be in `http` if it is in `start`", "its port is another one", help);
    }
    if ready.as_ref().is_some_and(|ready| ready.contains(PORT)) && !asked {
        let help = "write the port on which the service answers";
        return refuse("ready", "`{port}` must be in `http` if it is in `ready`", "no port is chosen", help);
    }
    Ok(())
}

/// A body cannot have the values of a sample where there are no samples.
fn check_inputs(
    fields: &Fields<'_>,
    body: &Result<Option<String>, Reported>,
    dataset: &Result<Option<PathBuf>, Reported>,
) -> Result<(), Reported> {
    match (body, dataset) {
        (Ok(Some(body)), Ok(None)) if body.contains("{inputs}") => {
            let message = "`{inputs}` stands for the values of a sample of the `dataset`, and there is none";
            let place = fields.item("body").map_or_else(|| fields.span(), |item| item.value.span());
            Err(fields.report(Problem::new(message, place, "it has `{inputs}`", "add a `dataset`")))
        }
        _ => Ok(()),
    }
}

/// The method of a request.
fn method(item: &Item<'_>) -> Result<String, Reported> {
    let text = item.text()?;
    let upper = text.to_ascii_uppercase();
    match Method::from_bytes(upper.as_bytes()) {
        Ok(_) if upper != text => Err(item.refuse("methods are in capital letters", format!("write \"{upper}\""))),
        Ok(Method::CONNECT) => Err(item.refuse("this one opens a tunnel", item.example())),
        Ok(method) => Ok(method.to_string()),
        Err(_) => Err(item.refuse(format!("{} is none", quoted(text)), item.example())),
    }
}

/// What the connection itself decides, not the user.
const OWN: [&str; 5] = ["connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"];

/// The headers of a request.
fn headers(item: &Item<'_>) -> Result<Vec<(String, String)>, Reported> {
    let mut headers: Vec<(String, String)> = Vec::new();
    let mut reported = Ok(());
    for (name, value) in item.table()? {
        let written = name.get_ref();
        let at_name = |message: String, label: &str, help: &str| Problem::new(message, name.span(), label, help);
        let wrong = match (HeaderName::from_bytes(written.as_bytes()), value.get_ref()) {
            (Err(_), _) => Some(at_name(
                format!("{} is not a header's name", quoted(written)),
                "not a name",
                "a name has letters, digits and `-`, for example `content-type`",
            )),
            (Ok(known), _) if OWN.contains(&known.as_str()) => Some(at_name(
                format!("the header {} cannot be set", quoted(written)),
                "perfgate sets it itself",
                "remove it",
            )),
            (Ok(known), _) if headers.iter().any(|(other, _)| known.as_str().eq_ignore_ascii_case(other)) => {
                Some(at_name(
                    format!("the header {} is set twice", quoted(written)),
                    "set again here",
                    "letters and capital letters are the same in a header's name; keep one",
                ))
            }
            (Ok(_), DeValue::String(text)) if text.is_ascii() && HeaderValue::from_str(text).is_ok() => {
                headers.push((written.to_string(), text.to_string()));
                None
            }
            (Ok(_), DeValue::String(_)) => Some(Problem::new(
                format!("the value of the header {} cannot be sent", quoted(written)),
                value.span(),
                "it has a line break, or a character that is not ASCII",
                "write it on one line, in visible ASCII characters",
            )),
            (Ok(_), other) => Some(not_a_text(written, value.span(), other)),
        };
        if let Some(problem) = wrong {
            reported = Err(item.problems.report(problem));
        }
    }
    reported.map(|()| headers)
}

/// Whatever stands below a `[benchmark.headers]` line belongs to it, also a key of the benchmark that comes too late.
fn not_a_text(name: &str, span: std::ops::Range<usize>, value: &DeValue<'_>) -> Problem {
    let help = if BENCHMARK.knows(name) {
        "if it is meant as a key of [[benchmark]], write it above the `[benchmark.headers]` line".to_owned()
    } else {
        "for example `content-type = \"application/json\"`".to_owned()
    };
    let message = format!("the value of the header {} must be a string", quoted(name));
    Problem::new(message, span, format!("this is {}", values::describe(value)), help)
}
