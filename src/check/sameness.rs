//! Whether an edited configuration gives requests what they got before.

use crate::config::Project;
use crate::policy::answer::Prediction;
use crate::policy::either::Policy;
use crate::policy::files::Files;
use crate::policy::request::{Credential, Request};
use crate::source::{FileId, FileSystem};
use std::path::Path;

/// Requests that are compared for one configuration, at most.
const MOST: usize = 3000;

/// Whether every configuration that reads one of the files `touched` answers as it did: to strangers, to preflights and
/// to somebody who is logged in, at every place of either side.
pub(super) fn is_same(
    (old_fs, old): (&dyn FileSystem, &Project),
    (new_fs, new): (&dyn FileSystem, &Project),
    touched: &[&Path],
) -> bool {
    mains(old, touched).into_iter().all(|main| {
        let path = &old.sources.get(main).path;
        let same_main = new.sources.iter().find(|(_, source)| source.path == *path);
        let Some((new_main, _)) = same_main else { return false };
        let policies = (Policy::of(old, main, None), Policy::of(new, new_main, None));
        let (Some(before), Some(after)) = policies else { return false };
        let requests = before.requests().into_iter().chain(after.requests());
        requests.take(MOST).flat_map(variants).all(|request| {
            let before = before.predict(Files::new(old_fs, old), &request);
            let after = after.predict(Files::new(new_fs, new), &request);
            told(&before) == told(&after)
        })
    })
}

/// The main files, and lone ones, of the configurations that read one of these files.
fn mains(project: &Project, paths: &[&Path]) -> Vec<FileId> {
    let is_one = |file: FileId| paths.contains(&project.sources.get(file).path.as_path());
    let nginx = project.nginx.iter().filter(|site| site.files.iter().any(|it| is_one(it.file)));
    let apache = project.apache.iter().filter(|site| site.files().any(is_one));
    nginx.map(|site| site.main).chain(apache.map(|site| site.main)).collect()
}

/// The request as a stranger, as a preflight and with a login.
fn variants(request: Request) -> [Request; 3] {
    let preflight = Request { method: b"OPTIONS".to_vec(), ..request.clone() };
    let credential = Some(Credential::Basic { user: b"user".to_vec(), password: None });
    let login = Request { credential, ..request.clone() };
    [request, preflight, login]
}

/// Who gets in, and what the handler is sent. How a login is asked for may change: nobody is let in or locked out by that.
fn told(prediction: &Prediction) -> impl PartialEq + use<'_> {
    let forwarded = prediction.answer.forwarded.authorization;
    (prediction.outcome, &prediction.possible, forwarded)
}
