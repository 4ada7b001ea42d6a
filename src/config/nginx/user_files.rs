//! The password files that a site names, with where they count.

use super::{Below, Directive, Effective, Inherited, Reference, Site};
use std::collections::HashSet;

/// An `auth_basic_user_file` and one file that it names.
#[derive(Clone, Copy, Debug)]
pub struct UserFile<'p> {
    /// The directive.
    pub directive: Directive<'p>,
    /// What is known of the file.
    pub reference: &'p Reference,
}

impl<'p> Site<'p> {
    /// The password files that nginx may open: those of places where `auth_basic` is on, or may be. A template's are not
    /// among them: what lies around it is not what lies around the file that is made of it.
    #[must_use]
    pub fn user_files(self) -> Vec<UserFile<'p>> {
        let used = self.data.user_files.get_or_init(|| self.used_references());
        let used = used.iter().map(|&index| &self.data.references[index as usize]);
        used.map(|reference| UserFile { directive: self.referring(reference), reference }).collect()
    }

    /// Those of the references that are password files which nginx may open, by their numbers.
    fn used_references(self) -> Vec<u32> {
        if self.data.references.is_empty() {
            return Vec::new();
        }
        let (basic, file) =
            (Inherited::new(self, "auth_basic"), Inherited::new(self, "auth_basic_user_file"));
        // an inner block can switch on what its user file waits for
        let on = self.occurrences("auth_basic").filter(|basic| !is_off(*basic));
        let used: HashSet<_> = on
            .filter_map(|basic| file.at(basic).set())
            .map(|file| (file.inclusion, file.id))
            .collect();
        let counts = |directive: Directive<'p>| {
            directive.inclusions().any(|directive| {
                used.contains(&(directive.inclusion, directive.id))
                    || match basic.at(directive) {
                        Effective::Set(basic) => !is_off(basic),
                        Effective::CertainlyUnset => false,
                        Effective::Unknown => true,
                    }
            })
        };
        (0..)
            .zip(self.references())
            .filter(|(_, (directive, _))| directive.is("auth_basic_user_file"))
            .filter(|(_, (directive, _))| !directive.is_in_template() && counts(*directive))
            .map(|(number, _)| number)
            .collect()
    }
}

impl<'p> UserFile<'p> {
    /// The `root` directives that the file lies below, in every inclusion.
    pub fn roots(self) -> impl Iterator<Item = (Directive<'p>, &'p Below)> {
        let site = self.directive.site;
        self.reference.roots.iter().flat_map(move |below| {
            let inclusion = site.data.files[below.in_file as usize].inclusion;
            let root = Directive { site, inclusion, id: below.node };
            root.inclusions().map(move |root| (root, below))
        })
    }
}

/// `off`, exactly: nginx compares the three letters, and everything else is a realm.
fn is_off(basic: Directive<'_>) -> bool {
    basic.arg(0).is_some_and(|realm| realm.is(b"off"))
}
