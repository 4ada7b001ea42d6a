//! The path of a URL as httpd decodes and shortens it: `ap_unescape_url` and `ap_normalize_path`.

/// Decodes and shortens the path of a request.
///
/// # Errors
/// The status that httpd answers to a path that it refuses.
pub(super) fn decode(path: &[u8]) -> Result<Vec<u8>, u16> {
    if path.first() != Some(&b'/') {
        return Err(400);
    }
    let mut out = Vec::with_capacity(path.len());
    let mut at = 0;
    let mut status: Result<(), u16> = Ok(());
    while let Some(&byte) = path.get(at) {
        if byte != b'%' {
            out.push(byte);
            at += 1;
            continue;
        }
        let digit = |at: usize| path.get(at).and_then(|&byte| char::from(byte).to_digit(16));
        let (Some(high), Some(low)) = (digit(at + 1), digit(at + 2)) else { return Err(400) };
        let decoded = (high * 16 + low) as u8;
        if decoded == 0 || decoded == b'/' {
            status = Err(404);
        }
        out.push(decoded);
        at += 3;
    }
    status?;
    normalise(&out)
}

/// Takes out `//`, `/./` and `/../`.
///
/// # Errors
/// 400 for a path that goes above the root.
pub(super) fn normalise(path: &[u8]) -> Result<Vec<u8>, u16> {
    let mut parts: Vec<&[u8]> = Vec::new();
    let mut ends_in_slash = false;
    for part in path.split(|&byte| byte == b'/').skip(1) {
        ends_in_slash = false;
        match part {
            b"" | b"." => ends_in_slash = true,
            b".." => {
                if parts.pop().is_none() {
                    return Err(400);
                }
                ends_in_slash = true;
            }
            part => parts.push(part),
        }
    }
    let mut out = Vec::with_capacity(path.len());
    for part in &parts {
        out.push(b'/');
        out.extend_from_slice(part);
    }
    if ends_in_slash || out.is_empty() {
        out.push(b'/');
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded_once_and_shortened() {
        let paths = ["/", "/a//b", "/a/./b/", "/a/../b", "/a/b/..", "/%61%2e/x", "/a%252f"];
        let decoded: Vec<String> = paths
            .iter()
            .map(|path| {
                let path = decode(path.as_bytes()).expect("a path");
                String::from_utf8(path).expect("UTF-8")
            })
            .collect();
        assert_eq!(decoded, ["/", "/a/b", "/a/b/", "/b", "/a/", "/a./x", "/a%2f"]);
        assert_eq!(decode(b"/a%2fb"), Err(404));
        assert_eq!(decode(b"/a%zz"), Err(400));
        assert_eq!(decode(b"/../a"), Err(400));
    }
}
