//! Flags and settings together: what is read, which rules run, what makes the run fail.

use super::args::{CheckArgs, FailOn, ReadArgs};
use super::{Failure, settings, target};
use crate::check::{self, Override, Selector};
use crate::config::{self, nginx::ContextError};
use crate::diagnostic::{Severity, closest};
use ignore::gitignore::GitignoreBuilder;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// What a run does.
#[derive(Debug)]
pub(super) struct Plan {
    /// How files are read.
    pub(super) options: config::Options,
    /// Which rules run, and how loudly.
    pub(super) settings: check::Settings,
    /// Findings at or above this make the exit status 1; `None` for never.
    pub(super) fail_on: Option<Severity>,
}

/// Reads the settings file and lays the flags over it.
pub(super) fn plan(args: &CheckArgs) -> Result<Plan, Failure> {
    // without a current folder there is none above it either
    let current = std::env::current_dir().unwrap_or_default();
    let from_file = settings(&args.reading, &current)?;
    let mut options = reading(&args.reading, &from_file)?;
    if let Some(text) = &args.now {
        let day = target::day(text).map_err(|text| Failure::new(format!("--now: {text}")))?;
        options.target.now = Some(day);
    }

    let mut builder = GitignoreBuilder::new("");
    for pattern in &args.exclude {
        settings::check_pattern(&mut builder, pattern)
            .map_err(|text| Failure::new(format!("--exclude {pattern}: {text}")))?;
    }
    let folder = config::paths::tidy(&current.join(&from_file.folder));
    let mut exclude: Vec<String> =
        from_file.exclude.iter().map(|pattern| seen_from(pattern, &folder, &current)).collect();
    exclude.extend(args.exclude.iter().cloned());

    options.exclude = exclude;
    options.settings = from_file.file;
    options.force_exclude = args.force_exclude;
    options.no_htaccess = args.no_htaccess;
    let overrides = from_file.overrides.into_iter().map(|(paths, levels)| Override {
        paths,
        folder: folder.clone(),
        current: current.clone(),
        levels,
    });
    let settings = check::Settings {
        select: selectors(&args.select, "--select")?,
        ignore: selectors(&args.ignore, "--ignore")?,
        levels: from_file.levels,
        overrides: overrides.collect(),
        severity: args.severity.map_or(Severity::Warning, Into::into),
        no_inline_ignores: args.no_inline_ignores,
        contracts: from_file.contracts,
        threads: 1,
    };
    let fail_on = match args.fail_on.or(from_file.fail_on).unwrap_or(FailOn::Warning) {
        FailOn::Error => Some(Severity::Error),
        FailOn::Warning => Some(Severity::Warning),
        FailOn::Info => Some(Severity::Info),
        FailOn::Never => None,
    };
    Ok(Plan { options, settings, fail_on })
}

fn check_context(blocks: &[String]) -> Result<(), Failure> {
    let usual = [
        "http",
        "server",
        "location",
        "if",
        "limit_except",
        "upstream",
        "stream",
        "mail",
        "map",
        "geo",
        "types",
    ];
    config::nginx::check_context(blocks.iter().map(String::as_str)).map_err(|error| {
        let meant = match &error {
            ContextError::NoBlock(block) => closest(block, usual),
            ContextError::Misplaced(..) => None,
        };
        let meant = meant.map_or(String::new(), |meant| format!(", did you mean `{meant}`?"));
        Failure::new(format!("--context: {error}{meant}"))
    })
}

/// How an editor's files are read and judged: as the settings file says, if there is one.
pub(super) fn for_editor(
    file: Option<&Path>,
) -> Result<(config::Options, check::Settings), Failure> {
    let from_file = match file {
        Some(file) => settings::load(Some(file), Path::new("/"))?,
        None => settings::Settings::default(),
    };
    let mut target = from_file.target.clone();
    target.now = today();
    let folder = from_file.folder;
    let options = config::Options {
        server: from_file.server.map(Into::into),
        root: from_file.root.clone(),
        paths: from_file.paths.clone(),
        public: from_file.public.clone(),
        sites: from_file.sites.clone(),
        target,
        // an editor names every file, those that nobody wants to hear of as well
        exclude: from_file.exclude.iter().map(|pattern| anchored(pattern, &folder)).collect(),
        force_exclude: true,
        settings: from_file.file,
        ..config::Options::default()
    };
    let overrides = from_file.overrides.into_iter().map(|(paths, levels)| Override {
        paths,
        folder: folder.clone(),
        current: folder.clone(),
        levels,
    });
    let settings = check::Settings {
        levels: from_file.levels,
        overrides: overrides.collect(),
        contracts: from_file.contracts,
        // somebody waits for the answer while they type
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        ..check::Settings::default()
    };
    Ok((options, settings))
}

/// How the configuration is read for a trace.
pub(super) fn trace_plan(args: &ReadArgs) -> Result<config::Options, Failure> {
    let current = std::env::current_dir().unwrap_or_default();
    reading(args, &settings(args, &current)?)
}

/// How the configuration is read for proposals of contracts, and the settings file as it is.
pub(super) fn expect_plan(
    args: &ReadArgs,
) -> Result<(config::Options, settings::Settings), Failure> {
    let current = std::env::current_dir().unwrap_or_default();
    let from_file = settings(args, &current)?;
    let mut options = reading(args, &from_file)?;
    options.exclude.clone_from(&from_file.exclude);
    options.settings.clone_from(&from_file.file);
    Ok((options, from_file))
}

fn settings(args: &ReadArgs, current: &Path) -> Result<settings::Settings, Failure> {
    if args.no_config {
        Ok(settings::Settings::default())
    } else {
        settings::load(args.config.as_deref(), current)
    }
}

/// The settings file with the flags over it.
fn reading(args: &ReadArgs, from_file: &settings::Settings) -> Result<config::Options, Failure> {
    let mut target = from_file.target.clone();
    set_target(&mut target, &args.target)?;
    if let Some(root) = args.root.as_deref().filter(|root| !root.is_dir()) {
        return Err(Failure::new(format!("--root: {}", settings::no_folder(root))));
    }
    target.now = today();
    check_context(&args.context)?;
    Ok(config::Options {
        server: args.server.or(from_file.server).map(Into::into),
        root: args.root.clone().or_else(|| from_file.root.clone()),
        paths: from_file.paths.clone(),
        public: from_file.public.clone(),
        sites: from_file.sites.clone(),
        target,
        context: args.context.clone(),
        defines: args.define.iter().map(|define| name_and_value(define)).collect(),
        ..config::Options::default()
    })
}

/// Lays `--target KEY=VALUE` over what is known of the server.
fn set_target(target: &mut config::Target, pairs: &[String]) -> Result<(), Failure> {
    for pair in pairs {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| Failure::new(format!("--target {pair}: write KEY=VALUE")))?;
        target::set(target, key, value)
            .map_err(|text| Failure::new(format!("--target {pair}: {text}")))?;
    }
    Ok(())
}

fn selectors(given: &[String], flag: &str) -> Result<Vec<Selector>, Failure> {
    given
        .iter()
        .map(|text| {
            Selector::parse(text.trim()).map_err(|error| Failure::new(format!("{flag}: {error}")))
        })
        .collect()
}

fn name_and_value(define: &str) -> (String, Option<String>) {
    match define.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => (define.to_owned(), None),
    }
}

/// A pattern of a settings file in `folder` as it reads from `current`, a folder in it: one that begins with the way down
/// to `current` loses that beginning.
fn seen_from(pattern: &str, folder: &Path, current: &Path) -> String {
    let down: PathBuf = current.strip_prefix(folder).map(Path::to_owned).unwrap_or_default();
    if down.as_os_str().is_empty() {
        return pattern.to_owned();
    }
    let (negated, path) = match pattern.strip_prefix('!') {
        Some(path) => ("!", path),
        None => ("", pattern),
    };
    let path = path.strip_prefix('/').unwrap_or(path);
    let down = format!("{}/", config::paths::shown(&down));
    match path.strip_prefix(&down) {
        Some(rest) if !rest.is_empty() => format!("{negated}/{rest}"),
        _ => pattern.to_owned(),
    }
}

/// A pattern of a settings file in the absolute `folder` for absolute paths: one with a slash before its end begins in that
/// folder.
fn anchored(pattern: &str, folder: &Path) -> String {
    let (negated, path) = match pattern.strip_prefix('!') {
        Some(path) => ("!", path),
        None => ("", pattern),
    };
    if path.starts_with("**/") || !path.trim_end_matches('/').contains('/') {
        return pattern.to_owned();
    }
    let folder = config::paths::shown(folder);
    format!("{negated}{}/{}", folder.trim_end_matches('/'), path.trim_start_matches('/'))
}

/// The start of today in UTC, in seconds since 1970.
fn today() -> Option<i64> {
    const DAY: i64 = 86_400;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    Some(i64::try_from(now.as_secs()).ok()? / DAY * DAY)
}

#[cfg(test)]
mod tests {
    use super::seen_from;
    use std::path::Path;

    #[test]
    fn patterns_of_a_folder_above() {
        let seen =
            |pattern: &str| seen_from(pattern, Path::new("/repo"), Path::new("/repo/deploy/web"));
        assert_eq!(seen("deploy/web/vendor/"), "/vendor/");
        assert_eq!(seen("!/deploy/web/a.conf"), "!/a.conf");
        assert_eq!(seen("**/vendor/**"), "**/vendor/**");
        assert_eq!(seen("*.conf"), "*.conf");
        assert_eq!(seen_from("deploy/a", Path::new("/repo"), Path::new("/repo")), "deploy/a");
    }
}
