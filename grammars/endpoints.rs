//! Turns `endpoints.toml` into the static table of `src/grammar/endpoints.rs`.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Endpoint {
    who: String,
    purpose: String,
}

/// The table of `src/grammar/endpoints.rs`.
///
/// # Panics
/// When a line of the table is wrong: the build shall fail.
pub(crate) fn generate(text: &str) -> String {
    let table: BTreeMap<String, Endpoint> =
        toml::from_str(text).unwrap_or_else(|error| panic!("{error}"));
    let mut out = String::from("static ENDPOINTS: &[Endpoint] = &[\n");
    for (path, Endpoint { who, purpose }) in &table {
        let purpose = match purpose.as_str() {
            "certificate" => "Certificate",
            "health" => "Health",
            "discovery" => "Discovery",
            "webhook" => "Webhook",
            "browser" => "Browser",
            "agent" => "Agent",
            other => panic!("{path}: no purpose {other}"),
        };
        assert!(path.starts_with('/'), "{path} is no path");
        writeln!(out, "Endpoint {{ path: {path:?}, who: {who:?}, purpose: Purpose::{purpose} }},")
            .expect("a String");
    }
    out + "];\n"
}
