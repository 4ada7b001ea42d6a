//! How much time `lint401 logs` takes beside `wc -l` and `gzip -dc`, in one run: `cargo bench --bench logs`.
//!
//! The logs are written here, the same ones every time. CPU time is user and system time together, the least of several
//! runs; the files are in memory by then.

#![expect(clippy::print_stdout, reason = "what a benchmark measured")]

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

const RUNS: usize = 3;
const BYTES: usize = 1_000_000_000;

/// Servers with places that refuse, and places that do not.
const CONF: &str = "events {}\nhttp {\n    server {\n        listen 8401;\n        server_name shop.example;\n        location / { proxy_pass http://127.0.0.1:9000; }\n        location /api/ { auth_basic Staff; auth_basic_user_file /srv/htpasswd; proxy_pass http://127.0.0.1:9000; }\n        location /secret/ { deny all; }\n    }\n}\n";

fn main() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("logs");
    fs::create_dir_all(&folder).expect("a folder for the logs");
    let conf = folder.join("nginx.conf");
    fs::write(&conf, CONF).expect("a configuration");
    for (what, refused, paths) in [
        ("1 of 100 lines is a refusal", 1, 1_000),
        ("20 of 100 lines are refusals", 20, 1_000),
        ("20 of 100 lines are refusals, of 200,000 paths", 20, 200_000),
    ] {
        let log = write(&folder, refused, paths);
        let ours = cpu(&format!(
            "{} logs --no-config --config-file {} {}",
            env!("CARGO_BIN_EXE_lint401"),
            conf.display(),
            log.display()
        ));
        let count = cpu(&format!("wc -l {}", log.display()));
        println!(
            "1 GB, {what}: {:.0} ms, wc -l {:.0} ms: {:.1} times (aim 3)",
            1000.0 * ours,
            1000.0 * count,
            ours / count
        );
    }
    let log = write(&folder, 1, 1_000);
    let packed = log.with_extension("log.gz");
    cpu_once(&format!("gzip -1 -c {} > {}", log.display(), packed.display()));
    let ours = cpu(&format!(
        "{} logs --no-config --config-file {} {}",
        env!("CARGO_BIN_EXE_lint401"),
        conf.display(),
        packed.display()
    ));
    let unpack = cpu(&format!("gzip -dc {} > /dev/null", packed.display()));
    println!(
        "the same packed: {:.0} ms, gzip -dc alone {:.0} ms: {:.1} times",
        1000.0 * ours,
        1000.0 * unpack,
        ours / unpack
    );
    fs::remove_dir_all(folder).expect("the logs can be removed");
}

/// A log in which `refused` of a hundred lines are refusals.
fn write(folder: &Path, refused: usize, paths: usize) -> PathBuf {
    let path = folder.join("access.log");
    let mut out = BufWriter::new(File::create(&path).expect("a log"));
    let mut written = 0;
    let mut number = 0_usize;
    while written < BYTES {
        number += 1;
        // spreads numbers without a pattern that a branch could learn
        let any = number.wrapping_mul(2_654_435_761) >> 7;
        let (path, status) = match any % 100 {
            one if one >= refused => ("shop/item", [200, 200, 304, 404, 302][any % 5]),
            one if one % 2 == 0 => ("api/orders", 401),
            _ => ("secret/report", 403),
        };
        let line = format!(
            "10.{}.{}.{} - - [25/Nov/2026:10:{:02}:{:02} +0000] \"GET /{path}/{}?page={} HTTP/1.1\" {status} {} \"https://shop.example/\" \"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\"\n",
            any % 16,
            any % 200,
            any % 250,
            number / 60 % 60,
            number % 60,
            any % paths,
            any % 7,
            any % 10_000
        );
        written += line.len();
        out.write_all(line.as_bytes()).expect("a line");
    }
    out.flush().expect("a log");
    path
}

/// The least CPU time of several runs, in seconds.
fn cpu(command: &str) -> f64 {
    (0..RUNS).map(|_| cpu_once(command)).fold(f64::INFINITY, f64::min)
}

fn cpu_once(command: &str) -> f64 {
    let timed = format!("{{ {command}; }} > /dev/null 2>&1; times");
    let output = Command::new("sh").args(["-c", &timed]).output().expect("a shell");
    let said = String::from_utf8_lossy(&output.stdout);
    // the second line is about the children: user and system time, as 0m0.12s
    let line = said.lines().nth(1).expect("times");
    line.split_whitespace().map(seconds).sum()
}

fn seconds(text: &str) -> f64 {
    let (minutes, seconds) = text.trim_end_matches('s').split_once('m').expect("0m0.12s");
    let number = |text: &str| text.parse::<f64>().expect("a number");
    60.0 * number(minutes) + number(seconds)
}
