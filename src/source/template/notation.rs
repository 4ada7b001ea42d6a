//! The ways of writing a placeholder, and where each one that starts at a given byte ends.

/// A set of notations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Notations(u16);

impl Notations {
    /// `{{ value }}` of Jinja, Go and mustache, with `{{#if}}` and `{{- if }}`.
    pub(super) const CURLY: Self = Self(1);
    /// `{% statement %}` and `{# comment #}` of Jinja and its relatives.
    pub(super) const STATEMENT: Self = Self(1 << 1);
    /// `<% statement %>` and `<%= value %>` of ERB and EPP.
    pub(super) const ANGLE: Self = Self(1 << 2);
    /// `<TMPL_VAR NAME>` of HTML::Template.
    pub(super) const TMPL: Self = Self(1 << 3);
    /// `${VAR}` and `$VAR` of envsubst, capitals only; `${VAR:-default}`.
    pub(super) const DOLLAR: Self = Self(1 << 4);
    /// `${any.expression}` and `%{ if … }` of Terraform.
    pub(super) const TERRAFORM: Self = Self(1 << 5);
    /// `@VAR@` of autoconf and CMake.
    pub(super) const AT: Self = Self(1 << 6);
    /// `%var%`.
    pub(super) const PERCENT: Self = Self(1 << 7);
    /// `%%VAR%%` of FreeBSD's ports.
    pub(super) const DOUBLE_PERCENT: Self = Self(1 << 8);
    /// `__VAR__`.
    pub(super) const UNDERSCORE: Self = Self(1 << 9);
    /// `<your-domain>`, to be filled in by hand.
    pub(super) const PLACEHOLDER: Self = Self(1 << 10);
    /// Not a notation: the file's name says template, so names in small letters count as well.
    pub(super) const LOOSE: Self = Self(1 << 11);

    pub(super) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether it holds nothing but perhaps [`Self::LOOSE`].
    pub(super) const fn is_none(self) -> bool {
        self.0 & !Self::LOOSE.0 == 0
    }
}

/// How far a variable's name may reach; longer ones are no names.
const NAME_LIMIT: usize = 80;

/// The length of the name that `text` starts with: a letter or `_`, then letters, digits and `_`.
fn name_len(text: &[u8]) -> usize {
    if !text.first().is_some_and(|&byte| byte.is_ascii_alphabetic() || byte == b'_') {
        return 0;
    }
    let len = text.iter().take(NAME_LIMIT + 1).take_while(|&&byte| is_name(byte)).count();
    if len > NAME_LIMIT { 0 } else { len }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_capitals(name: &[u8]) -> bool {
    name.iter().any(u8::is_ascii_uppercase) && !name.iter().any(u8::is_ascii_lowercase)
}

fn byte(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(0)
}

/// The end of `@VAR@`. `s@VAR@x@` and `m@VAR@` are regular expressions.
pub(super) fn at_sign(text: &[u8], at: usize, loose: bool) -> Option<usize> {
    let name = &text[at + 1..][..name_len(&text[at + 1..])];
    let end = at + 1 + name.len();
    let delimits =
        at > 0 && matches!(text[at - 1], b's' | b'm' | b'|') && (at < 2 || !is_name(text[at - 2]));
    let known = name.len() >= 2 && (loose || is_capitals(name)) && !delimits;
    (known && byte(text, end) == b'@').then_some(end + 1)
}

/// The end of `%var%`. Log formats (`%h%l`) and percent encoding (`%E2%80%99`) look alike.
pub(super) fn percent(text: &[u8], at: usize, loose: bool) -> Option<usize> {
    let name = &text[at + 1..][..name_len(&text[at + 1..])];
    let end = at + 1 + name.len();
    let encoded =
        byte(text, end + 1).is_ascii_hexdigit() && byte(text, end + 2).is_ascii_hexdigit();
    let known = if loose { name.len() >= 2 } else { name.len() >= 3 && is_capitals(name) };
    let is_first = at == 0 || text[at - 1] != b'%';
    (known && is_first && !encoded && byte(text, end) == b'%' && byte(text, end + 1) != b'%')
        .then_some(end + 1)
}

/// The end of `%%VAR%%`.
pub(super) fn double_percent(text: &[u8], at: usize, loose: bool) -> Option<usize> {
    if byte(text, at + 1) != b'%' {
        return None;
    }
    let name = &text[at + 2..][..name_len(&text[at + 2..])];
    let end = at + 2 + name.len();
    let known = name.len() >= 2 && (loose || is_capitals(name));
    (known && text[end..].starts_with(b"%%")).then_some(end + 2)
}

/// The end of `__VAR__`.
pub(super) fn underscores(text: &[u8], at: usize) -> Option<usize> {
    let inside = at > 0 && (is_name(text[at - 1]) || matches!(text[at - 1], b'$' | b'{'));
    if inside || !text[at..].starts_with(b"__") {
        return None;
    }
    let name = &text[at..][..name_len(&text[at..])];
    // in `__DOMAIN__path` the name goes on behind the placeholder
    let close = memchr::memmem::find(name.get(2..)?, b"__")? + 2;
    let inner = &name[2..close];
    (is_capitals(inner) && !inner.starts_with(b"_")).then_some(at + close + 2)
}

/// The end of `${VAR}`, `${VAR:-default}` or `$VAR`, capitals only: small letters are the server's own variables.
pub(super) fn dollar(text: &[u8], at: usize) -> Option<usize> {
    let braced = byte(text, at + 1) == b'{';
    let start = at + 1 + usize::from(braced);
    let name = text.get(start..)?;
    let name = &name[..name_len(name)];
    let end = start + name.len();
    if !braced {
        return (is_capitals(name) && name.len() >= 2).then_some(end);
    }
    if byte(text, end) == b'}' {
        return is_capitals(name).then_some(end + 1);
    }
    default_value(text, at)
}

/// The end of `${VAR:-default}` and its like, which neither server takes.
pub(super) fn default_value(text: &[u8], at: usize) -> Option<usize> {
    let name = text.get(at..)?.strip_prefix(b"${")?;
    let len = name_len(name);
    let is_default = len > 0 && byte(name, len) == b':' && b"-=?+".contains(&byte(name, len + 1));
    let line = name.get(..512).unwrap_or(name);
    let close = line.iter().position(|byte| matches!(byte, b'}' | b'\n'))?;
    (is_default && name[close] == b'}').then_some(at + 2 + close + 1)
}

/// The end of Terraform's `${…}`; `$${` is a dollar sign.
pub(super) fn terraform(text: &[u8], at: usize) -> Option<usize> {
    let escaped = at > 0 && text[at - 1] == text[at];
    let rest = text.get(at + 2..)?;
    let line = rest.get(..512).unwrap_or(rest);
    let close = line.iter().position(|byte| matches!(byte, b'}' | b'\n'))?;
    (!escaped && text[at + 1] == b'{' && rest[close] == b'}').then_some(at + 2 + close + 1)
}

/// The end of `<your-domain>`. Sections start their line, and the text of pages is full of tags.
pub(super) fn placeholder(text: &[u8], at: usize) -> Option<usize> {
    const NAMES: &[&[u8]] = &[
        b"domain",
        b"domainname",
        b"host",
        b"hostname",
        b"fqdn",
        b"ip",
        b"port",
        b"user",
        b"username",
        b"password",
        b"token",
        b"secret",
        b"apikey",
        b"base64",
        b"credentials",
        b"jwt",
    ];
    const VERBS: &[&[u8]] =
        &[b"your", b"my", b"the", b"insert", b"enter", b"replace", b"change", b"put", b"some"];
    // a named group of a regular expression
    if at > 0 && matches!(text[at - 1], b'?' | b'P') {
        return None;
    }
    if !byte(text, at + 1).is_ascii_alphabetic() {
        return None;
    }
    let inner = text[at + 1..].iter().take(64);
    let len = inner.take_while(|&&b| is_name(b) || matches!(b, b'-' | b' ')).count();
    let inner = &text[at + 1..at + 1 + len];
    if byte(text, at + 1 + len) != b'>' {
        return None;
    }
    let lower = inner.to_ascii_lowercase();
    let first = lower.split(|&b| b == b' ').next().unwrap_or_default();
    let known = if inner.contains(&b' ') {
        VERBS.contains(&first)
    } else {
        NAMES.contains(&first)
            || inner.contains(&b'_')
            || (inner.contains(&b'-') && VERBS.iter().any(|verb| lower.starts_with(verb)))
            || (inner.contains(&b'-') && is_capitals(inner))
    };
    known.then_some(at + len + 2)
}

/// The name behind `<TMPL_` or `</TMPL_`, and the end of the tag.
pub(super) fn tmpl(text: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let rest = &text[at + 1..];
    let rest = rest.strip_prefix(b"/").unwrap_or(rest);
    let name = rest.strip_prefix(b"TMPL_").or_else(|| rest.strip_prefix(b"tmpl_"))?;
    let len = name_len(name);
    let line = name.get(..512).unwrap_or(name);
    let close = memchr::memchr2(b'>', b'\n', line)?;
    (len > 0 && name[close] == b'>').then(|| (&name[..len], text.len() - name.len() + close + 1))
}
