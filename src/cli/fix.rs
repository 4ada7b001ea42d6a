//! `--fix`, `--unsafe-fixes` and `--diff`: files are replaced as a whole or left alone.

use super::args::CheckArgs;
use super::{Failure, complain, print, tell, terminal};
use crate::check::Settings;
use crate::check::mend::{self, Again, Changed, Mended};
use crate::config::Project;
use crate::diagnostic::Safety;
use crate::report;
use crate::source::{FileSystem, Location, Span};
use std::io::{self, Write};
use std::path::Path;

/// What is to be done with fixes.
pub(super) struct Wanted {
    /// How freely they may be applied; `None` for not at all.
    most: Option<Safety>,
    diff: bool,
}

impl Wanted {
    pub(super) fn of(args: &CheckArgs) -> Self {
        let most = if args.unsafe_fixes {
            Some(Safety::Unsafe)
        } else {
            (args.fix || args.diff).then_some(Safety::Safe)
        };
        Self { most, diff: args.diff }
    }

    pub(super) fn anything(&self) -> bool {
        self.most.is_some()
    }

    /// Whether nothing is written, and no report is asked for.
    pub(super) fn only_shows(&self) -> bool {
        self.diff
    }
}

/// Works the fixes out, and shows or writes them.
pub(super) fn run(
    args: &CheckArgs,
    wanted: &Wanted,
    settings: &Settings,
    fs: &dyn FileSystem,
    again: &Again<'_>,
) -> Result<(), Failure> {
    let Some(most) = wanted.most else { return Ok(()) };
    if !wanted.diff && args.paths.iter().any(|path| path == Path::new("-")) {
        return Err(Failure::new("standard input cannot be fixed; --diff shows the fixes"));
    }
    let mended = mend::mend(settings, most, again);
    for one in &mended.refused {
        tell(&format!(
            "{}:{}: {}: the fix \"{}\" does not hold here and was left out",
            one.name, one.line, one.rule, one.title
        ));
    }
    if wanted.diff {
        return show(args, &mended, again);
    }
    let mut written = 0;
    for file in &mended.files {
        written += usize::from(write(file, fs)?);
    }
    if !args.quiet && written > 0 {
        for one in &mended.applied {
            tell(&format!("{}:{}: {}: {}", one.name, one.line, one.rule, one.title));
        }
        // of a file that is left alone no finding is gone
        if written == mended.files.len() {
            let fixes = counted(mended.applied.len(), "finding");
            tell(&format!("fixed {fixes} in {}", counted(written, "file")));
        } else {
            tell(&format!("wrote {}", counted(written, "file")));
        }
    }
    Ok(())
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// `--diff`.
fn show(args: &CheckArgs, mended: &Mended, again: &Again<'_>) -> Result<(), Failure> {
    let color = terminal::color(args.color);
    let mut shown: Vec<(String, Vec<u8>, Vec<u8>)> = mended
        .files
        .iter()
        .map(|file| (file.name.clone(), file.before.clone(), file.after.clone()))
        .collect();
    again(&[], &mut |_, project| {
        mended.files.iter().zip(&mut shown).for_each(|(file, one)| mask(project, file, &mut one.1));
    });
    let edited: Vec<_> =
        mended.files.iter().map(|file| (file.path.clone(), file.after.clone())).collect();
    again(&edited, &mut |_, project| {
        mended.files.iter().zip(&mut shown).for_each(|(file, one)| mask(project, file, &mut one.2));
    });
    print(|out| {
        shown.iter().try_for_each(|(name, before, after)| {
            report::diff::write(name, before, after, color, out)
        })
    })
}

/// Puts stars over the secrets of a file.
fn mask(project: &Project, file: &Changed, text: &mut [u8]) {
    let found = project.sources.iter().find(|(_, source)| source.path == file.path);
    let Some((id, source)) = found else { return };
    debug_assert_eq!(source.bytes().len(), text.len(), "what was read is what is shown");
    let whole = Location::new(id, Span::new(0, text.len() as u32));
    for secret in project.secrets_in(id, whole.span) {
        if let Some(bytes) = text.get_mut(secret.range()) {
            bytes.fill(b'*');
        }
    }
}

/// Replaces a file, unless it is another one by now; whether it did.
fn write(file: &Changed, fs: &dyn FileSystem) -> Result<bool, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::new(format!("{}: {error}", file.name));
    // the file itself stays where it is when a link leads to it
    let path = fs.canonical(&file.path).map_err(|error| failed(&error))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if std::fs::metadata(&path).is_ok_and(|meta| meta.nlink() > 1) {
            let name = &file.name;
            complain(&format!(
                "{name}: has further names (hard links), which would keep the old text; it is left as it is"
            ));
            return Ok(false);
        }
    }
    match fs.read(&path) {
        Ok(now) if now == file.before => {}
        Ok(_) => {
            complain(&format!("{}: changed while it was read; it is left as it is", file.name));
            return Ok(false);
        }
        Err(error) => return Err(failed(&error)),
    }
    replace(&path, &file.after).map(|()| true).map_err(|error| failed(&error))
}

/// Writes a new file beside the old one and puts it in its place, with the old one's mode and owner: whoever looks finds the
/// old file or the new one, whatever happens meanwhile.
fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let meta = std::fs::metadata(path)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut new = tempfile::Builder::new().prefix(".lint401-").tempfile_in(folder)?;
    new.write_all(text)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let made = new.as_file().metadata()?;
        if (made.uid(), made.gid()) != (meta.uid(), meta.gid()) {
            std::os::unix::fs::chown(new.path(), Some(meta.uid()), Some(meta.gid()))?;
        }
    }
    new.as_file().set_permissions(meta.permissions())?;
    new.as_file().sync_all()?;
    new.persist(path)?;
    Ok(())
}
