//! The rewrite module: `set`, `if`, `rewrite`, `return`, `break`.

use super::{Feature, Generator};
use crate::conf::{Node, block, line};

impl Generator {
    /// Some steps of code; `is_location` where the settings of an `if` count, too.
    pub(super) fn code(&mut self, is_location: bool) -> Vec<Node> {
        let count = self.rng.between(1, 3);
        let mut nodes = Vec::new();
        for _ in 0..count {
            let node = match self.rng.below(10) {
                // the rest: `set`
                2..=5 if self.has(Feature::If) => self.condition_block(is_location),
                6 | 7 => self.rewrite(),
                8 if self.rng.chance(60) => self.answer(),
                9 if self.rng.chance(40) => line("break"),
                _ => self.set(),
            };
            nodes.push(node);
        }
        nodes
    }

    fn set(&mut self) -> Node {
        let name = self.rng.pick(&["v0", "v1", "v2"]);
        line(format!("set ${name} {}", self.value()))
    }

    fn condition_block(&mut self, is_location: bool) -> Node {
        let condition = self.condition();
        let mut inner = Vec::new();
        for _ in 0..self.rng.between(1, 2) {
            inner.push(match self.rng.below(8) {
                2 => self.rewrite(),
                3 => line("break"),
                _ => self.answer(),
            });
        }
        if is_location && self.rng.chance(40) {
            inner.truncate(self.rng.below(2));
            match self.rng.below(5) {
                0 => inner.push(line("root docs")),
                1 => inner.push(self.error_page()),
                2 => inner.push(line("add_header X-If yes always")),
                3 if self.has(Feature::Proxy) => inner.extend(self.proxy_plain()),
                _ => inner.push(line("add_header WWW-Authenticate 'Custom' always")),
            }
            self.rng.shuffle(&mut inner);
        }
        block(format!("if ({condition})"), inner)
    }

    fn condition(&mut self) -> String {
        let variable = loop {
            let value = self.value();
            // captures are no variables here: nginx would not start
            let is_variable = value.starts_with('$')
                && !value[1..].contains('$')
                && !value[1..].starts_with(['1', '2']);
            if is_variable {
                break value;
            }
        };
        match self.rng.below(10) {
            0 | 9 => self.rng.pick(&["$arg_x", "$m0", "$g0", "$v0"]).to_owned(),
            1 => variable.to_owned(),
            2 => format!("{variable} = {}", self.value()),
            3 => format!("$arg_x = {}", self.rng.pick(&["a", "b", "\"\"", "$arg_y"])),
            4 => format!(
                "$request_method {} {}",
                self.rng.pick(&["=", "!="]),
                self.rng.pick(&["GET", "POST", "OPTIONS"])
            ),
            5 => format!("{variable} != {}", self.value()),
            6 | 7 => {
                let operator = self.rng.pick(&["~", "~*", "!~", "!~*"]);
                let subject = self.rng.pick(&[
                    "$uri",
                    "$uri",
                    "$args",
                    "$request_uri",
                    "$http_x_tag",
                    variable,
                ]);
                format!("{subject} {operator} {}", self.pattern())
            }
            _ => {
                let test = self.rng.pick(&["-f", "!-f", "-d", "!-d", "-e", "!-e"]);
                let folder = self.folder.clone();
                let path = match self.rng.below(4) {
                    0 => "$document_root$uri".to_owned(),
                    1 => format!("{folder}/html/a/f"),
                    2 => format!("{folder}/html$uri"),
                    _ => "$request_filename".to_owned(),
                };
                format!("{test} {path}")
            }
        }
    }

    fn rewrite(&mut self) -> Node {
        let pattern = match self.rng.below(4) {
            0 => "^".to_owned(),
            1 => self.path(),
            _ => self.pattern().to_owned(),
        };
        let to = match self.rng.below(14) {
            0 => "/b/$1".to_owned(),
            1 => "/$seg/f".to_owned(),
            2 => "/b$uri".to_owned(),
            3 => "https://x.test/".to_owned(),
            4 => "http://x.test$uri".to_owned(),
            5 => "$back".to_owned(),
            6 => format!("{}?x=b", self.path()),
            7 => format!("{}?", self.path()),
            8 => "/$arg_x".to_owned(),
            _ => self.path(),
        };
        let flag =
            self.rng.pick(&["", " last", " last", " break", " break", " redirect", " permanent"]);
        line(format!("rewrite {pattern} {to}{flag}"))
    }

    /// `return` in all its forms.
    pub(super) fn answer(&mut self) -> Node {
        let mark = self.mark();
        line(match self.rng.below(16) {
            0 => "return 301 http://x.test/".to_owned(),
            1 => "return 302 /a/".to_owned(),
            2 => "return http://x.test$uri".to_owned(),
            3 => format!("return {} $back", self.rng.pick(&["303", "307", "308"])),
            4 => "return 401".to_owned(),
            5 => "return 403".to_owned(),
            6 => "return 404".to_owned(),
            7 => format!(
                "return {}",
                self.rng.pick(&["400", "405", "410", "413", "418", "429", "500", "502", "503"])
            ),
            8 => format!("return {} text", self.rng.pick(&["401", "403", "404", "500", "503"])),
            9 => format!("return {} {}", self.rng.pick(&["401", "403", "404"]), self.value()),
            10 if self.rng.chance(30) => "return 444".to_owned(),
            11 => "return 204".to_owned(),
            12 => format!("return {mark} {}", self.value()),
            _ => format!("return {mark}"),
        })
    }
}
