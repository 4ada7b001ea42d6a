//! What stands in a section: the login, what is required, sections in it, and what comes before and after.

use super::{Feature, Generator, Place};
use crate::conf::{Node, block, line};

impl Generator {
    /// What stands in a section; `full` in percent is how complete its login is.
    pub(super) fn body(&mut self, place: Place, full: usize, depth: usize) -> Vec<Node> {
        let mut nodes = Vec::new();
        if self.has(Feature::Login) {
            nodes.extend(self.login(full));
        }
        nodes.extend(self.merging());
        let share = if self.has(Feature::Login) { 70 } else { 35 };
        if self.rng.chance(share) {
            nodes.extend(self.requires());
        }
        nodes.extend(self.opening(place));
        if self.uses(Feature::Compat, 50) {
            nodes.extend(self.compat());
        }
        if self.uses(Feature::Env, 40) {
            let variable = self.set_env();
            nodes.push(variable);
        }
        if self.uses(Feature::ErrorDocument, 40) {
            nodes.push(self.error_document());
        }
        if self.allows_methods && place == Place::Directory && self.uses(Feature::AllowMethods, 40)
        {
            let methods = self.rng.pick(&["GET", "GET POST", "reset", "OPTIONS POST"]);
            nodes.push(line(format!("AllowMethods {methods}")));
        }
        if self.uses(Feature::Cgi, 25) {
            nodes.push(line(format!("CGIPassAuth {}", self.rng.pick(&["On", "On", "Off"]))));
        }
        let is_folder = matches!(place, Place::Directory | Place::Htaccess);
        if is_folder && self.uses(Feature::Index, 50) {
            nodes.push(self.index());
        }
        if is_folder && self.uses(Feature::FolderRewrite, 60) {
            nodes.extend(self.folder_rules());
        }
        if is_folder && self.uses(Feature::Redirect, 25) {
            nodes.push(self.redirect());
        }
        if depth > 0 {
            if is_folder && self.uses(Feature::Files, 45) {
                let head = self.files_head();
                nodes.push(block(head, self.body(place, 20, 0)));
            }
            if self.uses(Feature::If, 45) {
                nodes.extend(self.ifs(place, depth - 1));
            }
        }
        if self.uses(Feature::Conditions, 50) {
            nodes = self.conditional(nodes, place);
        }
        self.shuffle_sections(&mut nodes);
        nodes
    }

    /// Shuffles all but what must stay together in its order.
    fn shuffle_sections(&mut self, nodes: &mut Vec<Node>) {
        let is_fixed = |node: &Node| {
            matches!(
                node.name(),
                "If" | "ElseIf"
                    | "Else"
                    | "RewriteEngine"
                    | "RewriteCond"
                    | "RewriteRule"
                    | "RewriteBase"
            )
        };
        let (fixed, mut free): (Vec<Node>, Vec<Node>) = nodes.drain(..).partition(is_fixed);
        self.rng.shuffle(&mut free);
        let at = self.rng.below(free.len() + 1);
        let rest = free.split_off(at);
        nodes.extend(free);
        nodes.extend(fixed);
        nodes.extend(rest);
    }

    /// An `<If>`, and what may follow it.
    pub(super) fn ifs(&mut self, place: Place, depth: usize) -> Vec<Node> {
        let mut nodes = vec![self.if_section("If", place, depth)];
        if self.rng.chance(20) {
            nodes.push(self.if_section("ElseIf", place, depth));
        }
        if self.rng.chance(30) {
            nodes.push(block("Else", self.if_body(place, depth)));
        }
        nodes
    }

    fn if_section(&mut self, name: &str, place: Place, depth: usize) -> Node {
        let condition = self.condition();
        block(format!("{name} \"{condition}\""), self.if_body(place, depth))
    }

    fn if_body(&mut self, place: Place, depth: usize) -> Vec<Node> {
        let mut nodes = self.body(place, 20, depth.min(1));
        // redirects in an <If> are no subject here
        nodes
            .retain(|node| !node.name().starts_with("Redirect") && node.name() != "DirectoryIndex");
        nodes
    }

    /// The head of a `<Files>` or `<FilesMatch>`.
    pub(super) fn files_head(&mut self) -> String {
        self.rng
            .pick(&[
                "Files f.html",
                "Files \"g.html\"",
                "Files *.html",
                "Files ?.html",
                "Files index.html",
                "Files show",
                "Files sub",
                "Files .ht*",
                r#"FilesMatch "^f""#,
                r#"FilesMatch "\.html$""#,
                r#"FilesMatch "^(index|g)\.""#,
                r#"Files ~ "^[fg]\.html$""#,
                "FilesMatch ^$",
            ])
            .to_owned()
    }

    /// Puts a part of `nodes` into a section that is read or not.
    fn conditional(&mut self, mut nodes: Vec<Node>, place: Place) -> Vec<Node> {
        let at = self.rng.below(nodes.len() + 1);
        let mut rest = nodes.split_off(at);
        // a chain of <If> must not be torn apart, and httpd refuses one that begins with its end
        rest.retain(|node| !matches!(node.name(), "If" | "ElseIf" | "Else"));
        nodes.retain(|node| !matches!(node.name(), "ElseIf" | "Else"));
        if rest.is_empty() {
            return nodes;
        }
        if place != Place::Htaccess && self.rng.chance(30) {
            let name = format!("snippets/{}.conf", self.files.len());
            self.files.push(crate::httpd::text::file(&name, rest));
            nodes.push(line(format!("Include {name}")));
            return nodes;
        }
        let head = self.rng.pick(&[
            "IfModule mod_auth_basic.c",
            "IfModule auth_basic_module",
            "IfModule !mod_auth_basic.c",
            "IfModule mod_authz_dbd.c",
            "IfModule !authz_dbd_module",
            "IfDefine GIVEN",
            "IfDefine !GIVEN",
            "IfVersion >= 2.4",
        ]);
        if head.starts_with("IfVersion") {
            // mod_version is built in
            nodes.push(block("IfVersion >= 2.4", rest));
        } else {
            nodes.push(block(head, rest));
        }
        nodes
    }
}
