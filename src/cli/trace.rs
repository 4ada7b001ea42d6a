//! `lint401 trace`: what becomes of one request, or of each of a file of them.

use super::args::{ListFormat, TraceArgs};
use super::{Failure, Status, complain, options, print};
use crate::config::{self, Project};
use crate::policy::files::Files;
use crate::policy::nginx::Policy;
use crate::policy::request::{Credential, Destination, Request, Scheme};
use crate::report::trace::{self, Trace};
use crate::source::Disk;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use std::net::IpAddr;
use std::path::PathBuf;

pub(super) fn run(args: &TraceArgs) -> Result<Status, Failure> {
    let plan = options::trace_plan(args)?;
    let main = args.config_file.clone().unwrap_or_else(|| PathBuf::from("."));
    let project = config::load(&Disk, &[main], &plan);
    if let Some(trouble) = project.errors.first() {
        return Err(Failure::new(format!("{}: {}", trouble.path, trouble.message)));
    }
    let site = match (&*project.nginx, &*project.apache) {
        ([site], []) => config::nginx::Site { project: &project, data: site },
        ([], [_, ..]) => return Err(Failure::not_built("`lint401 trace` for Apache")),
        ([], []) => {
            return Err(Failure::new("nothing to trace: name a configuration with --config-file"));
        }
        _ => {
            return Err(Failure::new(
                "there are several configurations: name one with --config-file",
            ));
        }
    };
    let policy = Policy::new(site);
    let files = Files::new(&Disk, &project);
    let predict = |request: &Request| policy.predict(files, request);
    if let Some(batch) = &args.batch {
        return run_batch(batch, &project, predict);
    }
    let Some(url) = &args.url else {
        return Err(Failure::new("name a URL, or a file of requests with --batch"));
    };
    let request = request(args, url)?;
    let prediction = predict(&request);
    let trace = Trace { project: &project, url, request: &request, prediction: &prediction };
    print(|out| match args.output_format {
        ListFormat::Full => trace::full(trace, out),
        ListFormat::Json => trace::json(trace, out),
    })?;
    Ok(Status::Clean)
}

/// The request that the flags and the URL describe.
fn request(args: &TraceArgs, url: &str) -> Result<Request, Failure> {
    let url = Url::parse(url).map_err(|why| Failure::new(format!("{url}: {why}")))?;
    let mut request = url.request();
    request.method = args.method.as_bytes().to_vec();
    for header in &args.header {
        let (name, value) = header
            .split_once(':')
            .ok_or_else(|| Failure::new(format!("-H {header}: write 'Name: value'")))?;
        add_header(&mut request, name, value);
    }
    if let Some(from) = &args.from {
        request.from =
            address(from).map_err(|why| Failure::new(format!("--from {from}: {why}")))?;
    }
    if let Some(connect) = &args.connect {
        let port = request.destination.port();
        request.destination = self::connect(connect, port)
            .map_err(|why| Failure::new(format!("--connect {connect}: {why}")))?;
    }
    request.credential = credential(args.user.as_deref(), args.bearer.as_deref());
    Ok(request)
}

fn add_header(request: &mut Request, name: &str, value: &str) {
    let (name, value) = (name.trim(), value.trim());
    if name.eq_ignore_ascii_case("host") {
        request.host = Some(value.as_bytes().to_vec());
    } else {
        request.headers.push((name.as_bytes().to_vec(), value.as_bytes().to_vec()));
    }
}

fn credential(user: Option<&str>, bearer: Option<&str>) -> Option<Credential> {
    if let Some(token) = bearer {
        return Some(Credential::Bearer(token.as_bytes().to_vec()));
    }
    let (user, password) = match user?.split_once(':') {
        Some((user, password)) => (user, Some(password.as_bytes().to_vec())),
        None => (user?, None),
    };
    Some(Credential::Basic { user: user.as_bytes().to_vec(), password })
}

fn address(text: &str) -> Result<IpAddr, &'static str> {
    text.parse().map_err(|_| "is no IP address")
}

/// `ADDR[:PORT]`.
fn connect(text: &str, port: u16) -> Result<Destination, &'static str> {
    if let Some(path) = text.strip_prefix("unix:") {
        return Ok(Destination::Unix(path.as_bytes().to_vec()));
    }
    if let Ok(address) = text.trim_matches(['[', ']']).parse() {
        return Ok(Destination::Address(address, port));
    }
    let (host, port) = text.rsplit_once(':').ok_or("write ADDR or ADDR:PORT")?;
    let port = port.parse().map_err(|_| "the port is no number")?;
    Ok(Destination::Address(address(host.trim_matches(['[', ']']))?, port))
}

/// The parts of a URL that a request is made of.
struct Url {
    scheme: Scheme,
    authority: String,
    host: String,
    port: u16,
    target: String,
}

impl Url {
    fn parse(url: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = match url.split_once("://") {
            Some(("http", rest)) => (Scheme::Http, rest),
            Some(("https", rest)) => (Scheme::Https, rest),
            Some(_) => return Err("only http and https can be traced"),
            None => return Err("write http://HOST/PATH"),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let path = path.split('#').next().unwrap_or_default();
        let target = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => {
                (host, port.parse().map_err(|_| "the port is no number")?)
            }
            _ => (authority, scheme.port()),
        };
        if host.is_empty() {
            return Err("has no host");
        }
        Ok(Self { scheme, authority: authority.to_owned(), host: host.to_owned(), port, target })
    }

    fn request(&self) -> Request {
        let mut request =
            Request::get(self.authority.as_bytes(), self.port, self.target.as_bytes());
        request.scheme = self.scheme;
        if let Ok(address) = self.host.trim_matches(['[', ']']).parse() {
            request.destination = Destination::Address(address, self.port);
        }
        request
    }
}

/// One line of `--batch`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(default)]
    id: Option<serde_json::Value>,
    #[serde(default)]
    method: Option<String>,
    url: String,
    #[serde(default)]
    connect: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, Values>,
    #[serde(default)]
    user: Option<String>,
    #[serde(default)]
    bearer: Option<String>,
    #[serde(default)]
    from: Option<String>,
}

/// One header, or several of one name.
#[derive(Deserialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Several(Vec<String>),
}

impl Line {
    fn request(&self) -> Result<Request, String> {
        let url = Url::parse(&self.url).map_err(|why| format!("{}: {why}", self.url))?;
        let mut request = url.request();
        if let Some(method) = &self.method {
            request.method = method.as_bytes().to_vec();
        }
        for (name, values) in &self.headers {
            match values {
                Values::One(value) => add_header(&mut request, name, value),
                Values::Several(values) => {
                    for value in values {
                        add_header(&mut request, name, value);
                    }
                }
            }
        }
        if let Some(from) = &self.from {
            request.from = address(from).map_err(|why| format!("{from}: {why}"))?;
        }
        if let Some(text) = &self.connect {
            request.destination = connect(text, request.destination.port())
                .map_err(|why| format!("{text}: {why}"))?;
        }
        request.credential = credential(self.user.as_deref(), self.bearer.as_deref());
        Ok(request)
    }
}

/// Predicts each request of a file, in its order.
fn run_batch(
    batch: &PathBuf,
    project: &Project,
    predict: impl Fn(&Request) -> crate::policy::answer::Prediction,
) -> Result<Status, Failure> {
    let input: Box<dyn BufRead> = if batch.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        let file = std::fs::File::open(batch)
            .map_err(|error| Failure::new(format!("{}: {error}", batch.display())))?;
        Box::new(io::BufReader::new(file))
    };
    let mut status = Status::Clean;
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(input.lines()) {
        let line = line.map_err(|error| Failure::new(format!("{}: {error}", batch.display())))?;
        if line.trim().is_empty() {
            continue;
        }
        let read = serde_json::from_str::<Line>(&line).map_err(|error| error.to_string());
        match read.and_then(|line| Ok((line.request()?, line))) {
            Ok(both) => lines.push(both),
            Err(why) => {
                complain(&format!("{}:{number}: {why}", batch.display()));
                status = Status::Failed;
            }
        }
    }
    print(|out: &mut dyn Write| {
        for (request, line) in &lines {
            let prediction = predict(request);
            let trace = Trace { project, url: &line.url, request, prediction: &prediction };
            trace::json_line(trace, line.id.as_ref(), out)?;
        }
        Ok(())
    })?;
    Ok(status)
}
