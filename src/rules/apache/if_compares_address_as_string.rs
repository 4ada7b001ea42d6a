//! `==` in an expression compares whole texts: an address is never equal to a network.

use super::reading::{given, reading};
use crate::config::apache::{Directive, Site};
use crate::diagnostic::{Edit, Findings, Safety};
use crate::policy::addresses::network;
use crate::source::Span;
use std::net::IpAddr;
use std::ops::Range;

rule! {
    "apache/if-compares-address-as-string" {
        reads: Apache, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "an expression compares REMOTE_ADDR with a network as if it were text, and never finds it equal",
    }
}

const VARIABLES: [&[u8]; 2] = [b"%{REMOTE_ADDR}", b"%{CONN_REMOTE_ADDR}"];

fn check(site: &Site<'_>, findings: &mut Findings) {
    let mut last = None;
    for (directive, _) in site.values_with(b"REMOTE_ADDR}") {
        let Some(directive) = reading(directive).filter(|it| is_expression(*it)) else { continue };
        if last.replace((directive.inclusion, directive.id))
            == Some((directive.inclusion, directive.id))
        {
            continue;
        }
        for comparison in comparisons(directive) {
            let never = if comparison.equal { "never" } else { "always" };
            let word = String::from_utf8_lossy(&comparison.word).into_owned();
            let at = directive.at(Span::new(comparison.at.start as u32, comparison.at.end as u32));
            let finding = RULE
                .at(at)
                .message(format!(
                    "this compares the whole address with the text `{word}`, which no address is: it {never} holds"
                ))
                .label("compares texts");
            // only the operand of REMOTE_ADDR has a short form
            let finding = match network(&comparison.word).filter(|_| !comparison.of_connection) {
                Some(net) => {
                    let not = if comparison.equal { "" } else { "! " };
                    let quote = if comparison.quote == b'"' { '"' } else { '\'' };
                    finding.fix(
                        Safety::Unsafe,
                        "compare with the network",
                        vec![Edit::replace(at, format!("{not}-R {quote}{net}{quote}"))],
                    )
                }
                None => finding.help("write a network: `-R '192.0.2.0/24'`"),
            };
            findings.push(given(finding, directive));
        }
    }
}

/// Whether its argument is an expression as `ap_expr` reads it.
fn is_expression(directive: Directive<'_>) -> bool {
    directive.is_section("If")
        || directive.is_section("ElseIf")
        || (directive.is("Require") && directive.args().take(2).any(|word| word.is(b"expr")))
}

struct Comparison {
    /// In the file, from the variable to the end of the text.
    at: Range<usize>,
    equal: bool,
    of_connection: bool,
    quote: u8,
    word: Vec<u8>,
}

/// The comparisons in a directive's line by `==` or `!=` with a text that is no whole address.
fn comparisons(directive: Directive<'_>) -> Vec<Comparison> {
    let text = directive.source().text();
    let line = directive.location().span;
    let (start, end) = (line.start as usize, line.end as usize);
    let Some(line) = text.get(start..end) else { return Vec::new() };
    let mut all = Vec::new();
    for variable in VARIABLES {
        for at in memchr::memmem::find_iter(line, variable) {
            let Some(mut one) = comparison(&line[at + variable.len()..]) else { continue };
            one.of_connection = variable != VARIABLES[0];
            one.at = start + at..start + at + variable.len() + one.at.end;
            all.push(one);
        }
    }
    all.sort_by_key(|one| one.at.start);
    all
}

/// What follows the variable.
fn comparison(rest: &[u8]) -> Option<Comparison> {
    let blanks = |at: usize| at + rest[at..].iter().take_while(|byte| **byte == b' ').count();
    let mut at = blanks(0);
    let equal = match rest.get(at)? {
        b'=' => true,
        b'!' if rest.get(at + 1) == Some(&b'=') => false,
        _ => return None,
    };
    at += match rest.get(at + 1)? {
        b'=' => 2,
        b'~' => return None,
        _ => 1,
    };
    at = blanks(at);
    // inside of quotes, others may be escaped
    let escaped = rest.get(at) == Some(&b'\\');
    at += usize::from(escaped);
    let quote = *rest.get(at).filter(|byte| matches!(byte, b'\'' | b'"'))?;
    let from = at + 1;
    let end = from + memchr::memchr(quote, &rest[from..])?;
    let word = rest.get(from..end - usize::from(escaped))?;
    let is_text = !word.is_empty()
        && word.iter().all(|byte| byte.is_ascii_hexdigit() || b".:/*-".contains(byte));
    let whole = std::str::from_utf8(word).is_ok_and(|word| word.parse::<IpAddr>().is_ok());
    if !is_text || whole || escaped || !word.iter().any(|byte| b".:".contains(byte)) {
        return None;
    }
    Some(Comparison { at: 0..end + 1, equal, of_connection: false, quote, word: word.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::comparison;

    #[test]
    fn texts_that_no_address_is() {
        for (rest, expected) in [
            (" == '10.'", Some((true, "10."))),
            ("=='10.0.0.0/8'", Some((true, "10.0.0.0/8"))),
            (" != \"192.168.*\"", Some((false, "192.168.*"))),
            (" = '10.1' && true", Some((true, "10.1"))),
            (" == '10.1.2.3'", None),
            (" == '::1'", None),
            (" =~ /^10/", None),
            (" -ipmatch '10.0.0.0/8'", None),
            (" == ''", None),
            (" == %{SERVER_ADDR}", None),
            (" in { '10.' }", None),
        ] {
            let found = comparison(rest.as_bytes());
            let found =
                found.map(|one| (one.equal, String::from_utf8_lossy(&one.word).into_owned()));
            assert_eq!(found, expected.map(|(equal, word)| (equal, word.to_owned())), "{rest}");
        }
    }
}
