#!/usr/bin/env python3
"""Plants faults in the evaluator, one at a time, and shows that the fixed seeds of tests/differential catch each one.

    tests/differential/faults.py [--seeds FIRST..END] [NAME...]

A fault is one textual change of a file below src/policy/nginx, made in a copy of the project in target/faults, which is built
there with a target folder of its own. Nothing in the project itself is changed. Exit status 1 when a fault is not caught, or
when a text that a fault replaces is no longer there.
"""
import os
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COPY = os.path.join(ROOT, "target", "faults")

# name: (file, what stands there, what takes its place)
FAULTS = {
    "satisfy-ignored": ("access.rs", 'is_ignoring_case(b"any"))', 'is_ignoring_case(b"none"))'),
    "deny-allows": ("access.rs", "let allowed = has(rule, &[ALLOW]);", "let allowed = has(rule, &[ALLOW, DENY]);"),
    "realm-off-asks": ("access.rs", 'if text.is(b"off", self.world) {', 'if text.is(b"of", self.world) {'),
    "missing-file-401": ("access.rs", "Verdict::Refused(403)\n            }\n            UserFile::Fails", "Verdict::Refused(401)\n            }\n            UserFile::Fails"),
    "subrequest-403-is-500": ("access.rs", "Outcome::Answered(403) => {", "Outcome::Answered(408) => {"),
    "subrequest-has-access-control": ("access.rs", "if self.is_subrequest {", "if self.is_internal && self.depth > 40 {"),
    "403-beats-401": ("access.rs", "is_none_or(|(before, _)| before != 401)", "is_none_or(|(before, _)| before != 403)"),
    "regex-over-caret-tilde": ("location.rs", "Search::Slash(_)) || no_regex {", "Search::Slash(_)) {"),
    "shortest-prefix": ("location.rs", "return same(policy, &sorted[..before], nearest).first().copied();",
                        "return sorted[..before].iter().find(|&&one| uri.starts_with(text(policy, one))).copied();"),
    "no-nested-locations": ("location.rs", "match self.find_location(outer, depth + 1) {", "match self.find_location(outer, 99) {"),
    "internal-ignored": ("run.rs", "if !self.is_internal && self.flag(location", "if self.is_internal && self.flag(location"),
    "head-not-get": ("run.rs", '(method == b"HEAD" && listed', '(method == b"HEAT" && listed'),
    "error-page-always-recursive": ("special.rs", "            self.in_error_page = true;\n", ""),
    "error-page-keeps-status": ("special.rs", "Some(other) => self.err_status = Some(other),", "Some(_) => {}"),
    "error-page-keeps-method": ("special.rs", 'if self.method != b"HEAD" {', 'if self.method == b"POST" {'),
    "named-location-not-internal": ("special.rs", "        self.uri_changed = false;\n        self.enter(location);", "        self.enter(self.server);"),
    "wildcard-behind-first": ("server.rs", 'memrchr_iter(b\'.\', host).find_map', 'memchr_iter(b\'.\', host).find_map'),
    "default-server-is-first": ("sockets.rs", "if listen.is_default && !listens[socket.default].is_default {", "if listen.is_default && listens[socket.default].is_default {"),
    "wildcard-socket-first": ("sockets.rs", "at(address).or_else(|| at(any)).or_else(dual)", "at(any).or_else(|| at(address)).or_else(dual)"),
    "return-text-to-error-page": ("rewrite.rs", "if !is_redirect && (status < 400 || has_text) {", "if !is_redirect && status < 400 {"),
    "break-searches-again": ("rewrite.rs", "            self.is_location_valid = false;\n            self.uri_changed = false;", "            self.uri_changed = true;"),
    "zero-is-true": ("rewrite.rs", '!value.is(b"0", self.world)', 'true'),
    "query-lost": ("rewrite.rs", "new_args = old;", "drop(old);"),
    "map-is-case-sensitive": ("map.rs", "if source.is_ignoring_case(&plain(key), self.world) {", "if source.is(&plain(key), self.world) {"),
    "geo-shortest": ("map.rs", "network.prefix_len() >= length)", "network.prefix_len() <= length)"),
    "try-files-folder-is-file": ("content.rs", "Found::Directory => wants_folder,", "Found::Directory => true,"),
    "authorization-kept": ("upstream.rs", "Some(b\"\") if is_sent => Authorization::Dropped,", "Some(b\"\") if is_sent => Authorization::Client,"),
    "proxy-forgets-host": ("upstream.rs", "        if !sets_host {", "        if true {"),
    "realip-first-address": ("realip.rs", ".rsplit(|&byte|", ".split(|&byte|"),
    "dots-stay": ("uri.rs", "                up(&mut uri)?;\n                state = State::Slash;", "                state = State::Slash;"),
}


def copy_project():
    for name in ("Cargo.toml", "Cargo.lock", "README.md", "src", "grammars", "tests", "benches", "fixtures", "docs"):
        source, target = os.path.join(ROOT, name), os.path.join(COPY, name)
        if os.path.isdir(source):
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target, symlinks=True)
        elif os.path.exists(source):
            os.makedirs(COPY, exist_ok=True)
            shutil.copy2(source, target)
    servers = os.path.join(COPY, "target", "servers")
    os.makedirs(os.path.dirname(servers), exist_ok=True)
    if not os.path.lexists(servers):
        os.symlink(os.path.join(ROOT, "target", "servers"), servers)


def run(environment):
    command = ["cargo", "test", "--offline", "-q", "--test", "differential", "--", "nginx 1.22"]
    done = subprocess.run(command, cwd=COPY, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def main(arguments):
    environment = dict(os.environ, LINT401_SHOWN="0")
    if arguments[:1] == ["--seeds"]:
        environment["LINT401_SEEDS"], arguments = arguments[1], arguments[2:]
    copy_project()
    # an earlier run may have ended with a fault built in: what is copied keeps its age, and cargo goes by that
    for file in {file for file, _, _ in FAULTS.values()}:
        os.utime(os.path.join(COPY, "src", "policy", "nginx", file))
    code, said = run(environment)
    if code != 0:
        sys.exit("without a fault the test fails:\n" + said)
    missed = []
    for name, (file, before, after) in FAULTS.items():
        if arguments and name not in arguments:
            continue
        path = os.path.join(COPY, "src", "policy", "nginx", file)
        with open(path, encoding="utf-8") as source:
            text = source.read()
        if before not in text:
            missed.append(name)
            print(f"{name}: its text is no longer in {file}", flush=True)
            continue
        begin = time.time()
        with open(path, "w", encoding="utf-8") as source:
            source.write(text.replace(before, after, 1))
        code, said = run(environment)
        with open(path, "w", encoding="utf-8") as source:
            source.write(text)
        figure = next((line for line in said.splitlines() if " pairs, " in line), "")
        verdict = "caught" if code != 0 and figure else "does not build" if code != 0 else "NOT CAUGHT"
        if verdict != "caught":
            missed.append(name)
            print(said[-1500:])
        print(f"{name}: {verdict} ({figure.split(': ')[-1]}; {time.time() - begin:.0f} s)", flush=True)
    print(f"{len(FAULTS)} faults, {len(missed)} not caught: {', '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
