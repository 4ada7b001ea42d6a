//! Turns the tables of this folder into Rust, so that start-up need not read them.

mod apache_modules;
mod directives;
mod endpoints;
#[path = "../src/grammar/hash.rs"]
mod hash;
mod hashes;
mod providers;

use std::path::Path;

fn main() {
    let folder = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let out = std::env::var("OUT_DIR").expect("cargo sets it");
    let generate = |name: &str, table: fn(&str) -> String| {
        let from = Path::new(&folder).join("grammars").join(format!("{name}.toml"));
        println!("cargo::rerun-if-changed={}", from.display());
        let text = std::fs::read_to_string(&from).expect("a table of this folder");
        std::fs::write(Path::new(&out).join(format!("{name}.rs")), table(&text)).expect("OUT_DIR");
    };
    generate("apache", directives::apache);
    generate("apache_modules", apache_modules::generate);
    generate("endpoints", endpoints::generate);
    generate("hashes", hashes::generate);
    generate("nginx", directives::nginx);
    generate("providers", providers::generate);
    println!("cargo::rerun-if-changed=grammars");
    println!("cargo::rerun-if-changed=src/grammar/hash.rs");
}
