//! What the conditions of a request make of an answer: `If-Modified-Since` and its like, and ranges.
//! `ngx_http_not_modified_header_filter`, `ngx_http_range_header_filter`.

use super::run::Run;
use crate::policy::answer::Outcome;
use crate::policy::world::Cause;

/// Headers with which a client asks for less than the whole answer: where answers are kept they are not handed on.
pub(super) const CONDITIONS: [&[u8]; 6] = [
    b"if-modified-since",
    b"if-unmodified-since",
    b"if-none-match",
    b"if-match",
    b"range",
    b"if-range",
];

/// What there is of an answer that conditions are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Validators {
    /// It is not compared: it comes from another server, which did.
    Elsewhere,
    /// Neither a date nor a tag.
    None,
    /// A date long ago and no tag: that of `empty_gif`.
    LongAgo,
    /// The date and the tag of a file, which are not looked at.
    File,
}

impl Run<'_, '_> {
    /// The status that conditions make of this end, where they change it.
    pub(super) fn conditional_status(&mut self, outcome: Outcome) -> Option<u16> {
        let is_whole = match outcome {
            Outcome::Answered(status) => status == 200,
            Outcome::Passed(_) => true,
            Outcome::Anything => false,
        };
        let validators = std::mem::replace(&mut self.validators, Validators::Elsewhere);
        if !is_whole || self.is_subrequest || validators == Validators::Elsewhere {
            return None;
        }
        let (status, text) = self.compared(validators)?;
        // a part of a file is told from all of it where the status is nginx's own
        if status == 206 && outcome != Outcome::Answered(200) {
            return None;
        }
        self.step(None, "content", text);
        Some(status)
    }

    fn compared(&mut self, validators: Validators) -> Option<(u16, &'static str)> {
        const CHANGED: (u16, &str) = (412, "it is not as the client says that it must be: 412");
        let is_file = validators == Validators::File;
        let mut header =
            |name: &[u8]| self.header(name).known().unwrap_or_default().trim_ascii().to_vec();
        let [since, unless_since, none, some, range, if_range] = CONDITIONS.map(&mut header);
        let mut says = |what: &str| self.world.holds_usually(Cause::new(None, what), true);
        if !unless_since.is_empty() {
            let holds = match validators {
                Validators::File => says("whether the file is as old as the client says"),
                validators => validators == Validators::LongAgo,
            };
            if !holds {
                return Some(CHANGED);
            }
        }
        if !some.is_empty()
            && some != b"*"
            && !(is_file && says("whether the file has the tag that the client names"))
        {
            return Some(CHANGED);
        }
        let is_known = if none == b"*" && since.is_empty() {
            true
        } else {
            // without a date or a tag it is never the one that the client has
            (!since.is_empty() || !none.is_empty())
                && is_file
                && !says("whether the file is another than the client has")
        };
        if is_known {
            return Some((304, "the client has it already: 304"));
        }
        if !is_file || !range.starts_with(b"bytes=") || !if_range.is_empty() {
            return None;
        }
        // who asks for a part may well ask for one that is not there
        let length = "whether the file is as long as the range that the client asks for";
        Some(if self.world.holds_or(Cause::new(None, length), true) {
            (206, "a part of it is asked for: 206")
        } else {
            (416, "the file ends before the range begins: 416")
        })
    }

    /// Whether the request has conditions that a service may heed.
    pub(super) fn has_conditions(&mut self) -> bool {
        CONDITIONS[..4].iter().any(|name| !self.header(name).known().unwrap_or_default().is_empty())
    }
}
