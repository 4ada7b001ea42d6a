//! nginx.conf of any bytes: the laws that the tests hold on generated texts.

#![no_main]

#[path = "../../tests/syntax/nginx/check.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|text: &[u8]| check::check(text));
