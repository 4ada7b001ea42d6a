//! Formats of access logs: nginx's `log_format`, httpd's `LogFormat`, and what both write where nobody says otherwise.

/// What a part of a line holds, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The client's address.
    Address,
    /// The user of a login, or `-`.
    User,
    /// The status of the answer.
    Status,
    /// The request line.
    Request,
    /// The method.
    Method,
    /// The path and the query, as the client sent them.
    Target,
    /// The path, decoded.
    Path,
    /// The host that was asked for, or the server's name.
    Host,
    /// The server's port.
    Port,
    /// `http` or `https`.
    Scheme,
    /// Something else.
    Other,
}

/// A part of a format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Bytes that stand in every line.
    Literal(Vec<u8>),
    /// Something of the request.
    Field(Field),
}

/// The format of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// Its name, for people.
    pub name: String,
    pub(super) parts: Vec<Part>,
}

impl Format {
    /// What servers write unless told otherwise, and what most others begin with: `common` and `combined` with whatever
    /// follows the status; the second one with the virtual host in front, as Debian's `vhost_combined`.
    #[must_use]
    pub fn usual() -> [Self; 2] {
        [
            Self::httpd("combined", b"%h %l %u %t \"%r\" %>s"),
            Self::httpd("vhost_combined", b"%v:%p %h %l %u %t \"%r\" %>s"),
        ]
    }

    /// nginx's `log_format name text`: `$variable`, `${variable}`, and bytes between them. `ngx_http_log_compile_format`.
    #[must_use]
    pub fn nginx(name: &str, text: &[u8]) -> Self {
        let mut parts = Parts::default();
        let mut at = 0;
        while at < text.len() {
            if text[at] != b'$' {
                parts.byte(text[at]);
                at += 1;
                continue;
            }
            let braced = text.get(at + 1) == Some(&b'{');
            let start = at + 1 + usize::from(braced);
            let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
            let length = text[start..].iter().take_while(|byte| is_word(byte)).count();
            at = start + length + usize::from(braced);
            parts.field(of_variable(&text[start..start + length]));
        }
        parts.finish(name)
    }

    /// httpd's `LogFormat "text" name`: `parse_log_misc_string`, `parse_log_item`.
    #[must_use]
    pub fn httpd(name: &str, text: &[u8]) -> Self {
        let mut parts = Parts::default();
        let mut at = 0;
        while at < text.len() {
            match (text[at], text.get(at + 1)) {
                (b'%', Some(b'%')) => {
                    parts.byte(b'%');
                    at += 2;
                }
                (b'%', _) => at = item(text, at + 1, &mut parts),
                (b'\\', Some(b't')) => {
                    parts.byte(b'\t');
                    at += 2;
                }
                (b'\\', Some(b'n')) => {
                    parts.byte(b'\n');
                    at += 2;
                }
                (b'\\', Some(&other)) => {
                    parts.byte(other);
                    at += 2;
                }
                (byte, _) => {
                    parts.byte(byte);
                    at += 1;
                }
            }
        }
        parts.finish(name)
    }

    /// Whether a line tells what was asked and what was answered.
    #[must_use]
    pub fn is_telling(&self) -> bool {
        let has = |field: Field| self.parts.contains(&Part::Field(field));
        has(Field::Status) && (has(Field::Request) || has(Field::Target) || has(Field::Path))
    }

    /// Whether a line names the host that was asked for.
    #[must_use]
    pub fn names_host(&self) -> bool {
        self.parts.contains(&Part::Field(Field::Host))
    }

    /// What stands before the status in every line; empty where nothing does.
    #[must_use]
    pub fn before_status(&self) -> &[u8] {
        let status = self.parts.iter().position(|part| *part == Part::Field(Field::Status));
        match status.and_then(|at| self.parts.get(at.checked_sub(1)?)) {
            Some(Part::Literal(text)) => text,
            _ => b"",
        }
    }
}

/// One `%…` of httpd that begins behind the sign; gives back where it ends.
fn item(text: &[u8], mut at: usize, parts: &mut Parts) -> usize {
    let mut parameter: &[u8] = b"";
    let mut letter = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        match byte {
            b'!' | b',' | b'<' | b'>' | b'0'..=b'9' => {}
            b'{' => {
                let end = text[at..].iter().position(|&byte| byte == b'}');
                let end = end.map_or(text.len(), |end| at + end);
                parameter = &text[at..end];
                at = (end + 1).min(text.len());
            }
            // `%{…}^ti`, `%{…}^to`: two letters
            b'^' => {
                at = (at + 2).min(text.len());
                letter = b'^';
                break;
            }
            other => {
                letter = other;
                break;
            }
        }
    }
    if letter == b't' && parameter.is_empty() {
        // the brackets are part of what it writes
        parts.byte(b'[');
        parts.field(Field::Other);
        parts.byte(b']');
        return at;
    }
    parts.field(match letter {
        b'h' | b'a' if parameter.is_empty() => Field::Address,
        b'u' => Field::User,
        b's' => Field::Status,
        b'r' => Field::Request,
        b'm' => Field::Method,
        b'U' => Field::Path,
        b'v' | b'V' => Field::Host,
        b'i' if parameter.eq_ignore_ascii_case(b"host") => Field::Host,
        b'p' if parameter.is_empty() || parameter == b"canonical" || parameter == b"local" => {
            Field::Port
        }
        _ => Field::Other,
    });
    at
}

fn of_variable(name: &[u8]) -> Field {
    match name {
        b"remote_addr" | b"realip_remote_addr" => Field::Address,
        b"remote_user" => Field::User,
        b"status" => Field::Status,
        b"request" => Field::Request,
        b"request_method" => Field::Method,
        b"request_uri" => Field::Target,
        b"uri" | b"document_uri" => Field::Path,
        b"host" | b"http_host" | b"server_name" => Field::Host,
        b"server_port" => Field::Port,
        b"scheme" => Field::Scheme,
        _ => Field::Other,
    }
}

#[derive(Default)]
struct Parts(Vec<Part>);

impl Parts {
    fn byte(&mut self, byte: u8) {
        if let Some(Part::Literal(text)) = self.0.last_mut() {
            text.push(byte);
        } else {
            self.0.push(Part::Literal(vec![byte]));
        }
    }

    fn field(&mut self, field: Field) {
        self.0.push(Part::Field(field));
    }

    /// What follows the last part that matters is not looked at.
    fn finish(mut self, name: &str) -> Format {
        let matters = |part: &Part| !matches!(part, Part::Literal(_) | Part::Field(Field::Other));
        let end = self.0.iter().rposition(matters).map_or(0, |last| last + 1);
        // where a field ends, what stands behind it says
        let behind = self.0.get(end).is_some_and(|part| matches!(part, Part::Literal(_)));
        self.0.truncate(end + usize::from(behind));
        Format { name: name.to_owned(), parts: self.0 }
    }
}
