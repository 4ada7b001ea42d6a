//! Turns `hashes.toml` into the static tables of `src/grammar/hashes.rs`.

use serde::Deserialize;
use std::fmt::Write;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    scheme: Vec<Scheme>,
    foreign: Vec<Foreign>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scheme {
    name: String,
    prefix: String,
    parts: Vec<String>,
    #[serde(default)]
    joined: bool,
    nginx: String,
    apache: String,
    libc: Vec<String>,
    strength: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Foreign {
    name: String,
    prefix: String,
}

/// The Rust text of both tables.
///
/// # Panics
/// When a line of the table is wrong: the build shall fail.
pub(crate) fn generate(toml: &str) -> String {
    let table: Table = toml::from_str(toml).expect("hashes.toml");
    let mut out = String::from(
        "/// The ways to store a password, those without a prefix last.\npub static SCHEMES: &[Scheme] = &[\n",
    );
    for scheme in &table.scheme {
        let parts: Vec<String> = scheme.parts.iter().map(|part| self::part(part)).collect();
        let libc = |name: &str| scheme.libc.iter().any(|libc| libc == name);
        writeln!(
            out,
            "Scheme {{ name: {:?}, prefix: {:?}, parts: &[{}], joined: {}, nginx: Checker::{}, \
             apache: Checker::{}, glibc: {}, musl: {}, strength: Strength::{} }},",
            scheme.name,
            scheme.prefix,
            parts.join(", "),
            scheme.joined,
            variant(&scheme.nginx),
            variant(&scheme.apache),
            libc("glibc"),
            libc("musl"),
            variant(&scheme.strength),
        )
        .expect("a string takes all");
    }
    out.push_str(
        "];\n/// Hashes that neither server knows.\npub static FOREIGN: &[Foreign] = &[\n",
    );
    for foreign in &table.foreign {
        writeln!(out, "Foreign {{ name: {:?}, prefix: {:?} }},", foreign.name, foreign.prefix)
            .expect("a string takes all");
    }
    out.push_str("];\n");
    out
}

/// `?rounds=digit 4-9` to a `Part`.
fn part(text: &str) -> String {
    let (what, lengths) = text.split_once(' ').expect("a class and its length");
    let (start, class) = match what.strip_prefix('?') {
        Some(optional) => {
            let (start, class) = optional.split_once('=').expect("? and = around a name");
            (format!("{start}="), class)
        }
        None => (String::new(), what),
    };
    let (least, most) = lengths.split_once('-').unwrap_or((lengths, lengths));
    let number = |text: &str| text.parse::<u32>().expect("a length");
    format!(
        "Part {{ optional: {start:?}, class: Class::{}, least: {}, most: {} }}",
        variant(class),
        number(least),
        number(most)
    )
}

/// `own` to `Own`: the name of an enum's variant; an unknown one fails the build there.
fn variant(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}
