//! `--fix`, `--unsafe-fixes` and `--diff`: files are replaced as a whole or left alone.

use super::args::CheckArgs;
use super::{Failure, complain, counted, print, tell, terminal};
use crate::check::Settings;
use crate::check::mend::{self, Again, Changed, Mended};
use crate::diagnostic::Safety;
use crate::report;
use crate::source::FileSystem;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

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
    for (one, why) in &mended.refused {
        tell(&format!(
            "{}:{}: {}: left out, because it {why}: {}; mend it by hand",
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

/// `--diff`.
fn show(args: &CheckArgs, mended: &Mended, again: &Again<'_>) -> Result<(), Failure> {
    let masked = |edited: &[(PathBuf, Vec<u8>)]| {
        let mut texts = Vec::new();
        again(edited, &mut |_, project| {
            let of = |file: &Changed| report::diff::masked(project, &file.path);
            texts = mended.files.iter().map(of).collect();
        });
        texts
    };
    let after = |file: &Changed| (file.path.clone(), file.after.clone());
    let (before, after) =
        (masked(&[]), masked(&mended.files.iter().map(after).collect::<Vec<_>>()));
    let color = terminal::color(args.color);
    print(|out| {
        let texts = mended.files.iter().zip(before.iter().zip(&after));
        texts.into_iter().try_for_each(|(file, (before, after))| {
            report::diff::write(&file.name, before, after, color, out)
        })
    })
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
pub(super) fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
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
