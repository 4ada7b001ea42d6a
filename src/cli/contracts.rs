//! `[[expect]]` of lint401.toml: contracts, and what is wrong with one.

use super::trace::Parts;
use crate::diagnostic::closest;
use crate::policy::contract::{Contract, Kind, Wanted};
use crate::source::Span;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use std::ops::Range;
use toml::Spanned;

/// What somebody expects of a request.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Expect")]
pub(super) struct ExpectTable {
    /// The method and the URL: GET https://shop.example/admin/.
    #[schemars(with = "String")]
    request: Spanned<String>,
    /// The client's address; an outsider's where nothing is said.
    #[schemars(with = "Option<String>")]
    from: Option<Spanned<String>>,
    /// The user of a Basic login: NAME with the right password, or NAME:PASSWORD.
    #[schemars(with = "Option<String>")]
    user: Option<Spanned<String>>,
    /// A status, "passed", "not 401", or a list of statuses and "passed", any of which will do.
    #[schemars(schema_with = "answer_schema")]
    answer: Spanned<Answer>,
}

#[derive(Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "an answer is a status, \"passed\", \"not 401\" or a list of statuses and \"passed\""
)]
enum Answer {
    One(Word),
    Any(Vec<Word>),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Word {
    Status(i64),
    Text(String),
}

/// A place in the file, and what is wrong there.
pub(super) type Wrong = (Range<usize>, String);

/// The contracts, and the bytes of `text` that are secret.
pub(super) fn read(
    tables: &[ExpectTable],
    text: &str,
) -> Result<(Vec<Contract>, Vec<Span>), Wrong> {
    let mut secrets = Vec::new();
    let mut contracts = Vec::new();
    for table in tables {
        contracts.push(contract(table)?);
        hide(table, text, &mut secrets);
    }
    Ok((contracts, secrets))
}

fn contract(table: &ExpectTable) -> Result<Contract, Wrong> {
    let written = table.request.get_ref().trim();
    let (method, url) = match written.split_once(char::is_whitespace) {
        Some((method, url)) => (Some(method), url.trim_start()),
        None => (None, written),
    };
    let get = |value: &Option<Spanned<String>>| value.as_ref().map(|it| it.get_ref().clone());
    let parts = Parts {
        method: method.map(str::to_owned),
        user: get(&table.user),
        from: get(&table.from),
        ..Parts::default()
    };
    let request = parts.request(url).map_err(|wrong| {
        let of = |value: &Option<Spanned<String>>| value.as_ref().map(Spanned::span);
        let at = match wrong.part {
            "user" => of(&table.user),
            "from" => of(&table.from),
            _ => None,
        };
        let part = if wrong.part == "url" { "the URL" } else { wrong.part };
        let colon = if wrong.part == "url" { "" } else { ":" };
        let hint = if method.is_none() && wrong.part == "url" {
            "; a request is written \"GET https://shop.example/admin/\""
        } else {
            ""
        };
        (at.unwrap_or(table.request.span()), format!("{part}{colon} {}{hint}", wrong.text))
    })?;
    let wanted = wanted(table.answer.get_ref()).map_err(|text| (table.answer.span(), text))?;
    let at = table.request.span();
    let at = Span::new(at.start as u32, at.end as u32);
    Ok(Contract { at, url: url.to_owned(), request, wanted })
}

fn wanted(answer: &Answer) -> Result<Wanted, String> {
    let words = match answer {
        Answer::One(Word::Text(text)) if text.starts_with("not ") => {
            let rest = text["not ".len()..].trim();
            let word = rest.parse().map_or_else(|_| Word::Text(rest.to_owned()), Word::Status);
            return Ok(Wanted { is_negated: true, kinds: vec![kind(&word)?] });
        }
        Answer::One(word) => std::slice::from_ref(word),
        Answer::Any(words) => words.as_slice(),
    };
    if words.is_empty() {
        return Err("no answer will do: name one".to_owned());
    }
    let kinds = words.iter().map(kind).collect::<Result<_, _>>()?;
    Ok(Wanted { is_negated: false, kinds })
}

fn kind(word: &Word) -> Result<Kind, String> {
    match word {
        Word::Status(status) => match u16::try_from(*status) {
            Ok(status @ 100..=599) => Ok(Kind::Status(status)),
            _ => Err(format!("{status} is no status")),
        },
        Word::Text(text) if text == "passed" => Ok(Kind::Passed),
        Word::Text(text) => {
            if let Ok(status) = text.parse::<u16>() {
                return Err(format!("a status is a number, did you mean `{status}`?"));
            }
            let squeezed = text.to_lowercase().replace(['-', '_'], " ");
            let meant = closest(&squeezed, ["passed", "not 401", "not 403", "not passed"]);
            let meant = meant.map_or_else(
                || "; there are a status, \"passed\", \"not 401\" and lists of them".to_owned(),
                |meant| format!(", did you mean `{meant}`?"),
            );
            Err(format!("`{text}` is no answer{meant}"))
        }
    }
}

/// Notes where the password of a user stands, in `user` or in front of a host. Where it is written with escapes, the whole
/// value is hidden.
fn hide(table: &ExpectTable, text: &str, secrets: &mut Vec<Span>) {
    let mut hide = |value: &Spanned<String>, secret: &str| {
        let span = value.span();
        let raw = text.get(span.clone()).unwrap_or_default();
        let found = if secret.is_empty() { None } else { raw.rfind(secret) };
        let (start, end) = match found {
            Some(at) => (span.start + at, span.start + at + secret.len()),
            None if secret.is_empty() => return,
            None => (span.start, span.end),
        };
        secrets.push(Span::new(start as u32, end as u32));
    };
    if let Some(user) = &table.user
        && let Some((_, password)) = user.get_ref().split_once(':')
    {
        hide(user, password);
    }
    let url = table.request.get_ref();
    let authority = url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    if let Some((user, _)) = authority.rsplit_once('@')
        && let Some((_, password)) = user.split_once(':')
    {
        // with the user in front, so that nothing else is taken for it
        hide(&table.request, &format!(":{password}@"));
    }
    let query = url.split_once('?').map_or("", |(_, query)| query);
    for pair in query.split(['&', ' ']) {
        if let Some((name, value)) = pair.split_once('=')
            && crate::grammar::names_credential(name.as_bytes())
        {
            hide(&table.request, value);
        }
    }
}

fn answer_schema(_: &mut SchemaGenerator) -> Schema {
    let status = serde_json::json!({ "type": "integer", "minimum": 100, "maximum": 599 });
    let passed = serde_json::json!({ "const": "passed" });
    schemars::json_schema!({
        "oneOf": [
            status,
            passed,
            { "type": "string", "pattern": "^not ([1-5][0-9]{2}|passed)$" },
            { "type": "array", "minItems": 1, "items": { "oneOf": [status, passed] } }
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct File {
        expect: Vec<ExpectTable>,
    }

    fn one(text: &str) -> Result<(Contract, Vec<String>), (String, String)> {
        let text = format!("[[expect]]\n{text}");
        let file: File = toml::from_str(&text).map_err(|error| {
            (text[error.span().unwrap_or_default()].to_owned(), error.message().to_owned())
        })?;
        match read(&file.expect, &text) {
            Ok((mut contracts, secrets)) => {
                let shown = secrets.iter().map(|span| text[span.range()].to_owned()).collect();
                Ok((contracts.remove(0), shown))
            }
            Err((at, words)) => Err((text[at].to_owned(), words)),
        }
    }

    #[test]
    fn answers_are_statuses_words_and_lists() {
        let wanted = |answer: &str| {
            let text = format!("request = 'GET https://shop.example/admin/'\nanswer = {answer}");
            one(&text).map(|(contract, _)| contract.wanted.words())
        };
        assert_eq!(wanted("401").as_deref(), Ok("401"));
        assert_eq!(wanted("'passed'").as_deref(), Ok("that it passes"));
        assert_eq!(wanted("'not 401'").as_deref(), Ok("no 401"));
        assert_eq!(wanted("[401, 403, 'passed']").as_deref(), Ok("401 or 403 or that it passes"));
        for (answer, at, words) in [
            ("'pased'", "'pased'", "`pased` is no answer, did you mean `passed`?"),
            ("'not-401'", "'not-401'", "`not-401` is no answer, did you mean `not 401`?"),
            ("'401'", "'401'", "a status is a number, did you mean `401`?"),
            ("4011", "4011", "4011 is no status"),
            ("[]", "[]", "no answer will do"),
            ("true", "true", "an answer is a status"),
        ] {
            let (place, said) = wanted(answer).expect_err(answer);
            assert_eq!(place, at);
            assert!(said.contains(words), "{said}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_request_is_marked() {
        for (text, at, words) in [
            ("request = 'shop.example/'\nanswer = 401", "'shop.example/'", "GET https://"),
            ("request = 'GE(T http://a/'\nanswer = 401", "'GE(T http://a/'", "is no method"),
            ("request = 'http://a/'\nfrom = 'x'\nanswer = 401", "'x'", "is no IP address"),
            ("request = 'http://a/'\nanswr = 401", "answr", "unknown field"),
        ] {
            let (place, said) = one(text).expect_err(text);
            assert!(place.contains(at) && said.contains(words), "{place}: {said}");
        }
    }

    #[test]
    fn passwords_are_secret() {
        let secrets =
            |text: &str| one(&format!("{text}\nanswer = 401")).map(|(_, secrets)| secrets);
        let user = "request = 'http://a/'\nuser = 'alice:t0psecret'";
        assert_eq!(secrets(user), Ok(vec!["t0psecret".to_owned()]));
        let escaped = "request = 'http://a/'\nuser = \"alice:t\\u0030p\"";
        assert_eq!(secrets(escaped), Ok(vec!["\"alice:t\\u0030p\"".to_owned()]));
        let url = "request = 'GET http://alice:pw@a/x?token=abc&q=1'";
        assert_eq!(secrets(url), Ok(vec![":pw@".to_owned(), "abc".to_owned()]));
    }
}
