//! Turns `nginx.toml` and `apache.toml` into the static tables of `src/grammar/`, with a hash over the names. Refuses what is
//! unsorted, unknown or there twice.

use crate::hash::hash;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// One line of nginx.toml or apache.toml.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    r#in: String,
    args: String,
    block: Option<String>,
    r#override: Option<String>,
    #[serde(default)]
    once: bool,
    since: Option<String>,
    removed: Option<String>,
    secret: Option<String>,
}

/// A line, or several where it depends on the place.
#[derive(Deserialize)]
#[serde(untagged)]
enum Rows {
    One(Row),
    Many(Vec<Row>),
}

/// Part, module, name.
type Directives = BTreeMap<String, BTreeMap<String, BTreeMap<String, Rows>>>;

/// Reads a table and holds it to its order: modules within a part and names within a module ascend by `key`.
fn read(text: &str, key: fn(&str) -> String) -> Directives {
    let (mut part, mut module, mut last) = (String::new(), String::new(), String::new());
    for line in text.lines() {
        if let Some(header) = line.strip_prefix('[') {
            let (new_part, new_module) =
                header.trim_end_matches(']').split_once('.').expect("[part.module]");
            assert!(
                (part.as_str(), module.as_str()) < (new_part, new_module),
                "[{header} is not sorted"
            );
            (part, module, last) = (new_part.into(), new_module.into(), String::new());
        } else if let Some((name, _)) = line.split_once(" = ")
            && !line.starts_with([' ', '#'])
        {
            let name = key(name.trim_matches('"'));
            assert!(last < name, "{name} is not sorted in [{part}.{module}]");
            last = name;
        }
    }
    toml::from_str(text).unwrap_or_else(|error| panic!("{error}"))
}

/// The usages of each name, as Rust, those of the server's own source first.
fn usages(
    directives: &Directives,
    key: fn(&str) -> String,
    usage: fn(&str, &str, &str, &Row) -> String,
) -> BTreeMap<String, (String, Vec<String>)> {
    let mut names = BTreeMap::new();
    for (part, modules) in directives {
        let origin = match part.as_str() {
            "core" => "Origin::Core",
            "plus" => "Origin::Plus",
            "third-party" => "Origin::ThirdParty",
            _ => panic!("no such part: {part}"),
        };
        for (module, rows) in modules {
            for (name, rows) in rows {
                let rows = match rows {
                    Rows::One(row) => std::slice::from_ref(row),
                    Rows::Many(rows) => rows,
                };
                let entry = names.entry(key(name)).or_insert_with(|| (name.clone(), Vec::new()));
                entry.1.extend(rows.iter().map(|row| usage(name, module, origin, row)));
            }
        }
    }
    names
}

/// A table of slots over `names`, twice to four times as many as names, with the seed that needs the fewest steps.
fn slots(names: &[&str], out: &mut String) {
    let size = (names.len() * 2).next_power_of_two();
    let place = |seed: u32| {
        let mut slots = vec![u16::MAX; size];
        let mut steps = 0;
        for (id, name) in names.iter().enumerate() {
            let mut slot = hash(name.as_bytes(), seed) as usize % size;
            while slots[slot] != u16::MAX {
                slot = (slot + 1) % size;
                steps += 1;
            }
            slots[slot] = u16::try_from(id).expect("fewer than 65,535 directives");
        }
        (steps, slots)
    };
    let (seed, (_, slots)) = (0..64)
        .map(|seed| (seed, place(seed)))
        .min_by_key(|(_, (steps, _))| *steps)
        .expect("64 seeds");
    writeln!(out, "const SEED: u32 = {seed};\nstatic SLOTS: [u16; {size}] = {slots:?};")
        .expect("a String");
}

/// The tables of `src/grammar/nginx.rs`.
pub(crate) fn nginx(text: &str) -> String {
    let directives = read(text, str::to_owned);
    let names = usages(&directives, str::to_owned, nginx_usage);
    let mut out = format!("static DIRECTIVES: [Directive; {}] = [\n", names.len());
    for (id, (name, (_, usages))) in names.iter().enumerate() {
        writeln!(out, "Directive::new(Id({id}), {name:?}, &[{}]),", usages.join(", "))
            .expect("a String");
    }
    out.push_str("];\n");
    slots(&names.keys().map(String::as_str).collect::<Vec<_>>(), &mut out);
    out
}

fn nginx_usage(name: &str, module: &str, origin: &str, row: &Row) -> String {
    let contexts: u32 =
        row.r#in.split(' ').map(|word| nginx_context(name, word)).fold(0, |all, one| all | one);
    let body = match row.block.as_deref() {
        None => "Body::None".to_owned(),
        Some("entries") => "Body::Entries".to_owned(),
        Some("lua") => "Body::Lua".to_owned(),
        Some(place) => format!("Body::Directives(Contexts({}))", nginx_context(name, place)),
    };
    assert!(row.r#override.is_none(), "{name}: override is httpd's");
    format!(
        "Usage {{ module: {module:?}, origin: {origin}, contexts: Contexts({contexts}), args: Args {{ counts: {}, flag: {} }}, \
         body: {body}, once: {}, since: {}, removed: {}, secrets: {} }}",
        nginx_counts(name, &row.args),
        row.args == "flag",
        row.once,
        version(name, row.since.as_deref()),
        version(name, row.removed.as_deref()),
        secrets(name, row.secret.as_deref()),
    )
}

/// The bits of `Contexts` in `src/grammar/nginx.rs`; a test there compares them.
fn nginx_context(name: &str, word: &str) -> u32 {
    const PLACES: [&str; 14] = [
        "main",
        "events",
        "http",
        "server",
        "location",
        "if-in-server",
        "if-in-location",
        "limit_except",
        "upstream",
        "mail",
        "mail-server",
        "stream",
        "stream-server",
        "stream-upstream",
    ];
    const OTHER: [&str; 8] = [
        "acme_issuer",
        "mgmt",
        "oidc_provider",
        "otel_exporter",
        "rtmp",
        "rtmp-application",
        "rtmp-recorder",
        "rtmp-server",
    ];
    if word == "any" {
        (1 << 15) - 1
    } else if OTHER.contains(&word) {
        1 << 14
    } else {
        let bit = PLACES.iter().position(|place| *place == word);
        1 << bit.unwrap_or_else(|| panic!("{name}: no such place: {word}"))
    }
}

/// Bit *n* for *n* arguments, bit 8 for 8 and more.
fn nginx_counts(name: &str, args: &str) -> u16 {
    let number = |word: &str| -> u16 {
        word.parse()
            .ok()
            .filter(|count| *count < 8)
            .unwrap_or_else(|| panic!("{name}: args = {args:?}"))
    };
    match args {
        "any" => 0x1ff,
        "flag" => 2,
        _ => args.split(' ').fold(0, |bits, word| {
            bits | if let Some(least) = word.strip_suffix('+') {
                0x1ff & (0x1ff << number(least))
            } else if let Some((least, most)) = word.split_once('-') {
                assert!(number(least) < number(most), "{name}: args = {args:?}");
                (number(least)..=number(most)).fold(0, |bits, count| bits | 1 << count)
            } else {
                1 << number(word)
            }
        }),
    }
}

/// Names of directives before those of sections, then as httpd compares them.
fn apache_key(name: &str) -> String {
    let bare = name.trim_start_matches('<').trim_end_matches('>').to_ascii_lowercase();
    if name.starts_with('<') { bare + "\u{1}" } else { bare }
}

/// The tables of `src/grammar/apache.rs`.
pub(crate) fn apache(text: &str) -> String {
    let directives = read(text, apache_key);
    let names = usages(&directives, apache_key, apache_usage);
    let mut out = format!("static DIRECTIVES: [Directive; {}] = [\n", names.len());
    let mut keys = Vec::new();
    for (id, (written, usages)) in names.values().enumerate() {
        let name = written.trim_matches(['<', '>']);
        let section = written.starts_with('<');
        writeln!(
            out,
            "Directive {{ id: Id({id}), name: {name:?}, section: {section}, usages: &[{}] }},",
            usages.join(", ")
        )
        .expect("a String");
        keys.push(name);
    }
    out.push_str("];\n");
    slots(&keys, &mut out);
    out
}

fn apache_usage(name: &str, module: &str, origin: &str, row: &Row) -> String {
    const PLACES: [&str; 4] = ["server", "vhost", "directory", "proxy"];
    const CLASSES: [&str; 5] = ["AuthConfig", "FileInfo", "Indexes", "Limit", "Options"];
    let bits = |known: &[&str], words: &str| {
        words.split_whitespace().fold(0, |bits, word| {
            let bit = known.iter().position(|known| *known == word);
            bits | 1 << bit.unwrap_or_else(|| panic!("{name}: no such word: {word}"))
        })
    };
    let overrides = match row.r#override.as_deref() {
        None => 0,
        Some("All") => 31,
        Some(classes) => bits(&CLASSES, classes),
    };
    let args = match row.args.as_str() {
        "unknown" => "Args::Unknown".to_owned(),
        "NO_ARGS" => "Args::Count(1)".to_owned(),
        "RAW_ARGS" => "Args::Raw".to_owned(),
        "FLAG" => "Args::Flag".to_owned(),
        "ITERATE" => "Args::Iterate".to_owned(),
        "ITERATE2" => "Args::Iterate2".to_owned(),
        "TAKE_ARGV" => "Args::Argv".to_owned(),
        args => {
            let counts =
                args.strip_prefix("TAKE").unwrap_or_else(|| panic!("{name}: args = {args:?}"));
            let bits = counts.bytes().fold(0_u8, |bits, digit| bits | 1 << (digit - b'0'));
            format!("Args::Count({bits})")
        }
    };
    assert!(row.block.is_none() && !row.once, "{name}: block and once are nginx's");
    format!(
        "Usage {{ module: {module:?}, origin: {origin}, places: Places({}), overrides: Overrides({overrides}), args: {args}, \
         since: {}, removed: {}, secrets: {} }}",
        bits(&PLACES, &row.r#in),
        version(name, row.since.as_deref()),
        version(name, row.removed.as_deref()),
        secrets(name, row.secret.as_deref()),
    )
}

/// `"1.19.4"` as `Some((1, 19, 4))`.
pub(crate) fn version(name: &str, version: Option<&str>) -> String {
    let Some(version) = version else { return "None".to_owned() };
    let parts: Vec<u16> = version.split('.').filter_map(|part| part.parse().ok()).collect();
    assert!(parts.len() == 3, "{name}: no version: {version}");
    format!("Some(({}, {}, {}))", parts[0], parts[1], parts[2])
}

/// `"2+ if 1, 1 header"` as `&[Secret { … }, …]`; the words are explained in the files.
fn secrets(name: &str, list: Option<&str>) -> String {
    let argument =
        |word: &str| -> u8 { word.parse().unwrap_or_else(|_| panic!("{name}: secret = {list:?}")) };
    let items = list.into_iter().flat_map(|list| list.split(", ")).map(|item| {
        let (item, when) = match item.split_once(" if ") {
            None => (item, "NamedBy::Always".to_owned()),
            Some((item, "entry-key")) => (item, "NamedBy::EntryKey".to_owned()),
            Some((item, word)) => (item, format!("NamedBy::Argument({})", argument(word))),
        };
        let (words, part) = match item.split_once(' ') {
            None => (item, "Whole"),
            Some((words, "header")) => (words, "HeaderValue"),
            Some((words, "assigned")) => (words, "Assigned"),
            Some(_) => panic!("{name}: secret = {list:?}"),
        };
        let words = match words {
            "entry-key" => "EntryKey".to_owned(),
            "entry-value" => "EntryValue".to_owned(),
            _ => match words.strip_suffix('+') {
                Some(first) => format!("From({})", argument(first)),
                None => format!("Argument({})", argument(words)),
            },
        };
        format!("Secret {{ words: SecretWords::{words}, part: SecretPart::{part}, when: {when} }}")
    });
    format!("&[{}]", items.collect::<Vec<_>>().join(", "))
}
