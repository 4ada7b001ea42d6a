//! What makes httpd refuse a .htaccess file: then every request that reads it is answered 500. The first fault counts.

use super::policy::{Policy, SectionId};
use super::requirement::{Operator, Requirement};
use crate::config::apache::{AllowOverride, Directive, ModuleState, Value};
use crate::config::paths;
use crate::grammar::apache::{Args, Directive as Known, Overrides};
use crate::grammar::apache_modules;
use crate::policy::addresses::network;
use crate::policy::world::{Cause, World};
use crate::source::Location;
use crate::syntax::{NodeId, SyntaxError, SyntaxErrorKind};

/// A fault of a .htaccess file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where httpd stops reading.
    pub at: Option<Location>,
    /// What is wrong, in a few words.
    pub text: String,
    /// The status that requests get; 0 where the process that reads the file ends.
    pub status: u16,
}

impl Fault {
    fn new(directive: Directive<'_>, text: impl Into<String>) -> Self {
        Self { at: Some(directive.location()), text: text.into(), status: 500 }
    }
}

impl<'p> Policy<'p> {
    /// The first thing for which httpd refuses the .htaccess file `section`, given what AllowOverride allows in it.
    pub fn fault(
        &self,
        section: SectionId,
        overrides: &AllowOverride,
        world: &mut World,
    ) -> Option<Fault> {
        if let Some(denied) = &self.htaccess_file_data(section)?.denied {
            // `ap_parse_htaccess` denies to be safe (AH00529)
            let text = format!("httpd's workers may not open {}", paths::shown(denied));
            return Some(Fault { at: None, text, status: 403 });
        }
        let inclusion = self.htaccess_inclusion(section)?;
        let site = inclusion.site;
        let first = site.directive(inclusion.inclusion, NodeId(0));
        let tree = first.tree();
        // `ap_build_cont_config` takes the end of the file for the end of a section that it reads at once
        let unclosed = |error: &SyntaxError| {
            let head = error.because?;
            let before = tree.nodes.partition_point(|node| node.head.start <= head.start);
            Some(first.beside(NodeId(before.checked_sub(1)? as u32)))
        };
        let ends_well = tree.errors.iter().any(|error| {
            error.kind == SyntaxErrorKind::MissingSectionEnd
                && unclosed(error).is_some_and(|it| it.is_conditional() && self.reads(it, world))
        });
        let is_refused = |kind: SyntaxErrorKind| match kind {
            SyntaxErrorKind::MissingQuote => false,
            SyntaxErrorKind::MissingSectionEnd => !ends_well,
            _ => true,
        };
        if let Some(error) = tree.errors.iter().find(|error| is_refused(error.kind)) {
            return Some(Fault {
                at: Some(first.at(error.at)),
                text: "the file has a syntax error".into(),
                status: 500,
            });
        }
        let mut dropped = 0;
        let mut first_fault: Option<Fault> = None;
        for index in 0..tree.nodes.len() as u32 {
            let directive = first.beside(NodeId(index));
            if !self.reads(directive, world) || index < dropped && !directive.is_conditional() {
                continue;
            }
            if !directive.is_conditional()
                && directive.known().is_some_and(|known| overrides.drops(known))
            {
                // with what stands in it
                dropped = tree.node(directive.id).end;
                continue;
            }
            first_fault = self.fault_of(directive, overrides, world);
            if first_fault.is_some() {
                break;
            }
        }
        let requires = &self.get(section).requires;
        let of_requires = self.fault_of_requirements(requires, Operator::Any, world);
        let place = |fault: &Fault| fault.at.map(|at| at.span.start);
        [first_fault, of_requires].into_iter().flatten().min_by_key(place)
    }

    fn fault_of(
        &self,
        directive: Directive<'p>,
        overrides: &AllowOverride,
        world: &mut World,
    ) -> Option<Fault> {
        let name = directive.name();
        let Some(known) = directive.known() else {
            if overrides.nonfatal_unknown || directive.is_conditional() {
                return None;
            }
            let fault = Fault::new(directive, format!("no loaded module has {name}"));
            if self.site.data.modules.are_all_known() {
                return Some(fault);
            }
            let cause =
                Cause::new(directive.location(), format!("whether a loaded module has {name}"));
            return (!world.holds(cause)).then_some(fault);
        };
        if directive.is_conditional() {
            // where it is dropped, its end is one too many
            let text = format!("AllowOverride does not allow <{name}>");
            return (!overrides.allows(known)).then(|| Fault::new(directive, text));
        }
        if !self.is_loaded(known) {
            if overrides.nonfatal_unknown {
                return None;
            }
            return Some(Fault::new(directive, format!("no loaded module has {name}")));
        }
        if !overrides.allows(known) {
            let text = if known.overrides() == Overrides::NONE {
                format!("{name} is not allowed in .htaccess")
            } else {
                format!("AllowOverride does not allow {name}")
            };
            return Some(Fault::new(directive, text));
        }
        if let Some(section) = directive.refused_by() {
            return Some(Fault::new(
                directive,
                format!("{name} is not allowed in <{}>", section.name()),
            ));
        }
        if !directive.has_known_arguments() {
            return None;
        }
        arguments(directive, known).or_else(|| self.words_of(directive, known, world))
    }

    fn is_loaded(&self, known: &Known) -> bool {
        let version = self.site.target().apache.unwrap_or((2, 4, 0));
        known.usages.iter().any(|usage| {
            usage.removed.is_none_or(|gone| gone > version)
                && self.site.module(usage.module) != ModuleState::NotLoaded
        })
    }

    /// What single directives say of their own words.
    fn words_of(
        &self,
        directive: Directive<'p>,
        known: &Known,
        world: &mut World,
    ) -> Option<Fault> {
        let word = |index: usize| directive.arg(index).and_then(Value::known);
        let is = |index: usize, words: &[&str]| {
            word(index)
                .is_some_and(|it| words.iter().any(|word| it.eq_ignore_ascii_case(word.as_bytes())))
        };
        let bad = |what: &str| Some(Fault::new(directive, what));
        match (known.name, known.section) {
            ("Order", false) if !is(0, &["allow,deny", "deny,allow", "mutual-failure"]) => {
                bad("Order does not know this word")
            }
            ("Allow" | "Deny", false) if !is(0, &["from"]) => bad("`from` is missing"),
            ("Satisfy", false) if !is(0, &["any", "all"]) => bad("Satisfy does not know this word"),
            ("AuthLDAPURL", false) if word(0).is_some_and(|url| !is_ldap_url(&url)) => {
                bad("this is no LDAP URL")
            }
            ("AuthMerging", false) if !is(0, &["off", "and", "or"]) => {
                bad("AuthMerging does not know this word")
            }
            ("AuthBasicProvider" | "AuthDigestProvider", false) => {
                for word in directive.args() {
                    let name = word.known()?;
                    if self.has_alias("AuthnProviderAlias", &name) {
                        continue;
                    }
                    let known = apache_modules::authn_provider(&name);
                    let there = match known {
                        Some(known) => self.has_module(known.module, world),
                        None => !self.site.data.modules.are_all_known(),
                    };
                    if !there {
                        let name = String::from_utf8_lossy(&name);
                        return Some(Fault::new(directive, format!("there is no provider {name}")));
                    }
                    let digest = directive.is("AuthDigestProvider");
                    if digest && known.is_some_and(|known| !known.knows_digests()) {
                        let name = String::from_utf8_lossy(&name);
                        let text = format!("the provider {name} knows no digests");
                        return Some(Fault::new(directive, text));
                    }
                }
                None
            }
            ("Options", false) => mixed_options(directive)
                .then(|| Fault::new(directive, "Options mixes words with and without a sign")),
            ("SetEnvIf" | "SetEnvIfNoCase", false) if directive.args().len() < 3 => {
                bad("no variable stands behind the pattern")
            }
            ("BrowserMatch" | "BrowserMatchNoCase", false) if directive.args().len() < 2 => {
                bad("no variable stands behind the pattern")
            }
            ("Limit" | "LimitExcept", true) => {
                for word in directive.args() {
                    let name = word.known()?;
                    if name.eq_ignore_ascii_case(b"TRACE") {
                        return bad("TRACE cannot be limited");
                    }
                    if self.methods.number(&name) == super::methods::INVALID {
                        let name = String::from_utf8_lossy(&name);
                        return Some(Fault::new(directive, format!("{name} is no method")));
                    }
                }
                None
            }
            ("If" | "ElseIf", true) => {
                let words: Option<Vec<_>> = directive.args().map(Value::known).collect();
                let text = words?.join(&b' ');
                (!super::conditions::parses(&text))
                    .then(|| Fault::new(directive, "the expression has a syntax error"))
            }
            ("RequireAll" | "RequireAny" | "RequireNone", true) => {
                let any = directive.children().any(|child| {
                    child.known().is_some_and(|known| {
                        known.name == "Require"
                            || known.name.starts_with("Require") && known.section
                            || known.name.starts_with("Limit") && known.section
                    })
                });
                (!any).then(|| Fault::new(directive, "the container is empty"))
            }
            _ => None,
        }
    }

    /// `<AuthnProviderAlias base name>` or its like for `name`.
    pub(super) fn has_alias(&self, section: &str, name: &[u8]) -> bool {
        self.alias(section, name).is_some()
    }

    /// The section that defines the provider `name`.
    pub(super) fn alias(&self, section: &str, name: &[u8]) -> Option<Directive<'p>> {
        self.site.sections(section).find(|alias| alias.arg(1).is_some_and(|word| word.is(name)))
    }

    fn fault_of_requirements(
        &self,
        members: &[Requirement<'p>],
        operator: Operator,
        world: &mut World,
    ) -> Option<Fault> {
        for one in members {
            if !self.reads(one.directive(), world) {
                continue;
            }
            let negated = match one {
                Requirement::Leaf(leaf) => leaf.negated,
                Requirement::Container(container) => container.negated,
            };
            if negated && operator == Operator::Any {
                return Some(Fault::new(
                    one.directive(),
                    "a negation cannot stand outside of <RequireAll>",
                ));
            }
            let fault = match one {
                Requirement::Leaf(leaf) => self.fault_of_leaf(leaf, world),
                Requirement::Container(inner) => {
                    self.fault_of_requirements(&inner.members, inner.operator, world)
                }
            };
            if fault.is_some() {
                return fault;
            }
        }
        None
    }

    fn fault_of_leaf(
        &self,
        leaf: &super::requirement::Leaf<'p>,
        world: &mut World,
    ) -> Option<Fault> {
        let provider = leaf.provider.known()?;
        let bad = |text: String| Some(Fault::new(leaf.directive, text));
        let shown = String::from_utf8_lossy(&provider).into_owned();
        let known = apache_modules::authz_provider(&provider);
        let there = match known {
            Some(known) => self.has_module(known.module, world),
            None if self.has_alias("AuthzProviderAlias", &provider) => true,
            None => {
                !self.site.data.modules.are_all_known()
                    && world.holds(Cause::new(
                        leaf.provider.location(),
                        format!("whether a loaded module has `Require {shown}`"),
                    ))
            }
        };
        if !there {
            return bad(format!("no loaded module knows `Require {shown}`"));
        }
        let words: Option<Vec<_>> = leaf.words().map(Value::known).collect();
        let words = words?;
        match &*provider {
            b"all" => {
                // the word is taken as it is written, quotes and all
                let good = matches!(&*words, [_])
                    && leaf.words().all(|word| {
                        let raw = word.raw();
                        raw.eq_ignore_ascii_case(b"granted")
                            || raw.eq_ignore_ascii_case(b"denied")
                            || word.has_variable()
                    });
                (!good).then(|| Fault::new(leaf.directive, "`Require all` takes granted or denied"))
            }
            b"ip" => {
                let wrong = words.is_empty() || words.iter().any(|word| network(word).is_none());
                wrong.then(|| Fault::new(leaf.directive, "`Require ip` takes addresses"))
            }
            b"method" => {
                let unknown =
                    words.iter().find(|name| self.methods.number(name) == super::methods::INVALID);
                unknown.and_then(|_| bad("`Require method` names what is no method".into()))
            }
            b"user" | b"group" | b"host"
                if words.last().is_some_and(|word| word.ends_with(b"\\")) =>
            {
                let fault = Fault::new(leaf.directive, "httpd's process ends at the backslash");
                Some(Fault { status: 0, ..fault })
            }
            b"env" if words.is_empty() => bad("`Require env` names no variable".into()),
            b"expr" => {
                let text = leaf.expression()?;
                (!super::conditions::parses(&text))
                    .then(|| Fault::new(leaf.directive, "the expression has a syntax error"))
            }
            _ => None,
        }
    }
}

/// Too few or too many words, or a flag that is neither On nor Off.
fn arguments(directive: Directive<'_>, known: &Known) -> Option<Fault> {
    let count = directive.args().len();
    let accepts = known.usages.iter().any(|usage| usage.args.accepts(count));
    if !accepts {
        return Some(Fault::new(
            directive,
            format!("{} has a wrong number of arguments", known.name),
        ));
    }
    let least = known.usages.iter().map(|usage| usage.args.least()).min().unwrap_or(0);
    if directive.args().take(least).any(|word| word.is(b"")) {
        return Some(Fault::new(directive, format!("an argument of {} is empty", known.name)));
    }
    let is_flag = known.usages.iter().all(|usage| usage.args == Args::Flag);
    let says = |text: &[u8]| directive.says(text);
    (is_flag && !says(b"on") && !says(b"off"))
        .then(|| Fault::new(directive, format!("{} takes On or Off", known.name)))
}

/// Whether `apr_ldap_url_parse_ext` knows its scheme.
fn is_ldap_url(url: &[u8]) -> bool {
    ["ldap://", "ldaps://", "ldapi://"].iter().any(|scheme| {
        url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme.as_bytes()))
    })
}

/// `set_options`: a list with signs has one at every word, and All and None stand first.
fn mixed_options(directive: Directive<'_>) -> bool {
    let (mut signed, mut whole) = (false, false);
    for (index, word) in directive.args().enumerate() {
        let Some(text) = word.known() else { return false };
        let has_sign = matches!(text.first(), Some(b'+' | b'-'));
        let name = if has_sign { &text[1..] } else { &text[..] };
        // None and All may have words with a sign behind them
        if if has_sign { index > 0 && !signed && !whole } else { signed } {
            return true;
        }
        signed |= has_sign;
        if name.eq_ignore_ascii_case(b"none") || name.eq_ignore_ascii_case(b"all") {
            if index > 0 || has_sign {
                return true;
            }
            whole = true;
        }
    }
    false
}
