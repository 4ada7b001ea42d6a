//! Password, digest and group files of any bytes: every span lies in the text, entries ascend.

#![no_main]

use lint401::syntax::credentials::{Kind, parse, secret_spans};

libfuzzer_sys::fuzz_target!(|text: &[u8]| {
    for kind in [Kind::Htpasswd, Kind::Htdigest, Kind::Group] {
        let file = parse(text, kind);
        let mut last = 0;
        for entry in &file.entries {
            assert!(last <= entry.line.start && entry.line.end as usize <= text.len());
            assert!(entry.line.contains(entry.name));
            assert!(file.fields(entry).iter().all(|field| entry.line.contains(field.span)));
            last = entry.line.end;
        }
        assert!(secret_spans(&file, text).iter().all(|at| at.end as usize <= text.len()));
    }
});
