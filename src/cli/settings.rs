//! lint401.toml: where it is found, what stands in it, and what is wrong with it.

use super::args::{FailOn, Server};
use super::contracts::{self, ExpectTable};
use super::{Failure, target};
use crate::check::{Level, meant_rule};
use crate::config::{NamedSite, SettingsFile, Target, paths};
use crate::diagnostic::{Severity, closest};
use crate::policy::contract::Contract;
use crate::rules;
use crate::source::LineIndex;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// The name of the file.
pub(super) const NAME: &str = "lint401.toml";

/// The settings of lint401.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "lint401.toml")]
struct File {
    /// Which server's files these are; auto: told by each file.
    server: ServerName,
    /// Absolute paths in the configuration are looked up below this folder.
    #[schemars(with = "Option<PathBuf>")]
    root: Option<Spanned<PathBuf>>,
    /// What to leave out, as in .gitignore.
    #[schemars(with = "Vec<String>")]
    exclude: Vec<Spanned<String>>,
    /// The run ends with 1 when there is a finding at or above this.
    fail_on: Option<FailOnName>,
    /// The server's folders, and where they are kept in this repository.
    paths: BTreeMap<PathBuf, PathBuf>,
    /// What is known of the server. What is not said may be anything.
    target: TargetTable,
    /// Levels of rules.
    #[schemars(schema_with = "levels_schema")]
    rules: Levels,
    /// Levels of rules for some of the files.
    overrides: Vec<OverrideTable>,
    /// Paths of the servers, and who may ask for them.
    endpoints: EndpointsTable,
    /// The servers of a repository that holds several.
    site: Vec<SiteTable>,
    /// Contracts: what requests are expected to be answered.
    expect: Vec<ExpectTable>,
}

type Levels = BTreeMap<Spanned<String>, LevelName>;

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum ServerName {
    #[default]
    Auto,
    Nginx,
    Apache,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum FailOnName {
    Error,
    Warning,
    Info,
    Never,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum LevelName {
    Error,
    Warning,
    Info,
    Off,
}

/// What is known of the server.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "Target")]
struct TargetTable {
    /// nginx's version: 1.22, plus-r33, openresty-1.25.
    #[schemars(with = "Option<String>")]
    nginx: Option<Spanned<String>>,
    /// httpd's version, or litespeed.
    #[schemars(with = "Option<String>")]
    apache: Option<Spanned<String>>,
    /// The C library: glibc or musl.
    #[schemars(with = "Option<String>")]
    libc: Option<Spanned<String>>,
    /// Modules that are loaded besides those that the configuration loads.
    modules: Vec<String>,
    /// The user that the workers run as.
    user: Option<String>,
}

/// Paths of the servers, and who may ask for them.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "Endpoints")]
struct EndpointsTable {
    /// Paths that every server must answer without a login. One that ends in / stands for everything below, one that ends
    /// in * for every name that begins so.
    #[schemars(with = "Vec<String>")]
    public: Vec<Spanned<String>>,
}

/// One of several servers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Site")]
struct SiteTable {
    /// Its main configuration.
    #[schemars(with = "PathBuf")]
    path: Spanned<PathBuf>,
    /// Its absolute paths are looked up below this folder, instead of below the one for all.
    #[schemars(with = "Option<PathBuf>")]
    root: Option<Spanned<PathBuf>>,
}

/// Levels of rules for some of the files.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Override")]
struct OverrideTable {
    /// Which files, as in .gitignore.
    #[schemars(with = "Vec<String>")]
    paths: Vec<Spanned<String>>,
    #[schemars(schema_with = "levels_schema")]
    rules: Levels,
}

/// What the settings say, in the terms of those who need it.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// The folder that the file lies in, as the user would write it; empty for the current one.
    pub(super) folder: PathBuf,
    pub(super) server: Option<Server>,
    pub(super) root: Option<PathBuf>,
    pub(super) exclude: Vec<String>,
    pub(super) fail_on: Option<FailOn>,
    pub(super) paths: Vec<(PathBuf, PathBuf)>,
    pub(super) target: Target,
    pub(super) levels: Vec<(&'static str, Level)>,
    pub(super) overrides: Vec<(Gitignore, Vec<(&'static str, Level)>)>,
    pub(super) contracts: Vec<Contract>,
    /// The file itself, where findings may point into it.
    pub(super) file: Option<SettingsFile>,
    pub(super) public: Vec<String>,
    pub(super) sites: Vec<NamedSite>,
}

/// Reads the file that `--config` names, or the nearest one at or above `current`, the absolute current folder.
pub(super) fn load(named: Option<&Path>, current: &Path) -> Result<Settings, Failure> {
    let path = match named {
        Some(path) => path.to_owned(),
        None => match find(current) {
            Some(path) => path,
            None => return Ok(Settings::default()),
        },
    };
    let shown = path.display();
    let failed = |error: &dyn std::fmt::Display| Failure::new(format!("{shown}: {error}"));
    // reading a FIFO or a device might not end
    if !std::fs::metadata(&path).map_err(|error| failed(&error))?.is_file() {
        return Err(failed(&"is not a regular file"));
    }
    let bytes = std::fs::read(&path).map_err(|error| failed(&error))?;
    let text = String::from_utf8(bytes)
        .map_err(|error| Failure::new(format!("{shown}: {}", error.utf8_error())))?;
    read(&text, &path).map_err(|problem| problem.render(&text, &path))
}

/// The settings file that `--config` names, the nearest one at or above the current folder, or the one that would be there.
pub(super) fn path(named: Option<&Path>, current: &Path) -> PathBuf {
    let named = named.map(Path::to_owned);
    named.or_else(|| find(current)).unwrap_or_else(|| PathBuf::from(NAME))
}

/// Whether `text` could be the settings file at `path`.
pub(super) fn check(text: &str, path: &Path) -> Result<(), Failure> {
    read(text, path).map(drop).map_err(|problem| problem.render(text, path))
}

/// The settings file in `folder` or in the nearest folder above it.
pub(super) fn nearest(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().map(|folder| folder.join(NAME)).find(|path| path.is_file())
}

/// The nearest settings file, with as many `../` as it takes to get there.
fn find(current: &Path) -> Option<PathBuf> {
    let mut up = PathBuf::new();
    for folder in current.ancestors() {
        if folder.join(NAME).is_file() {
            return Some(up.join(NAME));
        }
        up.push("..");
    }
    None
}

/// What is wrong with a settings file, and where.
#[derive(Debug)]
struct Problem {
    at: Range<usize>,
    text: String,
}

impl Problem {
    /// `path:line:column: what`, the line and a caret under the place.
    fn render(&self, text: &str, path: &Path) -> Failure {
        let index = LineIndex::new(text.as_bytes());
        let lines = index.of(text.as_bytes());
        let start = self.at.start.min(text.len()) as u32;
        let position = lines.position(start);
        let line = String::from_utf8_lossy(lines.text(lines.line(start)));
        let before = position.column as usize - 1;
        let marked =
            text.get(self.at.clone()).unwrap_or("").chars().take_while(|&c| c != '\n').count();
        let margin = " ".repeat(position.line.to_string().len());
        // tabs are one column wide here as in the line above
        let line = line.replace('\t', " ");
        let number = position.line;
        Failure {
            line: format!("{}:{number}:{}: {}", path.display(), position.column, self.text),
            picture: vec![
                format!("{margin} |"),
                format!("{number} | {line}"),
                format!("{margin} | {}{}", " ".repeat(before), "^".repeat(marked.max(1))),
            ],
        }
    }
}

impl From<toml::de::Error> for Problem {
    fn from(error: toml::de::Error) -> Self {
        let message = error.message();
        // serde lists what it knows: of a long list the one that was meant is enough
        let text = match message.split_once(", expected") {
            Some((what, known)) if what.starts_with("unknown ") => {
                let what = what.replacen("unknown field", "unknown key", 1).replacen(
                    "unknown variant",
                    "unknown value",
                    1,
                );
                let word = what.split('`').nth(1).unwrap_or("");
                let known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
                match closest(word, known.iter().copied()) {
                    Some(meant) => format!("{what}, did you mean `{meant}`?"),
                    None => format!("{what}; there are {}", known.join(", ")),
                }
            }
            _ => message.trim_end().to_owned(),
        };
        Self { at: error.span().unwrap_or_default(), text }
    }
}

fn read(text: &str, path: &Path) -> Result<Settings, Problem> {
    let file: File = toml::from_str(text)?;
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    let mut settings = Settings {
        server: match file.server {
            ServerName::Auto => None,
            ServerName::Nginx => Some(Server::Nginx),
            ServerName::Apache => Some(Server::Apache),
        },
        root: file.root.map(|root| existing(&folder, root)).transpose()?,
        fail_on: file.fail_on.map(|name| match name {
            FailOnName::Error => FailOn::Error,
            FailOnName::Warning => FailOn::Warning,
            FailOnName::Info => FailOn::Info,
            FailOnName::Never => FailOn::Never,
        }),
        paths: file.paths.into_iter().map(|(server, here)| (server, folder.join(here))).collect(),
        levels: levels(&file.rules)?,
        ..Settings::default()
    };
    patterns(&file.exclude)?;
    settings.exclude = file.exclude.into_iter().map(Spanned::into_inner).collect();
    for (key, value) in [
        ("nginx", &file.target.nginx),
        ("apache", &file.target.apache),
        ("libc", &file.target.libc),
    ] {
        if let Some(value) = value {
            target::set(&mut settings.target, key, value.get_ref())
                .map_err(|text| Problem { at: value.span(), text })?;
        }
    }
    settings.target.modules = file.target.modules;
    settings.target.user = file.target.user;
    for table in &file.overrides {
        settings.overrides.push((patterns(&table.paths)?, levels(&table.rules)?));
    }
    let (contracts, secrets) =
        contracts::read(&file.expect, text).map_err(|(at, text)| Problem { at, text })?;
    if !contracts.is_empty() {
        let text = text.as_bytes().to_vec();
        settings.file = Some(SettingsFile { path: path.to_owned(), text, secrets });
    }
    settings.contracts = contracts;
    settings.public =
        file.endpoints.public.into_iter().map(path_of_url).collect::<Result<_, _>>()?;
    settings.sites = file.site.into_iter().map(|it| site(&folder, it)).collect::<Result<_, _>>()?;
    settings.folder = folder;
    Ok(settings)
}

/// A server with its main configuration: with a slip in its path, the server would be left out without a word.
fn site(folder: &Path, given: SiteTable) -> Result<NamedSite, Problem> {
    let at = given.path.span();
    let main = paths::tidy(&folder.join(given.path.into_inner()));
    if !main.is_file() {
        return Err(Problem { at, text: format!("`{}` is no file", main.display()) });
    }
    let root = given.root.map(|root| existing(folder, root)).transpose()?;
    Ok(NamedSite { main, root })
}

/// A path that clients ask for.
fn path_of_url(given: Spanned<String>) -> Result<String, Problem> {
    let (at, path) = (given.span(), given.into_inner());
    let wrong = if !path.starts_with('/') {
        "is no path: a path begins with a slash"
    } else if path.contains(['?', '#', ' ']) || path.chars().any(char::is_control) {
        "is no path: it holds what a path of a URL cannot hold"
    } else if path.trim_end_matches('*').contains('*') {
        "has a `*` inside; it stands at the end, for every name that begins so"
    } else {
        return Ok(path);
    };
    Err(Problem { at, text: format!("`{path}` {wrong}") })
}

/// The folder that `root` names: with a slip in it, every absolute path would seem to be missing.
fn existing(folder: &Path, root: Spanned<PathBuf>) -> Result<PathBuf, Problem> {
    let at = root.span();
    let path = folder.join(root.into_inner());
    if path.is_dir() { Ok(path) } else { Err(Problem { at, text: no_folder(&path) }) }
}

/// What is said of a root that is none.
pub(super) fn no_folder(path: &Path) -> String {
    format!("`{}` is no folder", path.display())
}

fn levels(given: &Levels) -> Result<Vec<(&'static str, Level)>, Problem> {
    given
        .iter()
        .map(|(name, level)| {
            let Some(rule) = rules::find(name.get_ref()) else {
                let meant = meant_rule(name.get_ref())
                    .map_or(String::new(), |meant| format!(", did you mean `{meant}`?"));
                let text = format!("no rule is named `{}`{meant}", name.get_ref());
                return Err(Problem { at: name.span(), text });
            };
            let level = match level {
                LevelName::Error => Level::At(Severity::Error),
                LevelName::Warning => Level::At(Severity::Warning),
                LevelName::Info => Level::At(Severity::Info),
                LevelName::Off => Level::Off,
            };
            Ok((rule.name, level))
        })
        .collect()
}

fn patterns(given: &[Spanned<String>]) -> Result<Gitignore, Problem> {
    let mut builder = GitignoreBuilder::new("");
    for pattern in given {
        check_pattern(&mut builder, pattern.get_ref())
            .map_err(|text| Problem { at: pattern.span(), text })?;
    }
    builder.build().map_err(|error| Problem { at: 0..0, text: error.to_string() })
}

/// Adds a pattern, or says what is wrong with it.
pub(super) fn check_pattern(builder: &mut GitignoreBuilder, pattern: &str) -> Result<(), String> {
    builder.add_line(None, pattern).map(|_| ()).map_err(|error| error.to_string())
}

/// Every rule with its levels, so that editors complete and check them.
fn levels_schema(generator: &mut SchemaGenerator) -> Schema {
    let level = generator.subschema_for::<LevelName>();
    let properties: serde_json::Map<String, serde_json::Value> = rules::all()
        .map(|rule| {
            let mut property = level.clone();
            property.insert("description".to_owned(), rule.summary.into());
            (rule.name.to_owned(), property.to_value())
        })
        .collect();
    schemars::json_schema!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false
    })
}

/// The JSON Schema of lint401.toml.
pub(super) fn schema() -> Schema {
    schemars::schema_for!(File)
}
