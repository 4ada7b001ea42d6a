//! The unknown names of a configuration: which are slips, and which belong to a module that nobody here knows.

use crate::diagnostic::Slip;
use std::collections::HashMap;
use std::hash::Hash;

/// A configuration with more strange names than this speaks another language or relies on a module: those are no slips.
const MOST: usize = 100;

/// Unknown names, each with what it would be a slip for where it stands. `K` is what that depends on beside the name.
pub(super) struct Strangers<K> {
    numbers: HashMap<(Vec<u8>, K), usize>,
    names: Vec<(Vec<u8>, Option<Slip>)>,
}

impl<K: Eq + Hash> Strangers<K> {
    pub(super) fn new() -> Self {
        Self { numbers: HashMap::new(), names: Vec::new() }
    }

    /// Notes a name; the number of its slip, if it may be one.
    pub(super) fn meet(
        &mut self,
        name: Vec<u8>,
        place: K,
        slip: impl FnOnce(&[u8], &K) -> Option<Slip>,
    ) -> Option<usize> {
        let key = (name, place);
        let number = match self.numbers.get(&key) {
            Some(number) => *number,
            None if self.names.len() == MOST => return None,
            None => {
                let number = self.names.len();
                self.names.push((key.0.clone(), slip(&key.0, &key.1)));
                self.numbers.insert(key, number);
                number
            }
        };
        self.names[number].1.is_some().then_some(number)
    }

    /// What each name was meant to be, by its number, now that all are known.
    pub(super) fn meant(&self) -> Vec<Option<&'static str>> {
        let meant = |(name, slip): &(Vec<u8>, Option<Slip>)| {
            let slip = slip.as_ref()?;
            let is_family = self.names.iter().any(|(other, its)| {
                !other.eq_ignore_ascii_case(name) && slip.is_family_of(other, its.as_ref())
            });
            (!is_family).then_some(slip.meant)
        };
        self.names.iter().map(meant).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Strangers;
    use crate::diagnostic::Slip;
    use crate::grammar::{apache, nginx};
    use std::collections::BTreeMap;

    /// The directives of each module that is not the server's own, as if nobody knew the module: those that pass for slips.
    fn mistaken<D: Copy>(
        modules: BTreeMap<&str, Vec<D>>,
        name: fn(D) -> &'static str,
        slip: fn(D) -> Option<Slip>,
    ) -> Vec<(&'static str, &'static str)> {
        let mut mistaken = Vec::new();
        for directives in modules.into_values() {
            let mut strangers = Strangers::new();
            for &directive in &directives {
                strangers.meet(name(directive).into(), (), |_, ()| slip(directive));
            }
            let meant = directives.into_iter().map(name).zip(strangers.meant());
            mistaken.extend(meant.filter_map(|(name, meant)| Some((name, meant?))));
        }
        mistaken
    }

    #[test]
    fn no_module_of_others_passes_for_slips() {
        let mut modules: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for directive in apache::all().iter().filter(|directive| !directive.is_core()) {
            modules.entry(directive.usages[0].module).or_default().push(directive);
        }
        let slip = |directive: &apache::Directive| {
            let own = apache::all().iter().filter(|known| known.is_core());
            Slip::find(directive.name.as_bytes(), own.map(|known| known.name))
        };
        assert_eq!(mistaken(modules, |directive| directive.name, slip), []);

        let mut modules: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for directive in nginx::all().iter().filter(|directive| !directive.is_core()) {
            modules.entry(directive.usages[0].module).or_default().push(directive);
        }
        let slip = |directive: &nginx::Directive| {
            let contexts = directive.usages[0].contexts;
            let own = nginx::all().iter().filter(|known| known.is_core());
            let own = own.filter(|known| known.usages_in(contexts).next().is_some());
            Slip::find(directive.name.as_bytes(), own.map(|known| known.name))
        };
        assert_eq!(mistaken(modules, |directive| directive.name, slip), []);
    }
}
