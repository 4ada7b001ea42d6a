#!/usr/bin/env python3
"""Plants faults in the evaluator, one at a time, and shows that the fixed seeds of tests/differential catch each one.

    tests/differential/faults.py [nginx|apache] [--seeds FIRST..END] [NAME...]

A fault is one textual change of a file below src/policy/nginx or src/policy/apache, made in a copy of the project in
target/faults, which is built there with a target folder of its own. Nothing in the project itself is changed. Exit status 1 when a fault is not caught, or
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
NGINX = {
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

APACHE = {
    "wildcard-address-first": ("host.rs", "[(Some(ip), Some(port)), (Some(ip), None), (None, Some(port))", "[(None, Some(port)), (Some(ip), Some(port)), (Some(ip), None)"),
    "any-port-first": ("host.rs", "(None, Some(port)), (None, None)]\n}", "(None, None), (None, Some(port))]\n}"),
    "name-with-port": ("host.rs", "host.iter().position(|byte| *byte == b':').unwrap_or(host.len())", "host.len()"),
    "alias-never-a-pattern": ("host.rs", "wildcard(&word, host)", "word == host"),
    "last-host-is-default": ("host.rs", "(chain.first().copied(), named.collect())", "(chain.last().copied(), named.collect())"),
    "host-before-main": ("walk.rs", "let mut all = about(&self.policy.indices[0]);\n        if self.server != ServerId::MAIN {\n            all.extend(about(&self.policy.indices[self.server.index()]));\n        }",
                         "let mut all = about(&self.policy.indices[self.server.index()]);\n        if self.server != ServerId::MAIN {\n            all.extend(about(&self.policy.indices[0]));\n        }"),
    "patterns-before-htaccess": ("walk.rs", "        merged.add(group);\n        self.file_walk(merged);\n        Verdict::Ok\n    }\n\n    /// What the walk",
                                 "        group.sort_by_key(|one| policy.get(*one).kind != Kind::DirectoryMatch);\n        merged.add(group);\n        self.file_walk(merged);\n        Verdict::Ok\n    }\n\n    /// What the walk"),
    "files-before-folders": ("walk.rs", "let outer: Vec<SectionId> = merged.sections().collect();\n        let mut group", "let outer: Vec<SectionId> = merged.sections().rev().collect();\n        let mut group"),
    "no-else-if": ("walk.rs", "let holds = !taken && self.condition(directive);", "let holds = self.condition(directive);"),
    "first-name-of-htaccess": ("walk.rs", 'names.iter().find_map(|name| {', 'names.iter().rev().find_map(|name| {'),
    "override-none-reads": ("walk.rs", "overrides.value.is_none()", "overrides.value.is_none() && self.depth > 40"),
    "outer-authtype": ("merged.rs", "merged.sections().rev().find_map(|section| self.last_of(section, ids, world))", "merged.sections().find_map(|section| self.last_of(section, ids, world))"),
    "merging-and-is-or": ("merged.rs", "if merging == Merging::And { Operator::All } else { Operator::Any }", "if merging == Merging::Off { Operator::All } else { Operator::Any }"),
    "merging-off-keeps": ("merged.rs", "(None | Some(Merging::Off), _, own) => own,", "(None | Some(Merging::Off), outer, own) => own.or(outer),"),
    "dropped-leaves-nothing": ("merged.rs", "self.has_dropped(*section, ids) || self.last_of", "self.last_of"),
    "negation-grants": ("authz.rs", "Status::Denied | Status::DeniedNoUser | Status::Neutral => Status::Neutral,", "Status::Denied | Status::DeniedNoUser | Status::Neutral => Status::Granted,"),
    "all-is-any": ("authz.rs", "self.container(inner.operator, inner.negated", "self.container(Operator::Any, inner.negated"),
    "limit-denies": ("authz.rs", "if outer == Operator::All { Status::Granted } else { Status::Neutral }", "if outer == Operator::All { Status::Denied } else { Status::Neutral }"),
    "head-has-a-number": ("methods.rs", 'if method == b"HEAD" {', 'if method == b"HEAT" {'),
    "limit-except-is-limit": ("methods.rs", "if except { mask.not() } else { mask }", "mask"),
    "forbidden-ignored": ("authz.rs", "authorization.forbidden_on_failure == Some(true)", "false"),
    "satisfy-any-asks": ("run.rs", "(Some(directive), Verdict::Ok) => {", "(Some(directive), Verdict::Ok) if self.depth > 40 => {"),
    "compat-after-login": ("run.rs", "(None, Verdict::Status(_)) => return checked,", "(None, Verdict::Status(405)) => return checked,"),
    "order-reversed": ("compat.rs", "if allow_first || mutual {", "if !allow_first {"),
    "compat-merges": ("compat.rs", "self.policy.whole_record(&self.hop.merged, &IDS, self.world)", "self.policy.whole_record(&self.hop.merged, &IDS[..1], self.world)"),
    "no-name-no-matter": ("authn.rs", "if self.auth_name().is_some() {\n            return None;", "if self.depth < 40 {\n            return None;"),
    "missing-file-401": ("authn.rs", 'self.step(at, "authentication", format_args!("{shown} does not exist"));\n                (Said::Error, at)', 'self.step(at, "authentication", format_args!("{shown} does not exist"));\n                (Said::NotFound, at)'),
    "not-authoritative-401": ("authn.rs", "(not_authoritative, said)", "(not_authoritative.filter(|_| self.depth > 40), said)"),
    "alias-of-half-a-name": ("mapping.rs", "if from.last() != Some(&b'/') && !matches!(uri.get(u), None | Some(b'/')) {", "if uri.len() < u {"),
    "alias-before-redirect": ("mapping.rs", "for own in self.of_server(&REDIRECTS) {", "for own in self.of_server(&REDIRECTS[1..]) {"),
    "redirect-is-302": ("mapping.rs", 'b"permanent" => Some(301),', 'b"permanent" => Some(302),'),
    "rewrite-before-access": ("rewriting.rs", "lists = vec![section];", "lists.push(section);"),
    "chain-goes-on": ("rewrite/list.rs", "let mut chained = flags.is_chained;", "let mut chained = false;"),
    "last-is-not-last": ("rewrite/list.rs", "if flags.proxies || flags.is_last {", "if flags.proxies {"),
    "end-starts-over": ("rewrite/list.rs", "self.state.has_ended = true;", "self.state.has_ended = false;"),
    "page-keeps-method": ("errors.rs", "            self.hop.number = 0;\n", ""),
    "page-has-its-own-status": ("run.rs", "        if handler == Handler::File {\n            return Outcome::Answered(status);", "        if handler == Handler::File {\n            return Outcome::Passed(handler);"),
    "url-for-401": ("errors.rs", "!(status == 401", "!(status == 400"),
    "access-always-checked-again": ("run.rs", "if before.merged != self.hop.merged {", "if before.merged != self.hop.merged || self.depth < 40 {"),
    "index-has-no-access-control": ("run.rs", "        let satisfy_any = self.satisfy_any();\n", "        if self.is_subrequest {\n            return Verdict::Ok;\n        }\n        let satisfy_any = self.satisfy_any();\n"),
    "variables-not-renamed": ("run.rs", '([b"REDIRECT_", &name[..]].concat(), value)', "(name, value)"),
    "private-client-taken": ("remoteip.rs", "if internal != Some(true) && is_private(address) {", "if internal == Some(true) && is_private(address) {"),
    "proxied-has-folders": ("run.rs", "            self.proxy_walk(&mut merged, url);", "            let _ = url;"),
    "authorization-kept": ("forward.rs", "(true, true) => Authorization::Dropped,", "(true, true) => Authorization::Client,"),
}

# server: (its tests, the folder of its evaluator, its faults)
SERVERS = {"nginx": ("nginx 1.22", "nginx", NGINX), "apache": ("httpd", "apache", APACHE)}

# the seeds that the tests take by themselves
SEEDS = "1..11"


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


def run(environment, tests):
    command = ["cargo", "test", "--offline", "-q", "--test", "differential", "--", tests]
    done = subprocess.run(command, cwd=COPY, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def main(arguments):
    environment = dict(os.environ, LINT401_SHOWN="0")
    server = "nginx"
    if arguments and arguments[0] in SERVERS:
        server, arguments = arguments[0], arguments[1:]
    tests, folder, faults = SERVERS[server]
    folder = os.path.join(COPY, "src", "policy", folder)
    seeds = SEEDS
    if arguments[:1] == ["--seeds"]:
        seeds, arguments = arguments[1], arguments[2:]
    environment["LINT401_SEEDS"] = seeds
    first, end = map(int, seeds.split(".."))
    parts = [f"{first}..{min(first + 2, end)}"] + ([f"{first + 2}..{end}"] if end > first + 2 else [])
    copy_project()
    # an earlier run may have ended with a fault built in: what is copied keeps its age, and cargo goes by that
    for file in {file for file, _, _ in faults.values()}:
        os.utime(os.path.join(folder, file))
    code, said = run(environment, tests)
    if code != 0:
        sys.exit("without a fault the test fails:\n" + said)
    missed = []
    for name, (file, before, after) in faults.items():
        if arguments and name not in arguments:
            continue
        path = os.path.join(folder, file)
        with open(path, encoding="utf-8") as source:
            text = source.read()
        if before not in text:
            missed.append(name)
            print(f"{name}: its text is no longer in {file}", flush=True)
            continue
        begin = time.time()
        with open(path, "w", encoding="utf-8") as source:
            source.write(text.replace(before, after, 1))
        # most faults show in the first seeds
        for seeds in parts:
            said = run(dict(environment, LINT401_SEEDS=seeds), tests)[1]
            figure = next((line for line in said.splitlines() if " pairs, " in line), "")
            if not figure or ", 0 disagree" not in figure:
                break
        with open(path, "w", encoding="utf-8") as source:
            source.write(text)
        verdict = "does not build" if not figure else "NOT CAUGHT" if ", 0 disagree" in figure else "caught"
        if verdict != "caught":
            missed.append(name)
            print(said[-1500:])
        print(f"{name}: {verdict} ({figure.split(': ')[-1]}; {time.time() - begin:.0f} s)", flush=True)
    print(f"{len(arguments or faults)} faults, {len(missed)} not caught: {', '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
