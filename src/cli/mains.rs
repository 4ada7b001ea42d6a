//! The files that configurations begin with, and what is wrong with them before anything is asked.

use super::{Failure, complain};
use crate::config::Project;
use crate::config::apache::Form;
use crate::source::FileId;
use std::path::Path;

/// The files that what was read begins with. `what` needs one, and `flag` names it.
pub(super) fn of(project: &Project, what: &str, flag: &str) -> Result<Vec<FileId>, Failure> {
    if let Some(trouble) = project.errors.first() {
        return Err(Failure::new(format!("{}: {}", trouble.path, trouble.message)));
    }
    let apache = |form| project.apache.iter().filter(move |site| site.form == form);
    let nginx = |complete| project.nginx.iter().filter(move |site| site.complete == complete);
    let mut mains: Vec<FileId> = nginx(true).map(|site| site.main).collect();
    mains.extend(apache(Form::Main).map(|site| site.main));
    // fragments that nothing includes lie beside many a main configuration, and so do the .htaccess files of a website
    if mains.is_empty() {
        mains.extend(nginx(false).map(|site| site.main));
        mains.extend(apache(Form::Fragment).map(|site| site.main));
    }
    if mains.is_empty() {
        // the .htaccess files of a folder are one configuration
        mains.extend(apache(Form::Htaccess).map(|site| site.main).next());
    }
    if mains.is_empty() {
        let why = project.not_read.first().map(|one| format!(": {} {}", one.path, one.reason));
        return Err(Failure::new(format!(
            "nothing to {what}{}; name a configuration with {flag}",
            why.unwrap_or_default()
        )));
    }
    Ok(mains)
}

/// Of lone .htaccess files, the folder that is named stands for the site.
pub(super) fn root(named: Option<&Path>) -> Option<&Path> {
    let folder = named.filter(|named| named.is_dir());
    folder.or_else(|| named.is_none().then_some(Path::new(".")))
}

/// Says that the server would not start on what is predicted.
pub(super) fn warn(project: &Project, main: FileId) {
    let is_main = |file| file == main;
    let nginx = project.nginx.iter().find(|site| is_main(site.main));
    let apache = project.apache.iter().find(|site| is_main(site.main));
    let (server, files): (_, Vec<FileId>) = match (nginx, apache) {
        (Some(site), _) => ("nginx", site.files.iter().map(|file| file.file).collect()),
        (None, Some(site)) => {
            // what is wrong in a .htaccess file is told by the answer
            let htaccess: Vec<FileId> = site.htaccess_files().collect();
            ("httpd", site.files().filter(|file| !htaccess.contains(file)).collect())
        }
        (None, None) => return,
    };
    let broken = files.into_iter().find_map(|file| {
        let error = project.tree(file)?.errors.first()?;
        Some((project.sources.get(file), error.at.start))
    });
    if let Some((source, at)) = broken {
        let line = source.position(at).line;
        complain(&format!(
            "{}:{line}: {server} refuses this configuration, so that the prediction is of what it seems to mean; \
             `lint401 check` says what is wrong",
            source.name
        ));
    }
}
