//! httpd.conf and .htaccess of any bytes: every span lies in the text, every word can be decoded.

#![no_main]

use lint401::syntax::apache::{Flavour, behind_section, parse, raw_arguments};
use lint401::syntax::{Language, NodeId};

libfuzzer_sys::fuzz_target!(|text: &[u8]| {
    for flavour in [Flavour::Server, Flavour::Htaccess] {
        let tree = parse(text, flavour, &[]);
        for word in &tree.words {
            assert!(word.span.end as usize <= text.len() && word.span.contains(word.inner()));
            let _ = word.decode(Language::Apache, text);
        }
        for index in 0..tree.nodes.len() as u32 {
            let id = NodeId(index);
            let node = tree.node(id);
            assert!(node.span.end as usize <= text.len() && node.span.contains(node.head));
            assert!(node.end > index && node.parent.is_none_or(|parent| parent < id));
            assert!(raw_arguments(&tree, id).end as usize <= text.len());
            assert!(behind_section(&tree, id, text).is_none_or(|at| at.end as usize <= text.len()));
        }
        assert!(tree.errors.iter().all(|error| error.at.end as usize <= text.len()));
    }
});
