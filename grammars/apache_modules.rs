//! Turns `apache_modules.toml` into the static tables of `src/grammar/apache_modules.rs`.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// One line of apache_modules.toml under `[modules]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Module {
    source: String,
    file: Option<String>,
    #[serde(default)]
    r#static: bool,
    origin: String,
}

/// One line of apache_modules.toml under `[auth-types]`, `[authn]` or `[authz]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Provider {
    module: String,
    since: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Tables {
    modules: BTreeMap<String, Module>,
    auth_types: BTreeMap<String, Provider>,
    authn: BTreeMap<String, Provider>,
    authz: BTreeMap<String, Provider>,
}

/// The tables of `src/grammar/apache_modules.rs`.
pub(crate) fn generate(text: &str) -> String {
    let tables: Tables = toml::from_str(text).unwrap_or_else(|error| panic!("{error}"));
    let mut out = format!("static MODULES: [Module; {}] = [\n", tables.modules.len());
    for (identifier, Module { source, file, r#static, origin }) in &tables.modules {
        let origin = match origin.as_str() {
            "core" => "Core",
            "third-party" => "ThirdParty",
            _ => panic!("{identifier}: no such origin: {origin}"),
        };
        writeln!(
            out,
            "Module {{ identifier: {identifier:?}, source: {source:?}, file: {file:?}, is_static: {static}, origin: Origin::{origin} }},"
        )
        .expect("a String");
    }
    out.push_str("];\n");
    for (name, providers) in
        [("AUTH_TYPES", &tables.auth_types), ("AUTHN", &tables.authn), ("AUTHZ", &tables.authz)]
    {
        writeln!(out, "static {name}: [Provider; {}] = [", providers.len()).expect("a String");
        for (provider, Provider { module, since }) in providers {
            assert!(tables.modules.contains_key(module), "{provider}: no such module: {module}");
            writeln!(
                out,
                "Provider {{ name: {provider:?}, module: {module:?}, since: {} }},",
                crate::directives::version(provider, since.as_deref())
            )
            .expect("a String");
        }
        out.push_str("];\n");
    }
    out
}
