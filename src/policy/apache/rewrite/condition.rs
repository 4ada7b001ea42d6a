//! Conditions: `apply_rewrite_cond`.

use super::expand::Running;
use super::rule::{Condition, Rule, Test};
use crate::policy::apache::expr::{Groups, Lookup, captures, number};
use crate::policy::text::Text;
use crate::policy::world::Cause;
use crate::syntax::apache::expression::Relation;

impl Running<'_> {
    /// Whether all conditions of a rule hold, `[OR]` taken into account.
    pub(super) fn conditions_hold(&mut self, rule: &Rule) -> bool {
        let mut conditions = rule.conditions.iter();
        while let Some(condition) = conditions.next() {
            let holds = self.condition_holds(condition);
            if condition.or_next {
                // where it does not hold another one still can; at the end of the list there is none, and that is that
                if holds {
                    // the rest of those that `[OR]` ties together
                    let _ = conditions.find(|other| !other.or_next);
                }
            } else if !holds {
                return false;
            }
        }
        true
    }

    fn condition_holds(&mut self, condition: &Condition) -> bool {
        let outside = self.at.replace(condition.at);
        let holds = self.test(condition) != condition.is_negated;
        self.at = outside;
        holds
    }

    fn test(&mut self, condition: &Condition) -> bool {
        if let Test::Expr(expr) = &condition.test {
            let mut groups = Groups::None;
            // one that httpd gives up on does not hold
            let holds = expr.holds_with(self, &mut groups).unwrap_or(false);
            if holds && !condition.is_negated {
                self.condition_groups = match groups {
                    // httpd takes whatever its memory holds, and may crash of it
                    Groups::None => {
                        let text = "as the expression before it matches nothing that has groups";
                        Groups::Unknown(Cause::new(condition.at, text))
                    }
                    groups => groups,
                };
            }
            return holds;
        }
        let input = self.expand(&condition.input, None);
        match &condition.test {
            Test::File(test) => self.file_test(*test, &input),
            Test::Accessible { is_file } => {
                self.state.may_look_ahead
                    && !input.is_empty(self.on.world())
                    && self.is_accessible(&input, *is_file)
            }
            Test::Text(relation, pattern) => {
                self.compare(*relation, &input, pattern, condition.ignores_case)
            }
            Test::Number(relation, pattern) => {
                if let Some(input) = input.known() {
                    return relation.holds(number(input).cmp(pattern));
                }
                let sign = relation.sign();
                self.ask(format!("whether {} {sign} {pattern}", input.shown()))
            }
            Test::Regex(pattern) => {
                let (holds, groups) = captures(self, &input, pattern, condition.ignores_case);
                if holds && !condition.is_negated {
                    self.condition_groups = groups;
                }
                holds
            }
            Test::Expr(_) => false,
        }
    }

    /// `=`, `<` and their like. Of two texts the longer one is the greater: `compare_lexicography`.
    fn compare(&mut self, relation: Relation, input: &Text, pattern: &[u8], blind: bool) -> bool {
        match (relation, input.known()) {
            (Relation::Equal, _) if blind => input.is_ignoring_case(pattern, self.on.world()),
            (Relation::Equal, _) => input.is(pattern, self.on.world()),
            (relation, Some(input)) if blind => {
                relation.holds(input.to_ascii_lowercase().cmp(&pattern.to_ascii_lowercase()))
            }
            (relation, Some(input)) => {
                relation.holds(input.len().cmp(&pattern.len()).then_with(|| input.cmp(pattern)))
            }
            (relation, None) => {
                let (sign, pattern) = (relation.sign(), String::from_utf8_lossy(pattern));
                self.ask(format!("whether {} {sign} {pattern}", input.shown()))
            }
        }
    }

    /// Asks the world; what is named last is that it holds.
    fn ask(&mut self, text: String) -> bool {
        let cause = Cause::new(self.at, text);
        self.on.world().choose(cause, 2) == 1
    }
}
