//! What stands behind `Basic` is base64 in one piece and in its standard alphabet, or nobody can read it.

use super::credential_values::{self, Use};
use crate::config::nginx::Site;
use crate::diagnostic::{Edit, Findings, Safety};
use crate::rules::authorization::{Basic, NotBase64, basic, is_placeholder};

rule! {
    "nginx/basic-value-not-base64" {
        reads: Nginx, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "the credentials behind Basic are no base64",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for credential in credential_values::all(site) {
        let Some((value, at)) = credential.behind("Basic") else { continue };
        let Basic::NotBase64(why) = basic(value) else { continue };
        // a scheme that is there twice is another mistake
        let again = value.get(..5).is_some_and(|word| word.eq_ignore_ascii_case(b"basic"));
        if is_placeholder(value) || again {
            continue;
        }
        let reason = match &why {
            NotBase64::Plain => "they are written as they are".to_owned(),
            NotBase64::Blank(_) => "there is a blank in the middle".to_owned(),
            NotBase64::UrlAlphabet => "`-` and `_` belong to the alphabet of URLs".to_owned(),
            NotBase64::Byte(byte) if byte.is_ascii_graphic() => {
                format!("`{}` does not belong to its alphabet", char::from(*byte))
            }
            NotBase64::Byte(_) => "a byte in it does not belong to its alphabet".to_owned(),
            NotBase64::Length => "a character is missing, or one is too many".to_owned(),
        };
        let then = match credential.used {
            Use::Compared => "no login passes the comparison",
            Use::Sent | Use::Kept => "the upstream cannot read them and answers 401",
        };
        let help = match &why {
            NotBase64::Blank(_) => "`base64` wraps long lines: use `base64 -w0`",
            NotBase64::UrlAlphabet => "write `+` for `-` and `/` for `_`",
            _ => "write what `printf %s 'user:password' | base64 -w0` prints",
        };
        let mut finding = RULE
            .at(credential.part(at.clone()))
            .label("no base64")
            .message(format!("the credentials behind `Basic` are no base64, {reason}: {then}"))
            .help(help);
        if let NotBase64::Blank(blank) = why {
            let whole: Vec<u8> =
                value.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
            if basic(&whole) == Basic::Pair
                && !value[blank.end..].iter().any(u8::is_ascii_whitespace)
            {
                let delete =
                    Edit::delete(credential.part(at.start + blank.start..at.start + blank.end));
                finding = finding.fix(Safety::Manual, "remove the blank", vec![delete]);
            }
        }
        findings.push(finding);
    }
}
