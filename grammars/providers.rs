//! Turns `providers.toml` into the static table of `src/grammar/providers.rs`.

use serde::Deserialize;
use std::fmt::Write;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    provider: Vec<Provider>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Provider {
    name: String,
    hosts: Vec<String>,
    checks: Vec<String>,
    headers: Vec<Vec<String>>,
    why: String,
}

/// The Rust text of the table.
///
/// # Panics
/// When a line of the table is wrong: the build shall fail.
pub(crate) fn generate(toml: &str) -> String {
    let table: Table = toml::from_str(toml).expect("providers.toml");
    let mut out =
        String::from("/// The services that are known.\npub static PROVIDERS: &[Provider] = &[\n");
    for provider in &table.provider {
        let headers: Vec<String> = provider.headers.iter().map(|all| format!("&{all:?}")).collect();
        writeln!(
            out,
            "Provider {{ name: {:?}, hosts: &{:?}, checks: &{:?}, headers: &[{}], why: {:?} }},",
            provider.name,
            provider.hosts,
            provider.checks,
            headers.join(", "),
            provider.why,
        )
        .expect("a string takes all");
    }
    out.push_str("];\n");
    out
}
