//! AuthType says how to log in; only a Require says that somebody has to.

use super::evidence;
use super::login::{as_far_as_known, is_lone, line_behind, may_be_strange};
use super::reading::given;
use crate::config::apache::Directive;
use crate::diagnostic::{Effect, Findings, Safety, Severity};
use crate::grammar::apache::{Id, id};
use crate::policy::answer::Outcome;
use crate::policy::apache::{Kind, Place, Policy};
use crate::source::FileId;
use std::collections::HashMap;

rule! {
    "apache/require-missing" {
        reads: ApachePolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "AuthType is set, but no Require asks for a user: nobody has to log in, or every request is answered 500",
    }
}

const AUTH_TYPE: Id = id("AuthType");

/// AuthTypes of which nothing but a Require makes use.
const SCHEMES: [&[u8]; 6] =
    [b"basic", b"digest", b"gssapi", b"openid-connect", b"auth-openidc", b"oauth20"];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    if policy.is_open() && !is_lone(policy) {
        return;
    }
    let mut users: Option<Users> = None;
    let mut open_comments: HashMap<FileId, bool> = HashMap::new();
    for place in policy.places() {
        let Some(own) = place.own(AUTH_TYPE) else { continue };
        let directive = own.directive;
        let known = SCHEMES.iter().any(|scheme| directive.says(scheme));
        if !known
            || directive.is_in_template()
            || place.kind() == Kind::Server
            || *open_comments
                .entry(directive.location().file)
                .or_insert_with(|| has_open_comment(directive))
        {
            continue;
        }
        let requirements = place.requirements();
        // what an expression asks for may be a user
        if requirements.iter().any(|leaf| leaf.needs_user() || leaf.asks("expr"))
            || may_be_strange(place)
            || users.get_or_insert_with(|| Users::of(policy)).may_lie_below(place)
        {
            continue;
        }
        let mine: Vec<_> = place.own_requirements().collect();
        // a user who is required here is kept from counting by another section, or by `not`
        if mine.iter().any(|leaf| leaf.needs_user() || leaf.negated) {
            continue;
        }
        let Some(authorization) = place.authorization() else { continue };
        let strangers = place.for_strangers();
        let asked: Option<Directive<'_>> = requirements.first().map(|leaf| leaf.directive);
        let denied = requirements.iter().all(|leaf| leaf.asks("all"));
        let finding =
            RULE.at(directive.location()).label("says how to log in, not that anybody has to");
        let mut finding = if is_lone(policy) && authorization.required.is_none() {
            finding.message("no Require asks for a user: nobody has to log in")
        } else {
            match strangers.outcome {
                Some(Outcome::Passed(_)) => finding
                    .message("no Require asks for a user: everybody is let in without a login"),
                Some(Outcome::Answered(500)) => finding.effect(Effect::ServerError).message(
                    "nothing is required where this AuthType holds: every request is answered 500",
                ),
                Some(Outcome::Answered(403)) if denied => finding
                    .effect(Effect::Unwanted403)
                    .message("no Require asks for a user: every request is answered 403"),
                Some(Outcome::Answered(403)) => finding
                    .severity(Severity::Warning)
                    .message("no Require asks for a user: nobody is asked for a login"),
                _ => continue,
            }
        };
        if let Some(asked) = asked {
            finding = finding.related(asked.location(), "decides instead");
        }
        if mine.is_empty() {
            finding = finding.help("add `Require valid-user` to this section").fix(
                Safety::Unsafe,
                "add `Require valid-user`",
                vec![line_behind(directive, "Require valid-user")],
            );
        } else {
            // somebody switched the login off, or did not see that it is off
            finding = finding
                .severity(Severity::Info)
                .help("write `Require valid-user` for it, or remove AuthType");
        }
        if is_lone(policy) {
            finding = as_far_as_known(policy, finding, "requires a user in this folder");
        }
        let finding = given(finding, directive);
        findings.push_with(finding, || evidence::evidence(policy, &place.request()?));
    }
}

/// Whether a comment of the file goes on in the line below, and may have taken the Require: a mistake of its own.
fn has_open_comment(directive: Directive<'_>) -> bool {
    let comments = &directive.tree().comments;
    comments.iter().any(|comment| directive.source().slice(*comment).contains(&b'\n'))
}

/// The sections that ask for a user and leave it to others to say how to log in.
struct Users {
    /// Their folders, sorted.
    folders: Vec<Vec<u8>>,
    /// Whether there are some that are about paths of URLs or patterns.
    others: bool,
}

impl Users {
    fn of(policy: &Policy<'_>) -> Self {
        let mut users = Self { folders: Vec::new(), others: false };
        for place in policy.places() {
            let section = place.section();
            let asks = place.own_login().is_some();
            if !asks || section.all(&[AUTH_TYPE]).next().is_some() {
                continue;
            }
            match place.folder() {
                Some(folder) => users.folders.push(folder),
                None => users.others = true,
            }
        }
        users.folders.sort_unstable();
        users
    }

    /// Whether one of them may lie below `place`, or beside it.
    fn may_lie_below(&self, place: Place<'_, '_>) -> bool {
        let Some(folder) = place.folder() else { return self.others || !self.folders.is_empty() };
        let at = self.folders.partition_point(|known| *known < folder);
        self.others || self.folders.get(at).is_some_and(|known| known.starts_with(&folder))
    }
}
