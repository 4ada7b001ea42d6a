//! The evaluation: `ap_expr_eval`, `ap_expr_eval_comp` and `ap_expr_eval_word`.

use super::{FileTest, FnMatch, Function, Lookup, fnmatch, functions};
use crate::policy::text::Text;
use crate::policy::world::Cause;
use crate::syntax::apache::expression::{Binary, Comparison, Expr, Relation, Unary, Word};

/// How many evaluations httpd makes within one another before it gives up (`AP_EXPR_MAX_RECURSION`).
const DEEPEST: u8 = 20;

/// httpd gave up on the expression: it is nested too deeply, or a file of `file(…)` cannot be read. `<If>` and
/// `Require expr` then answer 500, a `RewriteCond expr` does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::policy::apache) struct Failed;

/// What `$0` to `$9` stand for: what the last pattern with groups matched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::policy::apache) enum Groups {
    /// Nothing.
    #[default]
    None,
    /// The whole match and its groups.
    Known(Vec<Option<Vec<u8>>>),
    /// It matched, and what the groups hold is not known.
    Unknown(Cause),
}

impl Groups {
    /// What a group holds; empty for one that is none.
    pub(in crate::policy::apache) fn get(&self, number: u8) -> Text {
        match self {
            Self::None => Text::EMPTY,
            Self::Known(groups) => {
                groups.get(usize::from(number)).cloned().flatten().unwrap_or_default().into()
            }
            Self::Unknown(cause) => {
                Cause { at: cause.at, text: format!("what ${number} holds, {}", cause.text) }.into()
            }
        }
    }
}

impl Expr {
    /// Whether it holds in this world.
    pub(in crate::policy::apache) fn holds(&self, on: &mut dyn Lookup) -> Result<bool, Failed> {
        self.holds_with(on, &mut Groups::None)
    }

    /// Whether it holds in this world; `groups` are what `$0` to `$9` stand for before and after it.
    pub(in crate::policy::apache) fn holds_with(
        &self,
        on: &mut dyn Lookup,
        groups: &mut Groups,
    ) -> Result<bool, Failed> {
        Evaluation { on, groups }.expr(self, DEEPEST)
    }
}

impl Word {
    /// The text that it stands for in this world.
    pub(in crate::policy::apache) fn text(&self, on: &mut dyn Lookup) -> Result<Text, Failed> {
        if let Some(constant) = self.constant() {
            return Ok(constant.into());
        }
        Evaluation { on, groups: &mut Groups::None }.word(self, DEEPEST)
    }
}

struct Evaluation<'l, 'g> {
    on: &'l mut dyn Lookup,
    groups: &'g mut Groups,
}

impl Evaluation<'_, '_> {
    fn expr(&mut self, expr: &Expr, depth: u8) -> Result<bool, Failed> {
        let depth = depth.checked_sub(1).ok_or(Failed)?;
        let mut expr = expr;
        let mut negated = false;
        // the last operand of each is evaluated in the same round, as httpd does it: long chains are not deep
        loop {
            let holds = match expr {
                Expr::Not(inner) => {
                    negated = !negated;
                    expr = inner;
                    continue;
                }
                Expr::And(all) | Expr::Or(all) => {
                    let Some((last, others)) = all.split_last() else { return Err(Failed) };
                    let ends = matches!(expr, Expr::Or(_));
                    let mut ended = false;
                    for other in others {
                        if self.expr(other, depth)? == ends {
                            ended = true;
                            break;
                        }
                    }
                    if !ended {
                        expr = last;
                        continue;
                    }
                    ends
                }
                Expr::Constant(value) => *value,
                Expr::Unary(unary, word) => {
                    let word = self.word(word, depth)?;
                    self.unary(unary, &word)
                }
                Expr::Binary(binary, left, right) => {
                    let left = self.word(left, depth)?;
                    let right = self.word(right, depth)?;
                    self.binary(binary, &left, &right)
                }
                Expr::Compare(comparison, left, right) => {
                    let left = self.word(left, depth)?;
                    let right = self.word(right, depth)?;
                    self.compare(*comparison, &left, &right)
                }
                Expr::Match { word, pattern, ignore_case, negated } => {
                    let word = self.word(word, depth)?;
                    self.matches(&word, pattern, *ignore_case) != *negated
                }
                Expr::InWords(needle, words) => {
                    let needle = self.word(needle, depth)?;
                    let mut found = false;
                    // the list is built from its end
                    for word in words.iter().rev() {
                        let word = self.word(word, depth)?;
                        if needle.equals(&word, self.on.world()) {
                            found = true;
                            break;
                        }
                    }
                    found
                }
                Expr::InList(needle, name, argument) => {
                    let needle = self.word(needle, depth)?;
                    let argument = self.word(argument, depth)?;
                    self.on.list_holds(name, &argument, &needle)
                }
            };
            return Ok(holds != negated);
        }
    }

    fn word(&mut self, word: &Word, depth: u8) -> Result<Text, Failed> {
        let depth = depth.checked_sub(1).ok_or(Failed)?;
        Ok(match word {
            Word::Text(text) => Text::from(&**text),
            Word::Variable(name) => self.on.variable(name),
            Word::Group(number) => self.groups.get(*number),
            Word::Concat(parts) => match &**parts {
                // a number, which is a word of its own
                [Word::Text(digits)] => Text::from(&**digits),
                parts => {
                    let mut text = Text::EMPTY;
                    for part in parts {
                        text.push(self.word(part, depth)?);
                    }
                    text
                }
            },
            Word::Call(function, argument) => {
                let argument = self.word(argument, depth)?;
                self.call(*function, &argument)?
            }
        })
    }

    fn call(&mut self, function: Function, argument: &Text) -> Result<Text, Failed> {
        if let Some(text) = functions::pure(function, argument) {
            return Ok(text);
        }
        if let Some(argument) = argument.known() {
            return self.on.function(function, argument).ok_or(Failed);
        }
        let text = format!("what {}({}) is", function.name(), argument.shown());
        Ok(Cause::new(self.on.at(), text).into())
    }

    /// Asks the world what cannot be worked out; what is named last is that it holds.
    fn ask(&mut self, text: String) -> bool {
        let cause = Cause::new(self.on.at(), text);
        self.on.world().choose(cause, 2) == 1
    }

    fn compare(&mut self, comparison: Comparison, left: &Text, right: &Text) -> bool {
        let Comparison { relation, numbers } = comparison;
        if let (Some(left), Some(right)) = (left.known(), right.known()) {
            return relation.holds(if numbers {
                number(left).cmp(&number(right))
            } else {
                left.cmp(right)
            });
        }
        match relation {
            Relation::Equal if !numbers => left.equals(right, self.on.world()),
            Relation::NotEqual if !numbers => !left.equals(right, self.on.world()),
            relation => {
                let sign = relation.sign();
                self.ask(format!("whether {} {sign} {}", left.shown(), right.shown()))
            }
        }
    }

    fn matches(&mut self, subject: &Text, pattern: &[u8], ignore_case: bool) -> bool {
        let (holds, groups) = captures(self.on, subject, pattern, ignore_case);
        // a pattern without groups leaves those of an earlier one
        if has_groups(pattern) {
            *self.groups = groups;
        }
        holds
    }

    fn unary(&mut self, unary: &Unary, word: &Text) -> bool {
        let test = match unary {
            Unary::NotEmpty => return !word.is_empty(self.on.world()),
            Unary::Empty => return word.is_empty(self.on.world()),
            Unary::True => return self.is_true(word),
            Unary::Client(network) => {
                return match self.on.client() {
                    Some(address) => network.contains(address),
                    None => self.ask(format!("whether the client is in {}", word.shown())),
                };
            }
            Unary::AccessibleFile => return self.on.is_accessible(word, true),
            Unary::AccessibleUrl => return self.on.is_accessible(word, false),
            Unary::Directory => FileTest::Directory,
            Unary::Exists => FileTest::Exists,
            Unary::File => FileTest::File,
            Unary::NotEmptyFile => FileTest::NotEmpty,
            Unary::Link => FileTest::Link,
            Unary::Executable => FileTest::Executable,
        };
        self.on.file_test(test, word)
    }

    /// `op_T`
    fn is_true(&mut self, word: &Text) -> bool {
        if word.is_empty(self.on.world()) {
            return false;
        }
        let no = [&b"off"[..], b"no", b"false", b"0"];
        !no.iter().any(|no| word.is_ignoring_case(no, self.on.world()))
    }

    fn binary(&mut self, binary: &Binary, left: &Text, right: &Text) -> bool {
        let Binary::IpMatch(network) = binary else {
            let flags = FnMatch {
                pathname: *binary == Binary::FnMatch,
                ignore_case: *binary == Binary::StrCaseMatch,
            };
            if let (Some(text), Some(pattern)) = (left.known(), right.known()) {
                return fnmatch(pattern, text, flags);
            }
            let (left, right) = (left.shown(), right.shown());
            return self.ask(format!("whether {left} matches `{right}`"));
        };
        let address = left.known().and_then(|text| std::str::from_utf8(text).ok()?.parse().ok());
        match address {
            Some(address) => network.contains(address),
            None if left.known() == Some(b"") => false,
            // httpd asks for the address of a name
            None => self.ask(format!("whether {} is in {}", left.shown(), right.shown())),
        }
    }
}

/// Whether `subject` matches, and what the match and its groups hold. Asks the world where that is not known.
pub(in crate::policy::apache) fn captures(
    on: &mut dyn Lookup,
    subject: &Text,
    pattern: &[u8],
    ignore_case: bool,
) -> (bool, Groups) {
    let regex = on.regex(pattern, ignore_case);
    match subject.known().and_then(|subject| regex.captures(subject)) {
        Some(Some(captures)) => (true, Groups::Known(captures.groups)),
        Some(None) => (false, Groups::None),
        None => {
            let pattern = String::from_utf8_lossy(pattern);
            let text = format!("whether {} matches `{pattern}`", subject.shown());
            let cause = Cause::new(on.at(), text);
            if on.world().choose(cause, 2) == 0 {
                return (false, Groups::None);
            }
            let text = format!("as {} matches `{pattern}`", subject.shown());
            (true, Groups::Unknown(Cause::new(on.at(), text)))
        }
    }
}

/// Whether a pattern has groups that capture.
fn has_groups(pattern: &[u8]) -> bool {
    let mut in_class = false;
    let mut at = 0;
    while let Some(&byte) = pattern.get(at) {
        match byte {
            b'\\' => at += 1,
            b'[' => in_class = true,
            b']' => in_class = false,
            b'(' if !in_class => match pattern.get(at + 1..at + 3) {
                Some(b"?<") if !matches!(pattern.get(at + 3), Some(b'=' | b'!')) => return true,
                Some(b"?P" | b"?'") => return true,
                Some([b'?' | b'*', _]) => {}
                _ => return true,
            },
            _ => {}
        }
        at += 1;
    }
    false
}

/// The number at the beginning of a text: `apr_atoi64`.
pub(in crate::policy::apache) fn number(text: &[u8]) -> i64 {
    let space = |byte: &u8| matches!(byte, b'\t'..=b'\r' | b' ');
    let text = &text[text.iter().take_while(|byte| space(byte)).count()..];
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] | rest => (false, rest),
    };
    digits.iter().take_while(|byte| byte.is_ascii_digit()).fold(0_i64, |value, digit| {
        let digit = i64::from(digit - b'0');
        let value = value.saturating_mul(10);
        if negative { value.saturating_sub(digit) } else { value.saturating_add(digit) }
    })
}
