//! Too few or too many arguments: nginx stops reading at the directive.

use super::arguments::{is_directive, miscounted};
use crate::config::nginx::{Directive, Site};
use crate::diagnostic::{Edit, Findings, Safety};
use crate::source::{Location, Span};
use crate::syntax::NodeKind;

rule! {
    "nginx/wrong-argument-count" {
        reads: Nginx, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a directive has too few or too many arguments, and nginx does not start",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for wrong in miscounted(*site).filter(|wrong| wrong.text.is_none()) {
        let directive = wrong.directive;
        let (name, takes) = (directive.name(), wrong.takes);
        let count = directive.args().len();
        let gets = if count == 0 { "none".to_owned() } else { count.to_string() };
        let finding = RULE
            .at(directive.words_location())
            .message(format!("`{name}` takes {takes} and gets {gets}, and nginx does not start"));
        findings.push(match run_on(directive) {
            Some((gap, next)) => finding
                .related(next, "the next directive")
                .help("end the directive before it with `;`")
                .fix(Safety::Unsafe, "insert `;`", vec![Edit::insert(gap, ";")]),
            None if takes.most().is_some_and(|most| count > most) => {
                finding.help("remove what is too much, or quote a value that has blanks")
            }
            None => finding.help(format!("write {takes}")),
        });
    }
    for (block, alone) in DATA {
        for data in site.directives(block) {
            for line in data.children().filter(|line| is_miscounted(*line, alone)) {
                let count = line.args().len() + 1;
                let words = if count == 1 { "one word".into() } else { format!("{count} words") };
                findings.push(
                    RULE.at(line.words_location())
                        .message(format!(
                            "`{block}` takes a key and a value, and this line has {words}: nginx does not start"
                        ))
                        .related(data.words_location(), format!("this {block}"))
                        .help("write one key and one value before each `;`, between quotes where one has blanks"),
                );
            }
        }
    }
}

/// The blocks whose lines are a key and a value, with the words that stand alone in them.
const DATA: [(&str, &[&str]); 3] = [
    ("map", &["hostnames", "volatile"]),
    ("geo", &["ranges", "proxy_recursive"]),
    ("charset_map", &[]),
];

/// Whether nginx refuses a line of such a block for the number of its words (`ngx_http_map`, `ngx_http_geo`,
/// `ngx_http_charset_map`).
fn is_miscounted(line: Directive<'_>, alone: &[&str]) -> bool {
    let fits = match line.args().len() {
        0 => alone.iter().any(|word| line.name_value().is(word.as_bytes())),
        args => args == 1,
    };
    line.node().kind == NodeKind::Entry && !fits && line.is_as_written()
}

/// Where a `;` is missing: behind the argument before one that is the name of a directive, and that name.
fn run_on(directive: Directive<'_>) -> Option<(Location, Location)> {
    let args: Vec<_> = directive.args().collect();
    let next = (1..args.len())
        .find(|&at| !args[at].word.is_quoted() && is_directive(&args[at].decoded()))?;
    let end = args[next - 1].word.span.end;
    Some((directive.at(Span::empty(end)), args[next].location()))
}
