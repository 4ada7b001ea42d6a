//! `lint401 expect`: proposes contracts for what the configuration answers now: at every place that asks for a login or
//! refuses, beside them at what is open, and at the paths that are fetched by clients that cannot log in.

use super::args::ExpectArgs;
use super::input::way_to_files;
use super::trace::Parts;
use super::{Failure, Status, complain, counted, fix, options, print, settings, tell};
use crate::config::{self, Project, apache};
use crate::grammar::endpoints;
use crate::policy::answer::{Outcome, Prediction};
use crate::policy::contract::{Configuration, Contract, Contracts, Kind, Wanted};
use crate::policy::either::Policy;
use crate::policy::files::Files;
use crate::policy::mask::Mask;
use crate::policy::request::Request;
use crate::report::visible;
use crate::source::{FileId, Remembered, Span};
use std::collections::{BTreeSet, HashSet};
use std::path::Path;

/// Contracts that are proposed at once, at most: nobody reads more.
const MOST: usize = 400;

/// Requests that are asked for them, at most.
const MOST_ASKED: usize = 20_000;

/// A path that authorities fetch from every server by its name.
const CHALLENGE: &[u8] = b"/.well-known/acme-challenge/x";

pub(super) fn run(args: &ExpectArgs) -> Result<Status, Failure> {
    if args.write && args.reading.no_config {
        return Err(Failure::new("--write needs a settings file, and --no-config reads none"));
    }
    let current = std::env::current_dir().unwrap_or_default();
    let file = settings::path(args.reading.config.as_deref(), &current);
    if args.write && args.reading.config.is_some() && !file.exists() {
        return Err(Failure::new(format!("{}: is not there", file.display())));
    }
    let (plan, known) = options::expect_plan(&args.reading)?;
    let (fs, paths) = way_to_files(&args.paths, args.reading.stdin_filename.as_deref())?;
    let project = config::load(fs.as_ref(), &paths, &plan);
    if let Some(trouble) = project.errors.first() {
        return Err(Failure::new(format!("{}: {}", trouble.path, trouble.message)));
    }
    // the .htaccess files of a folder are one configuration: the folder of the settings stands for the site
    let root = config::paths::folder(&file);
    let policies: Vec<Policy<'_>> = mains(&project)
        .into_iter()
        .filter_map(|main| Policy::of(&project, main, Some(&root)))
        .collect();
    if policies.is_empty() {
        return Err(Failure::new("no main configuration was read: name one"));
    }
    let links = plan.links(fs.as_ref());
    let remembered = Remembered::new(&links);
    let files = Files::new(&remembered, &project);
    let mut proposals = proposals(&project, &policies, files);
    let mains: Vec<Configuration<'_, '_>> = policies.iter().map(Configuration::from).collect();
    // several configurations may have a say
    proposals.retain(|one| Contracts::is_kept(&one.contract, &mains, files));
    let taken: HashSet<String> = known.contracts.iter().map(identity).collect();
    proposals.retain(|one| !taken.contains(&identity(&one.contract)));
    let left_out = proposals.len().saturating_sub(MOST);
    proposals.truncate(MOST);
    if left_out > 0 {
        complain(&format!("{left_out} more proposals are left out; keep those that matter"));
    }
    let mask = Mask::new(&project);
    let text = proposals.iter().map(|one| one.text(&comment(&project, &mask, one, files)));
    let text: String = text.collect();
    if !args.write {
        print(|out| out.write_all(text.as_bytes()))?;
    } else if proposals.is_empty() {
        tell(&format!("{}: nothing to add", file.display()));
    } else {
        append(&file, &text)?;
        let added = counted(proposals.len(), "contract");
        tell(&format!("{}: {added} added; take out what is not meant", file.display()));
    }
    Ok(Status::Clean)
}

/// The file that each main configuration begins with; without any, the first of the .htaccess files.
fn mains(project: &Project) -> Vec<FileId> {
    let nginx = project.nginx.iter().filter(|site| site.complete).map(|site| site.main);
    let apache = |form| project.apache.iter().filter(move |site| site.form == form);
    let mut mains: Vec<FileId> = nginx.collect();
    mains.extend(apache(apache::Form::Main).map(|site| site.main));
    if mains.is_empty() {
        mains.extend(apache(apache::Form::Htaccess).map(|site| site.main).next());
    }
    mains
}

/// A contract, and the configuration that keeps it.
struct Proposal<'a, 'p> {
    contract: Contract,
    policy: &'a Policy<'p>,
}

impl Proposal<'_, '_> {
    /// As it stands in the settings file.
    fn text(&self, comment: &str) -> String {
        let method = String::from_utf8_lossy(&self.contract.request.method);
        // what TOML and JSON escape in a text is the same
        let request = serde_json::Value::from(format!("{method} {}", self.contract.url));
        let answer = match (&*self.contract.wanted.kinds, self.contract.wanted.is_negated) {
            ([Kind::Status(status)], false) => status.to_string(),
            ([Kind::Status(status)], true) => format!("\"not {status}\""),
            _ => "\"passed\"".to_owned(),
        };
        format!("\n# {comment}\n[[expect]]\nrequest = {request}\nanswer = {answer}\n")
    }
}

/// What tells a contract from others: who asks for what.
fn identity(contract: &Contract) -> String {
    let Request { method, credential, from, .. } = &contract.request;
    format!("{method:?} {} {credential:?} {from}", contract.url)
}

/// A contract for what the configurations answer at each place where it matters.
fn proposals<'a, 'p>(
    project: &Project,
    policies: &'a [Policy<'p>],
    files: Files<'_>,
) -> Vec<Proposal<'a, 'p>> {
    let mut list = Vec::new();
    let mut seen = BTreeSet::new();
    // what clients without a login fetch: what the settings say, and what authorities fetch from every server by its name
    let public: Vec<Vec<u8>> =
        project.public.iter().map(|path| endpoints::sample(path).into_bytes()).collect();
    for policy in policies {
        let mut asked: Vec<Asked> = Vec::new();
        let mut guarded: BTreeSet<String> = BTreeSet::new();
        let mut requests: Vec<Request> = policy.requests();
        requests.truncate(MOST_ASKED);
        let others: Vec<Request> = public
            .iter()
            .map(Vec::as_slice)
            .chain([CHALLENGE])
            .flat_map(|path| {
                let target =
                    |request: &Request| Request { target: path.to_vec(), ..request.clone() };
                requests.iter().map(target)
            })
            .take(MOST_ASKED)
            .collect();
        for witness in requests.iter().chain(&others) {
            let url = witness.url();
            if url.contains('\u{fffd}')
                || url.chars().any(char::is_control)
                || !seen.insert(url.clone())
            {
                continue;
            }
            let Ok(request) = Parts::default().request(&url) else { continue };
            let prediction = policy.predict(files, &request);
            let server = url[..url.len() - witness.target.len()].to_owned();
            if matches!(prediction.outcome, Some(Outcome::Answered(401 | 403))) {
                guarded.insert(server.clone());
            }
            asked.push(Asked { url, server, request, prediction });
        }
        for one in asked {
            let is_guarded = guarded.contains(&one.server);
            let is_declared = public.contains(&one.request.target);
            let Some(wanted) = one.wanted(is_guarded, is_declared) else { continue };
            let Asked { url, request, .. } = one;
            let contract = Contract { at: Span::empty(0), url, request, wanted };
            list.push(Proposal { contract, policy });
        }
    }
    list
}

/// A request and what becomes of it.
struct Asked {
    url: String,
    /// The URL up to its path.
    server: String,
    request: Request,
    prediction: Prediction,
}

impl Asked {
    /// What to expect of it; `None` where nothing is certain, or nobody minds.
    fn wanted(&self, is_guarded: bool, is_declared: bool) -> Option<Wanted> {
        let path = self.request.target.split(|&byte| byte == b'?').next().unwrap_or_default();
        let is_public = is_declared || endpoints::find(path).is_some();
        let one = |is_negated, kind| Some(Wanted { is_negated, kinds: vec![kind] });
        match self.prediction.outcome {
            // that is a mistake, most likely: nobody should promise it
            Some(Outcome::Answered(401)) if is_public => None,
            Some(Outcome::Answered(status @ (401 | 403))) => one(false, Kind::Status(status)),
            _ if !is_guarded && !is_declared => None,
            // what an endpoint is worth is that nobody has to log in for it
            Some(Outcome::Passed(_) | Outcome::Answered(_)) if is_public => {
                one(true, Kind::Status(401))
            }
            Some(Outcome::Passed(_)) => one(false, Kind::Passed),
            _ => None,
        }
    }
}

/// What decides, and in which file: one line that shows no secret.
fn comment(
    project: &Project,
    mask: &Mask<'_>,
    proposal: &Proposal<'_, '_>,
    files: Files<'_>,
) -> String {
    let request = &proposal.contract.request;
    let answer = proposal.policy.story(files, request).answer;
    let decided = answer.decided.unwrap_or(answer.steps.len());
    let steps = answer.steps.get(..=decided).unwrap_or(&answer.steps);
    let place = steps.iter().rev().find_map(|step| step.at);
    let file =
        place.map_or(String::new(), |at| format!(" ({})", project.sources.get(at.file).name));
    let text = format!("{}{file}", steps.last().map_or("", |step| &step.text));
    let text = mask.with(request).text(&text).replace(['\n', '\r'], " ");
    visible(&text).into_owned()
}

/// Appends to the settings file, whole or not at all; what stands there stays as it is.
fn append(file: &Path, text: &str) -> Result<(), Failure> {
    let failed =
        |error: &dyn std::fmt::Display| Failure::new(format!("{}: {error}", file.display()));
    let before = match std::fs::read_to_string(file) {
        Ok(before) => Some(before),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed(&error)),
    };
    let mut after = before.clone().unwrap_or_default();
    let is_crlf = after.split_once('\n').is_some_and(|(line, _)| line.ends_with('\r'));
    if !after.is_empty() && !after.ends_with('\n') {
        after.push_str(if is_crlf { "\r\n" } else { "\n" });
    }
    let text = if after.is_empty() { text.trim_start_matches('\n') } else { text };
    after.push_str(&if is_crlf { text.replace('\n', "\r\n") } else { text.to_owned() });
    // where contracts stand in one line, tables cannot follow them
    settings::check(&after, file).map_err(|failure| {
        Failure::new(format!("contracts cannot be appended, nothing is written: {failure}"))
    })?;
    match before {
        Some(_) => {
            let path = std::fs::canonicalize(file).map_err(|error| failed(&error))?;
            fix::replace(&path, after.as_bytes()).map_err(|error| failed(&error))
        }
        None => std::fs::write(file, after).map_err(|error| failed(&error)),
    }
}
