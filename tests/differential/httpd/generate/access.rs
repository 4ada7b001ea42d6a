//! Who may come in: Require and its containers, the login, and what was before httpd 2.4.

use super::{Feature, Generator, Place};
use crate::conf::{Node, block, line};

/// The container that a Require stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    All,
    Any,
    None,
}

impl Operator {
    fn name(self) -> &'static str {
        match self {
            Self::All => "RequireAll",
            Self::Any => "RequireAny",
            Self::None => "RequireNone",
        }
    }
}

const METHODS: [&str; 7] = ["GET", "POST", "OPTIONS", "DELETE", "PUT", "PATCH", "PROPFIND"];

impl Generator {
    /// Words out of `all`, one to `most`, each once.
    fn some(&mut self, all: &[&'static str], most: usize) -> String {
        let mut words: Vec<&str> = Vec::new();
        for _ in 0..self.rng.between(1, most) {
            let word = self.rng.pick(all);
            if !words.contains(&word) {
                words.push(word);
            }
        }
        words.join(" ")
    }

    fn require(&mut self, negated: bool) -> Node {
        let provider = match self.rng.below(21) {
            0 | 1 => format!("all {}", self.rng.pick(&["granted", "granted", "denied"])),
            2..=6 => "valid-user".to_owned(),
            7..=9 => format!("user {}", self.some(&["alice", "bob", "carol", "Alice"], 2)),
            10 | 11 => format!("group {}", self.some(&["staff", "guests", "STAFF", "none"], 2)),
            12 | 13 => format!(
                "ip {}",
                self.some(
                    &[
                        "127.0.0.1",
                        "127",
                        "127.0.0.2",
                        "127.0.0.2/31",
                        "10.0.0.1",
                        "::1",
                        "127.0.0.0/255.0.0.0"
                    ],
                    2
                )
            ),
            14 => format!(
                "env {}",
                self.some(&["trusted", "trusted", "other", "REDIRECT_trusted"], 2)
            ),
            15 | 16 => format!("method {}", self.some(&METHODS, 2)),
            17 | 18 => {
                let expression = self.requirement();
                if self.rng.chance(30) {
                    format!("expr \"{expression}\"")
                } else {
                    format!("expr {expression}")
                }
            }
            19 => "local".to_owned(),
            _ => format!("user {}", self.rng.pick(&["alice", "\"alice\"", "'bob'"])),
        };
        let not = if negated { self.rng.pick(&["not ", "not ", "NOT "]) } else { "" };
        line(format!("Require {not}{provider}"))
    }

    /// What stands in a container, so that httpd takes it: something that is not negated.
    fn members(&mut self, operator: Operator, depth: usize) -> Vec<Node> {
        let mut nodes = Vec::new();
        for _ in 0..self.rng.between(1, 3) {
            let may_negate = operator == Operator::All;
            if depth > 0 && self.uses(Feature::Containers, 35) {
                let inner = if may_negate {
                    self.rng.one(&[Operator::All, Operator::Any, Operator::Any, Operator::None])
                } else {
                    self.rng.one(&[Operator::All, Operator::All, Operator::Any])
                };
                nodes.push(block(inner.name(), self.members(inner, depth - 1)));
            } else {
                let negated = may_negate && self.rng.chance(30);
                nodes.push(self.require(negated));
            }
        }
        let is_negative = |node: &Node| {
            node.name() == "RequireNone" || node.words.to_lowercase().starts_with("require not")
        };
        if nodes.iter().all(is_negative) {
            nodes.push(self.require(false));
        }
        self.rng.shuffle(&mut nodes);
        nodes
    }

    /// What a section requires.
    pub(super) fn requires(&mut self) -> Vec<Node> {
        let mut nodes = Vec::new();
        for _ in 0..self.rng.one(&[1, 1, 1, 2, 3]) {
            if self.uses(Feature::Containers, 60) {
                let operator = self.rng.one(&[Operator::All, Operator::All, Operator::Any]);
                nodes.push(block(operator.name(), self.members(operator, 2)));
            } else {
                nodes.push(self.require(false));
            }
        }
        if self.uses(Feature::Limit, 50) {
            let at = self.rng.below(nodes.len());
            let rest = nodes.split_off(at);
            nodes.push(self.limit(rest));
        }
        nodes
    }

    fn limit(&mut self, inner: Vec<Node>) -> Node {
        let name = self.rng.pick(&["Limit", "Limit", "LimitExcept"]);
        let methods = self.some(&METHODS, 3);
        block(format!("{name} {methods}"), inner)
    }

    /// AuthType and its like; `full` in percent is how complete it is.
    pub(super) fn login(&mut self, full: usize) -> Vec<Node> {
        let mut nodes = Vec::new();
        if self.rng.chance(full) {
            let kind = self.rng.pick(&[
                "Basic", "Basic", "Basic", "Basic", "Basic", "Basic", "Basic", "basic", "None",
                "Bogus",
            ]);
            nodes.push(line(format!("AuthType {kind}")));
        }
        if self.rng.chance((full + 10).min(93)) {
            let name =
                self.rng.pick(&["Lab", "Lab", "\"Staff only\"", "'a \"b\"'", "\"a \\\"b\\\"\""]);
            nodes.push(line(format!("AuthName {name}")));
        }
        if self.rng.chance((full + 10).min(93)) {
            let name = self.rng.pick(&[
                "htpasswd",
                "htpasswd",
                "htpasswd",
                "htpasswd",
                "htpasswd",
                "htpasswd",
                "hashes",
                "hashes",
                "bob",
                "missing",
                "empty",
                "unreadable",
                "none",
            ]);
            let name = if self.rng.chance(50) {
                name.to_owned()
            } else {
                format!("\"{}/{name}\"", self.folder)
            };
            nodes.push(line(format!("AuthUserFile {name}")));
        }
        if self.rng.chance(6) {
            nodes.push(line(format!(
                "AuthBasicAuthoritative {}",
                self.rng.pick(&["On", "Off", "off"])
            )));
        }
        if self.rng.chance(4) {
            nodes.push(line(format!("AuthGroupFile {}", self.rng.pick(&["missing", "groups"]))));
        }
        if self.rng.chance(4) {
            nodes.push(line("AuthBasicProvider file"));
        }
        nodes
    }

    /// How sections go together.
    pub(super) fn merging(&mut self) -> Vec<Node> {
        let mut nodes = Vec::new();
        if self.uses(Feature::Merging, 60) {
            nodes.push(line(format!("AuthMerging {}", self.rng.pick(&["Off", "And", "Or", "or"]))));
        }
        if self.uses(Feature::Merging, 25) || self.rng.chance(3) {
            nodes.push(line(format!(
                "AuthzSendForbiddenOnFailure {}",
                self.rng.pick(&["On", "On", "Off"])
            )));
        }
        nodes
    }

    /// Order, Allow, Deny and Satisfy.
    pub(super) fn compat(&mut self) -> Vec<Node> {
        const FROM: [&str; 10] = [
            "all",
            "all",
            "127.0.0.1",
            "127.0.0",
            "127.0.0.2",
            "10.0.0.1",
            "127.0.0.0/31",
            "env=trusted",
            "env=!trusted",
            "10.0.0.1 127.0.0.3",
        ];
        let mut nodes = Vec::new();
        if self.rng.chance(60) {
            let order =
                self.rng.pick(&["allow,deny", "deny,allow", "Deny,Allow", "mutual-failure"]);
            nodes.push(line(format!("Order {order}")));
        }
        for _ in 0..self.rng.below(3) {
            let (name, from) = (self.rng.pick(&["Allow", "Deny"]), self.rng.pick(&FROM));
            nodes.push(line(format!("{name} from {from}")));
        }
        if self.rng.chance(50) {
            nodes.push(line(format!("Satisfy {}", self.rng.pick(&["any", "all", "Any"]))));
        }
        if nodes.is_empty() {
            nodes.push(line("Satisfy any"));
        }
        self.rng.shuffle(&mut nodes);
        if self.uses(Feature::Limit, 40) {
            nodes = vec![self.limit(nodes)];
        }
        nodes
    }

    /// Directives that httpd refuses in a .htaccess file, or that make it refuse the whole file.
    pub(super) fn broken(&mut self) -> Vec<Node> {
        let one = match self.rng.below(20) {
            0 => line("Requires valid-user"),
            1 => line("Require nobody"),
            2 => line("Require not user alice"),
            3 => block(
                "RequireAny",
                vec![line("Require not ip 127.0.0.1"), line("Require valid-user")],
            ),
            4 => block("RequireAll", vec![]),
            5 => block(format!("Directory {}", self.below("")), vec![line("Require all denied")]),
            6 => line("DocumentRoot /srv"),
            7 => line("Require ip nowhere"),
            8 => line("Require all"),
            9 => line("Order allow, deny"),
            10 => line("AuthType"),
            11 => block("Limit get", vec![line("Require valid-user")]),
            12 => line("Require expr %{REMOTE_USER} =="),
            // in a .htaccess file nobody looks whether anything is left to grant
            13 | 14 => block("RequireAll", vec![line("Require not ip 10.0.0.1")]),
            15 | 16 => block("RequireAll", vec![line("Require not env other")]),
            17 => block("RequireAll", vec![block("RequireNone", vec![line("Require method PUT")])]),
            _ => block("Location /", vec![line("Require all denied")]),
        };
        vec![one]
    }

    /// The provider that a place in front of everything else is open or closed by.
    pub(super) fn opening(&mut self, place: Place) -> Option<Node> {
        (place != Place::Htaccess && self.rng.chance(10)).then(|| line("Require all granted"))
    }
}
