//! Passwords that are others now: whoever logged in with the old one is asked again.
//!
//! Which password it is nobody can know from what is stored, and nobody needs to: of two that are stored alike, with the same
//! salt, it is known whether they are the same.

use super::{Kind, Side, Told};
use crate::map::Gets;
use crate::policy::answer::{Outcome, Prediction};
use crate::policy::either::Policy;
use crate::policy::request::{Credential, Request};
use crate::policy::user_file;
use crate::source::{FileId, Location};
use std::borrow::Cow;

/// What changes for a user with the password that was right, where both sides let in who brings the right one.
pub(super) fn changed(
    (old, before): (Side<'_, '_>, &Prediction),
    (new, after): (Side<'_, '_>, &Prediction),
    request: &Request,
) -> Option<(Kind, Told, Told)> {
    let Some(Credential::Basic { user, password: None }) = &request.credential else { return None };
    let (was_at, was) = stored(old.policy?, before, user)?;
    let (at, is) = stored(new.policy?, after, user)?;
    if was == is {
        return None;
    }
    // where strangers get in as well, nobody's password counts
    let mut stranger = request.clone();
    stranger.credential = None;
    if !new.predict(&stranger).is_status(401) {
        return None;
    }
    let kept_out = Outcome::Answered(401);
    let told = Told::of(after, Some(at));
    let told = if is_certain(&was, &is) {
        Told { outcome: Some(kept_out), gets: Gets::login(), ..told }
    } else {
        Told { outcome: None, gets: Gets::perhaps(), ..told }
    };
    Some((Kind::Now401, Told::of(before, Some(was_at)), told))
}

/// What is stored for `user` in the password file that `prediction` came by, and the directive that names the file.
fn stored<'p>(
    policy: &Policy<'p>,
    prediction: &Prediction,
    user: &[u8],
) -> Option<(Location, Cow<'p, [u8]>)> {
    let mut steps = prediction.answer.steps.iter().rev().filter(|step| step.depth == 0);
    steps.find_map(|step| {
        let at = step.at?;
        let stored = match policy {
            Policy::Nginx(policy) => {
                let text = |file: FileId| policy.site.project.sources.get(file).bytes();
                let mut all = policy.site.references();
                let (_, file) = all.find(|(named, _)| named.words_location() == at)?;
                user_file::nginx(text(file.file?), user)?.into()
            }
            Policy::Apache(policy) => {
                let text = |file: FileId| policy.site.project.sources.get(file).bytes();
                let mut all = policy.site.references();
                let (_, file) = all.find(|(named, _)| named.location() == at)?;
                user_file::apache(text(file.found.as_ref()?.file?), user)?.into()
            }
        };
        Some((at, stored))
    })
}

/// Whether two passwords are others for certain: what is stored of them begins alike, with a scheme and a salt.
fn is_certain(was: &[u8], is: &[u8]) -> bool {
    let unsalted = [&b"{PLAIN}"[..], b"{SHA}"];
    if unsalted.iter().any(|scheme| was.starts_with(scheme) && is.starts_with(scheme)) {
        return true;
    }
    let salted = |stored: &[u8]| {
        // the salt of bcrypt is followed by the rest without a sign between them
        let end = if stored.starts_with(b"$2") {
            Some(29)
        } else {
            stored.iter().rposition(|byte| *byte == b'$')
        };
        end.and_then(|end| stored.get(..end)).map(<[u8]>::to_vec)
    };
    salted(was).is_some_and(|begin| salted(is) == Some(begin))
}

#[cfg(test)]
mod tests {
    use super::is_certain;

    #[test]
    fn what_is_stored_with_the_same_salt_is_another_password() {
        assert!(is_certain(b"{PLAIN}one", b"{PLAIN}two"));
        assert!(is_certain(b"$apr1$salt$one", b"$apr1$salt$two"));
        assert!(!is_certain(b"$apr1$salt$one", b"$apr1$other$two"));
        assert!(!is_certain(b"{PLAIN}one", b"$apr1$salt$two"));
        assert!(!is_certain(b"{SSHA}b25l", b"{SSHA}dHdv"));
    }
}
