//! The proof of `policy::password` and `policy::user_file`: each real server is asked for every row of the tables below,
//! and must answer what they say. The hashes were made by crypt() of libxcrypt, by htpasswd, mkpasswd and openssl.

use crate::http;
use crate::support::binary::Binary;
use crate::support::case::Server;
use crate::support::server::{self, NotStarted, Running};
use libtest_mimic::{Failed, Trial};
use lint401::config::target::Libc;
use lint401::policy::password::{Check, check};
use lint401::policy::user_file;
use lint401::syntax::Language;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;

/// What is stored, a password, and how many times the password is repeated.
type Row = (&'static [u8], &'static [u8], usize);

#[rustfmt::skip]
const CHECKED: &[Row] = &[
    // the servers' own
    (b"$apr1$lint401x$oLYYMK8tUx6otXKO4mJoL0", b"secret", 1),
    (b"$apr1$lint401x$oLYYMK8tUx6otXKO4mJoL0", b"Secret", 1),
    (b"$apr1$lint401x$oLYYMK8tUx6otXKO4mJoL0", b"", 1),
    (b"$apr1$lint401x$oLYYMK8tUx6otXKO4mJoL", b"secret", 1),
    (b"$apr1$lint401x$oLYYMK8tUx6otXKO4mJoL0x", b"secret", 1),
    (b"$apr1$lint401x$oLYYMK8tUx6otXKO4mJoL0 ", b"secret", 1),
    (b"$APR1$lint401x$oLYYMK8tUx6otXKO4mJoL0", b"secret", 1),
    (b"$apr1$lint$s8n7zyONMrIe82.8j8vX1/", b"a:b:c", 1),
    (b"$apr1$lint401x$GvUMO7l96StDFt9zV7qTW/", b"", 1),
    (b"$apr1$x$y1frZ/zxCWRlgd5m1aCya.", b"0123456789abcdefg", 1),
    (b"$apr1$lint401xyz$oLYYMK8tUx6otXKO4mJoL0", b"secret", 1),
    (b"$apr1$", b"secret", 1),
    (b"$apr1$long$297uH5ypi.xT08e11wvVu1", b"0123456789", 20),
    (b"{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=", b"secret", 1),
    (b"{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=", b"secreT", 1),
    (b"{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ", b"secret", 1),
    (b"{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ==", b"secret", 1),
    (b"{sha}5en6G6MezRroT3XKqkdPOmY/BfQ=", b"secret", 1),
    (b"{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=", b"", 1),
    (b"{SHA}9Rfd8dMqES/xrVXGbRsSyzjn6Pc=", b"p\xc3\xa4ssw\xc3\xb6rd", 1),
    (b"{SHA}eYxIHY7AbAiRXrCWOfnCEBMfpL8=", b"p\xe4ssw\xf6rd", 1),
    (b"{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0", b"secret", 1),
    (b"{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0", b"x", 1),
    (b"{SSHA}5en6G6MezRroT3XKqkdPOmY/BfQ=", b"secret", 1),
    (b"{SSHA}QOxyR6sR/5CSjqSz03Y7gxDbEhMxMjM0NQ==", b"secret", 1),
    (b"{SSHA}QOxyR6sR/5CSjqSz03Y7gxDbEhMxMjM0NQ", b"secret", 1),
    (b"{SSHA}AAAA", b"secret", 1),
    (b"{SSHA}", b"secret", 1),
    (b"{SSHA}!!!!", b"secret", 1),
    (b"{ssha}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0", b"secret", 1),
    (b"{PLAIN}secret", b"secret", 1),
    (b"{PLAIN}secret", b"secre", 1),
    (b"{PLAIN}", b"", 1),
    (b"{PLAIN}two words ", b"two words ", 1),
    (b"{Plain}secret", b"secret", 1),
    (b"{PLAIN}p\xe4ss", b"p\xe4ss", 1),
    (b"{MD5}Xr4ilOzQ4PCOq3aQ0qbuaQ==", b"secret", 1),
    (b"{CRYPT}abNANd1rDfiNc", b"secret", 1),
    // MD5-crypt
    (b"$1$abcdefgh$cHJi5PXp/ki/ktXzqlk6I1", b"secret", 1),
    (b"$1$$ysVNzQc4CTMkp5daOdZ.3/", b"secret", 1),
    (b"$1$abc$JawQpaxkHVamjzMTxAZFh/", b"p\xe4ssw\xf6rd", 1),
    (b"$1$abcdefgh$cHJi5PXp/ki/ktXzqlk6I1", b"secret", 1),
    (b"$1$abc$Or2rbeUYTvt12aiVzMuS/.", b"", 1),
    (b"$1$abcdefgh$cHJi5PXp/ki/ktXzqlk6I1", b"x", 1),
    (b"$1$abcdefgh$cHJi5PXp/ki/ktXzqlk6", b"secret", 1),
    (b"$1$abcdefgh$cHJi5PXp/ki/ktXzqlk6I1", b"0123456789", 60),
    (b"$1$abcdefgh$B7P/oFSg6Oft9nlgFLVHR/", b"0123456789", 51),
    (b"$1$abc;efgh$cHJi5PXp/ki/ktXzqlk6I1", b"secret", 1),
    // SHA-crypt
    (b"$5$saltsaltsaltsalt$X0ra9qlY7TJaGBDgorLevriQfwysW8fXnbybcO4mF4/", b"secret", 1),
    (b"$5$saltsaltsaltsalt$X0ra9qlY7TJaGBDgorLevriQfwysW8fXnbybcO4mF4/", b"no", 1),
    (b"$5$saltsaltsaltsalt$X0ra9qlY7TJaGBDgorLevriQfwysW8fXnbybcO4mF4", b"secret", 1),
    (b"$5$rounds=1000$salt$CCvcOM6b7TEJDPb37Aec/9UpOg4QhPNAxPpL9ZzjTB7", b"secret", 1),
    (b"$5$rounds=999$salt$CCvcOM6b7TEJDPb37Aec/9UpOg4QhPNAxPpL9ZzjTB7", b"secret", 1),
    (b"$5$rounds=01000$salt$CCvcOM6b7TEJDPb37Aec/9UpOg4QhPNAxPpL9ZzjTB7", b"secret", 1),
    (b"$5$rounds=$salt$CCvcOM6b7TEJDPb37Aec/9UpOg4QhPNAxPpL9ZzjTB7", b"secret", 1),
    (b"$5$salt$HrcUzzoef72uxM/YhTU5BAi419Fblqlq//zyM.rIOG0", b"", 1),
    (b"$5$salt$yxeP1po43NocLSSK1PPBtUBCLGNGAuLWBjce/wrv516", b"p\xe4ssw\xf6rd", 1),
    (b"$5$$o1w7HPzHt8gHmL5zUzDkRqt6Az.BjDfkvuDNNLWnXx5", b"secret", 1),
    (b"$5$rounds=1000$long$.89EL5GftnJckWnkX.dFMs55g.IoQYw4del5clpjfO8", b"0123456789", 26),
    (b"$5$rounds=1000$long$sWiXj68hRCQ22uguMKQNLGztob58tG4nu4u0P1iLT3/", b"0123456789abcdef", 16),
    (b"$6$saltsaltsaltsalt$ph0yGsyjzqdeFaon7.gJZo8eAG5/rj9/JdzOu1Rl7dKzBYg3xgvl7T2VQ2Rt81bc5AXkdA54r0p8QvC1omD6R1", b"secret", 1),
    (b"$6$saltsaltsaltsalt$ph0yGsyjzqdeFaon7.gJZo8eAG5/rj9/JdzOu1Rl7dKzBYg3xgvl7T2VQ2Rt81bc5AXkdA54r0p8QvC1omD6R1", b"no", 1),
    (b"$6$saltsaltsaltsalt$ph0yGsyjzqdeFaon7.gJZo8eAG5/rj9/JdzOu1Rl7dKzBYg3xgvl7T2VQ2Rt81bc5AXkdA54r0p8QvC1omD6R", b"secret", 1),
    (b"$6$rounds=1000$salt$HNxBeBnDfSfUrTj6KiLnmd7tGCvHEmcExh8kl/S0cZ5WrCciNZgfhbpkeFQ4JfkHX.8vPq45lY0iINnCx1Lkm.", b"secret", 1),
    (b"$6$rounds=999$salt$HNxBeBnDfSfUrTj6KiLnmd7tGCvHEmcExh8kl/S0cZ5WrCciNZgfhbpkeFQ4JfkHX.8vPq45lY0iINnCx1Lkm.", b"secret", 1),
    (b"$6$rounds=01000$salt$HNxBeBnDfSfUrTj6KiLnmd7tGCvHEmcExh8kl/S0cZ5WrCciNZgfhbpkeFQ4JfkHX.8vPq45lY0iINnCx1Lkm.", b"secret", 1),
    (b"$6$rounds=$salt$HNxBeBnDfSfUrTj6KiLnmd7tGCvHEmcExh8kl/S0cZ5WrCciNZgfhbpkeFQ4JfkHX.8vPq45lY0iINnCx1Lkm.", b"secret", 1),
    (b"$6$salt$r6qPcj2UeIkfklWHvleGJk8OKTInFYR/fxyuwcC656IWiZBpIFZ9.hMRG2ZQnnyMFrKOe461f9iT9Ljn0wJ5l.", b"", 1),
    (b"$6$salt$L5gb7EzJv56dLlwbkzkPLsnsq3vXfpMv5t45WuV9I6YQYzod7LoEnIDV46fe6leZTUSXY.8LlkiDxQD7/ertj1", b"p\xe4ssw\xf6rd", 1),
    (b"$6$$2M9DchxW4txWyTYoZrH9D3VvAAQxBpEezYsLY6Cao.jwzEXpyL9xwip9hiUZX7GqTqe/E/z6iKvZqXUuqniQH.", b"secret", 1),
    (b"$6$rounds=1000$long$lsh6DvGUSFmaqyY7LPf13gm70oa7h0WHIuAz3EBy6K4kX3jARF0lImoddTgz0mbY66yDr3XVNcu7.mdVIXCZ..", b"0123456789", 26),
    (b"$6$rounds=1000$long$x1VGi7qzUL0vzWpi11OtWOlumPGBwgbTufwpnYmDVQLn1uRaAijPOayESxPiT/GA1qj4xNc6yK7R.rV6IFg4b/", b"0123456789abcdef", 16),
    (b"$6$seventeencharact$ViRNPUjgoxw.gp3qbS4meAc6gQVdY30riuSU0rCtBr9/EZs4Wyy6rU6.IbI8BB/eR.s7sVynXuls7oCytrnvk1", b"secret", 1),
    (b"$6$rounds=5000$salt$egUxKNxDs8kPfh8iPMNcosMhb2eWah6d3R44JDm5Rj/j/XWR5E33QPd0YmHXoDHOIDR6kL5D3JcQcz0O8FHE00", b"secret", 1),
    // bcrypt
    (b"$2a$04$lint401lint401lint401uqHdKAkgiIs7QzUS1DioB5gX5NKrvtBi", b"secret", 1),
    (b"$2a$04$lint401lint401lint401uqHdKAkgiIs7QzUS1DioB5gX5NKrvtBi", b"no", 1),
    (b"$2a$04$lint401lint401lint401uq6P2uiDo6U76Vw6m1x1w/q48ni7Jr.u", b"p\xc3\xa4ssw\xc3\xb6rd", 1),
    (b"$2b$04$lint401lint401lint401uqHdKAkgiIs7QzUS1DioB5gX5NKrvtBi", b"secret", 1),
    (b"$2b$04$lint401lint401lint401uqHdKAkgiIs7QzUS1DioB5gX5NKrvtBi", b"no", 1),
    (b"$2b$04$lint401lint401lint401uq6P2uiDo6U76Vw6m1x1w/q48ni7Jr.u", b"p\xc3\xa4ssw\xc3\xb6rd", 1),
    (b"$2y$04$lint401lint401lint401uqHdKAkgiIs7QzUS1DioB5gX5NKrvtBi", b"secret", 1),
    (b"$2y$04$lint401lint401lint401uqHdKAkgiIs7QzUS1DioB5gX5NKrvtBi", b"no", 1),
    (b"$2y$04$lint401lint401lint401uq6P2uiDo6U76Vw6m1x1w/q48ni7Jr.u", b"p\xc3\xa4ssw\xc3\xb6rd", 1),
    (b"$2y$05$lint401lint401lint401u8v3MZ.66V6J.BDosKNGFDJit0J2Q6k2", b"secret", 1),
    (b"$2y$05$lint401lint401lint401u8v3MZ.66V6J.BDosKNGFDJit0J2Q6k", b"secret", 1),
    (b"$2y$05$lint401lint401lint401", b"secret", 1),
    (b"$2y$05$lint401lint401lint401u8v3MZ.66V6J.BDosKNGFDJit0J2Q6k2x", b"secret", 1),
    (b"$2y$05$lint401lint401lint401v8v3MZ.66V6J.BDosKNGFDJit0J2Q6k2", b"secret", 1),
    (b"$2Y$05$lint401lint401lint401u8v3MZ.66V6J.BDosKNGFDJit0J2Q6k2", b"secret", 1),
    (b"$2c$05$lint401lint401lint401u8v3MZ.66V6J.BDosKNGFDJit0J2Q6k2", b"secret", 1),
    (b"$2$05$lint401lint401lint401u8v3MZ.66V6J.BDosKNGFDJit0J2Q6k2", b"secret", 1),
    (b"$2y$03$lint401lint401lint401u8v3MZ.66V6J.BDosKNGFDJit0J2Q6k2", b"secret", 1),
    (b"$2y$32$lint401lint401lint401u8v3MZ.66V6J.BDosKNGFDJit0J2Q6k2", b"secret", 1),
    (b"$2y$5$lint401lint401lint401u8v3MZ.66V6J.BDosKNGFDJit0J2Q6k2", b"secret", 1),
    (b"$2y$05$lin-401lint401lint401u8v3MZ.66V6J.BDosKNGFDJit0J2Q6k2", b"secret", 1),
    (b"$2y$04$lint401lint401lint401uEasbUjInI/a4Q1mcX.qrotInhGtJ6Bi", b"", 1),
    (b"$2y$10$vBmSjMCgSfUEHW5BOlzYPuaRlbHJh7Nj/7.I5GH3JxxdSlcVQZ6N.", b"secret", 1),
    (b"$2y$11$R2D.YOWvnlZiGST5IhmozOmVA63bTjspTFwLhEjj79FIfBV/f5CfO", b"secret", 1),
    (b"$2y$12$jHn9NgY2a8QB60HxvSdbU.njD0EOaOKJTTn4cz5JReG8828OPU3me", b"secret", 1),
    (b"$2x$04$lint401lint401lint401uqHdKAkgiIs7QzUS1DioB5gX5NKrvtBi", b"secret", 1),
    (b"$2y$04$lint401lint401lint401uXyv3rlO48OUCkCwlRFoL1NcqSycFfW6", b"0123456789", 8),
    (b"$2y$04$lint401lint401lint401u9NWK.d3VWT3lQFH/KsFtp4brlWf0ani", b"x", 73),
    (b"$2y$04$lint401lint401lint401uJHUBwb4qeJqrZgsQzKJVr7bwaQ5emWu", b"x", 72),
    (b"$2a$04$lint401lint401lint401u9NWK.d3VWT3lQFH/KsFtp4brlWf0ani", b"x", 600),
    // yescrypt and scrypt
    (b"$y$j9T$lint401lint401lint401/$EildhEIa5pwkVb96KWup0QoVIBF9Cmu6Bk2gWCDXau4", b"secret", 1),
    (b"$y$j9T$lint401lint401lint401/$EildhEIa5pwkVb96KWup0QoVIBF9Cmu6Bk2gWCDXau4", b"no", 1),
    (b"$y$j9T$lint401lint401lint401/$EildhEIa5pwkVb96KWup0QoVIBF9Cmu6Bk2gWCDXau", b"secret", 1),
    (b"$y$j9T$mYMh.LzBYfKJ3LZchgfRM0$MjRLfbCTP0h026jK3oCEM5NHSXxwqxWd4M5FowG0/iB", b"secret", 1),
    (b"$y$j75$salt$pMsDoCyZoij6RVqK9obGmeovxPi39kz0plUqiVtlrb8", b"p\xe4ssw\xf6rd", 1),
    (b"$y$j75$$k3/RXWgfuXdQ./MyGwcEs.LrD4d.k/Vvg9CTtKCC1.B", b"", 1),
    (b"$Y$j9T$lint401lint401lint401/$EildhEIa5pwkVb96KWup0QoVIBF9Cmu6Bk2gWCDXau4", b"secret", 1),
    (b"$y$j9T", b"secret", 1),
    (b"$y$j9T$lint401lint401lint40$/$EildhEIa5pwkVb96KWup0QoVIBF9Cmu6Bk2gWCDXau4", b"secret", 1),
    (b"$y$", b"secret", 1),
    (b"$y$j95.0$salt$ALN2u6jIVBKtFWWljy4GBr1UhUlfizipOTFNxkpGuqA", b"secret", 1),
    (b"$7$8U..../....lint401$4SXkRP9q2JXhOhwY4NFR1xwud.ono5siqa0XIqzHvY1", b"secret", 1),
    (b"$7$8U..../....lint401$4SXkRP9q2JXhOhwY4NFR1xwud.ono5siqa0XIqzHvY1", b"no", 1),
    (b"$7$AU..../....li$D.jlK4N9nrRTAMsGalUbA83CsdpVEH7DygYCfL.6mO", b"secret", 1),
    // DES
    (b"abNANd1rDfiNc", b"secret", 1),
    (b"abNANd1rDfiNc", b"no", 1),
    (b"abNANd1rDfiN", b"secret", 1),
    (b"abNANd1rDfiNcx", b"secret", 1),
    (b"./qw5JW./79Vg", b"123456789", 1),
    (b"zZYQyo/kK5WTQ", b"12345678", 1),
    (b"abmF1QH4PEr.E", b"", 1),
    (b"abUHWcN08ZKKc", b"p\xe4ssw\xf6rd", 1),
    (b"abccBcrPOxnLU", b"p\xe1ss", 1),
    (b"ab2wHQ4RTFVKIOepeFYX74HQ", b"0123456789", 1),
    (b"ab2wHQ4RTFVKIOepeFYX74HQ", b"01234567", 1),
    (b"ab2wHQ4RTFVKIiW3q.mTH4/kdoYsrDcIIQc7Wg38wGCmE2", b"012345678901234567890123456789", 1),
    (b"_J9..rasmz0.F/jqjWck", b"secret", 1),
    (b"_J9..rasmG5l0.m.uxUE", b"a longer password", 1),
    (b"_J9..rasmz0.F/jqjWck", b"no", 1),
    (b"_J9..ras", b"secret", 1),
    (b"_....rasm...........", b"secret", 1),
    (b"_/...saltNg8LVF8ChhY", b"secret", 1),
    // no hash at all
    (b"secret", b"secret", 1),
    (b"p@ssword", b"p@ssword", 1),
    (b"", b"", 1),
    (b"", b"secret", 1),
    (b"x", b"x", 1),
    (b"*", b"secret", 1),
    (b"*0", b"", 1),
    (b"*1", b"secret", 1),
    (b"!", b"secret", 1),
    (b"!!$apr1$lint401x$oLYYMK8tUx6otXKO4mJoL0", b"secret", 1),
    (b"$", b"secret", 1),
    (b"$9$abc", b"secret", 1),
    (b"$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA", b"secret", 1),
    (b"5ebe2294ecd0e0f08eab7690d2a6ee69", b"secret", 1),
    (b"a b", b"a b", 1),
    (b"'$apr1$lint401x$oLYYMK8tUx6otXKO4mJoL0'", b"secret", 1),
    (b" $apr1$lint401x$oLYYMK8tUx6otXKO4mJoL0", b"secret", 1),
    (b"p\xe4ss", b"p\xe4ss", 1),
    (b"$apr1", b"secret", 1),
    (b"\\x", b"secret", 1),
];

/// What is not computed where the C library knows it.
#[rustfmt::skip]
const UNCHECKED: &[Row] = &[
    (b"$gy$j9T$lint401lint401lint401/$/ezDG1fJWBljj/QylBh4lebjbp9siYnJ0fC6Uzl1Kz4", b"secret", 1),
    (b"$sha1$1000$salt$8jAzD0wdO9Nt9BiOxLRcu50VwbnD", b"secret", 1),
    (b"$md5$salt$$x9JwHJ/2xrjF./N71kQhu/", b"secret", 1),
    (b"$3$$878d8014606cda29677a44efa1353fc7", b"secret", 1),
    (b"$2x$04$lint401lint401lint401u0rT7DQHqN5bK6smCUo9GZaw1zBOgo/q", b"p\xe4ssw\xf6rd", 1),
    (b"$2a$04$lint401lint401lint401u4q8fp7QmxWTBm3j.bmOBnEc8dw5GV/a", b"\xff\xa334\xff\xff\xff\xa3345", 1),
    (b"$2y$13$lint401lint401lint401uFLiUDoGvTZ7Vv5NlrVpK0Awv/g03HI2", b"secret", 1),
    (b"$6$rounds=1000001$salt$E/KLasEru6Xgpfqegb4Wi32NOdmdxtBF5WY43Dje01fDqCQ1O4q7LyG9eQc0MB3AR9a61uZpZzEsiaOKFEoUu1", b"s", 1),
    (b"$y$jBT$salt$NuS6hAO6dy81KpDHWBo.02tz3swvmMb9USrV.FbI817", b"secret", 1),
    (b"_...0saltAbsKooqewsc", b"secret", 1),
    (b"$y$/65$salt$iEmLffUuH6oWPcC.rY37ltUXnSXnuMIrQEhd0icg205", b"secret", 1),
];

const SECRET: &[u8] = b"{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=";

/// Password files; `SECRET` stands for the hash of `secret`.
const USER_FILES: &[&[u8]] = &[
    b"alice:SECRET\nbob:SECRET",
    b"\xEF\xBB\xBFalice:SECRET\nbob:SECRET\n",
    b"alice:SECRET\r\nbob:SECRET\r\n",
    b" alice:SECRET\n\tbob:SECRET\n",
    b"alice :SECRET\nbob: SECRET\n",
    b"alice:SECRET \nbob:SECRET\t\n",
    b"alice:other\nalice:SECRET\nbob:SECRET\nbob:other\n",
    b"#alice:SECRET\n # bob:SECRET\n#\nalice:SECRET\n",
    b"# continued \\\nalice:SECRET\nbob:SECRET\n",
    b"alice:{SHA}5en6G6MezRroT3X\\\nKqkdPOmY/BfQ=\nbob\\\r\n:SECRET\n",
    b"alice\nbob:SECRET\nali\nalice:SECRET\n",
    b"ali\nalice:SECRET\nbo:\nbob:SECRET\n",
    b"alice::SECRET\nbob:SECRET:a comment\n",
    b"\n\n\r\n\ralice:SECRET\n\r\nbob:SECRET\n",
    b"\rbob:SECRET\nalice:SECRET\rbob:SECRET\n",
    b"Alice:SECRET\nBOB:SECRET\n",
    b"alice:SECRET\0\nbob\0:SECRET\n",
    b"alice",
    b"",
    b"LONG\nalice:SECRET\nbob:SECRET\n",
    b"alice:SECRET:LONG\nbob:SECRET\n",
];

/// Group files.
const GROUP_FILES: &[&[u8]] = &[
    b"staff: alice bob",
    b"\xEF\xBB\xBFstaff: alice\nadmin: bob\n",
    b"staff: alice\r\nadmin: bob\r\n",
    b"STAFF : alice\n  Staff: bob\n",
    b"# staff: alice\nstaff:: bob\n",
    b"staff: \\\n alice \\\n bob\nadmin: alice\n",
    b"staff: 'alice' \"bob\"\n",
    b"staff: alice,bob\nstaff alice bob\n",
    b"admin: alice\nstaff: Alice\nstaff:bob\n",
    b"staff: 'alice bob\n",
];

/// A trial for each server.
pub(crate) fn trials(binaries: &'static [Binary]) -> Vec<Trial> {
    let trials = binaries.iter().flat_map(|binary| {
        let passwords = Trial::test("passwords", move || passwords(binary));
        let files = Trial::test("user-files", move || user_files(binary));
        let mut trials = vec![passwords, files];
        if binary.server == Server::Apache {
            trials.push(Trial::test("group-files", move || group_files(binary)));
        }
        trials.into_iter().map(|trial| trial.with_kind(binary.title()))
    });
    trials.collect()
}

fn passwords(binary: &Binary) -> Result<(), Failed> {
    let rows: Vec<Row> = CHECKED.iter().chain(UNCHECKED).copied().collect();
    let mut users = Vec::new();
    for (index, (stored, ..)) in rows.iter().enumerate() {
        users.extend([format!("u{index}:").as_bytes(), stored, b"\n"].concat());
    }
    let site = Site::start(binary, &[("/", &users, "valid-user")])?;
    let (server, libc) = knowledge(binary);
    let mut wrong = Vec::new();
    let mut let_in = 0;
    for (index, &(_, password, times)) in rows.iter().enumerate() {
        let (user, password) = (format!("u{index}"), password.repeat(times));
        let status = site.status("/", user.as_bytes(), &password)?;
        let stored = stored(server, &users, user.as_bytes()).unwrap_or_default();
        let_in += usize::from(status == 200);
        let said = check(&stored, &password, server, Some(libc));
        let anywhere = check(&stored, &password, server, None);
        let agrees = match &said {
            Check::Unknown(_) => index >= CHECKED.len(),
            said => allows(said, status),
        };
        if !agrees || !allows(&anywhere, status) {
            let stored = String::from_utf8_lossy(&stored);
            wrong.push(format!("{stored}: {status}, not {said:?} (anywhere: {anywhere:?})"));
        }
    }
    assert!(let_in > CHECKED.len() / 5, "only {let_in} passwords were taken");
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// Whether a server may answer `status` where its check comes out so.
fn allows(check: &Check, status: u16) -> bool {
    match check {
        Check::Match => status == 200,
        Check::Mismatch => status == 401,
        Check::Refused => matches!(status, 401 | 500),
        Check::Unknown(_) => matches!(status, 200 | 401 | 500),
    }
}

fn user_files(binary: &Binary) -> Result<(), Failed> {
    let texts: Vec<Vec<u8>> = USER_FILES.iter().map(|text| filled(text)).collect();
    let paths: Vec<String> = (0..texts.len()).map(|index| format!("/{index}/")).collect();
    let places = paths.iter().zip(&texts).map(|(path, text)| (&**path, &**text, "valid-user"));
    let site = Site::start(binary, &places.collect::<Vec<_>>())?;
    let (server, libc) = knowledge(binary);
    let mut wrong = Vec::new();
    for (path, text) in paths.iter().zip(&texts) {
        for user in [&b"alice"[..], b"bob", b"al", b"\xEF\xBB\xBFalice", b" alice", b"alice "] {
            let stored = stored(server, text, user);
            let said = stored.map(|stored| check(&stored, b"secret", server, Some(libc)));
            let status = site.status(path, user, b"secret")?;
            if !allows(said.as_ref().unwrap_or(&Check::Mismatch), status) {
                let (user, text) = (String::from_utf8_lossy(user), String::from_utf8_lossy(text));
                let text = text.chars().take(100).collect::<String>();
                wrong.push(format!("{user:?} in {text:?}: {status}, not {said:?}"));
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// The hash of a user as a server finds it.
fn stored(server: Language, text: &[u8], user: &[u8]) -> Option<Vec<u8>> {
    match server {
        Language::Nginx => user_file::nginx(text, user).map(<[u8]>::to_vec),
        Language::Apache => user_file::apache(text, user),
    }
}

fn group_files(binary: &Binary) -> Result<(), Failed> {
    let groups = ["staff", "Staff", "admin"];
    let mut places = Vec::new();
    for index in 0..GROUP_FILES.len() {
        for group in groups {
            places.push((index, group, format!("/{index}-{group}/"), format!("group {group}")));
        }
    }
    let users = filled(b"alice:SECRET\nbob:SECRET\n");
    let sites: Vec<_> =
        places.iter().map(|(.., path, require)| (&**path, &*users, &**require)).collect();
    let site = Site::start(binary, &sites)?;
    let mut wrong = Vec::new();
    for (index, group, path, _) in &places {
        for user in [&b"alice"[..], b"bob"] {
            let text = GROUP_FILES[*index];
            let said = user_file::apache_is_in_group(text, user, group.as_bytes());
            let status = site.status(path, user, b"secret")?;
            if status != if said { 200 } else { 401 } {
                let (user, text) = (String::from_utf8_lossy(user), String::from_utf8_lossy(text));
                wrong.push(format!("{user} in {group} of {text:?}: {status}, not {said}"));
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// `SECRET` and `LONG` filled in.
fn filled(text: &[u8]) -> Vec<u8> {
    let long = b"x".repeat(9000);
    let texts = [(b"SECRET".to_vec(), SECRET.to_vec()), (b"LONG".to_vec(), long)];
    crate::support::tree::replace(text, &texts)
}

fn knowledge(binary: &Binary) -> (Language, Libc) {
    let server = match binary.server {
        Server::Nginx => Language::Nginx,
        Server::Apache => Language::Apache,
    };
    (server, if binary.libc == "musl" { Libc::Musl } else { Libc::Glibc })
}

/// A server with a password file for each path.
struct Site {
    port: u16,
    _running: Running,
    _folder: TempDir,
}

impl Site {
    /// Starts it with places of a path, the text of a password file, and the argument of `Require`; group files are
    /// named by the number that the path begins with.
    fn start(binary: &Binary, places: &[(&str, &[u8], &str)]) -> Result<Self, Failed> {
        for _ in 0..5 {
            let folder = tempfile::Builder::new().prefix("lint401-").tempdir()?;
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
            for (index, (path, users, _)) in places.iter().enumerate() {
                let html = folder.path().join("html").join(path.trim_start_matches('/'));
                fs::create_dir_all(&html)?;
                fs::write(html.join("index.html"), "in")?;
                fs::write(folder.path().join(format!("users{index}")), users)?;
            }
            for (index, text) in GROUP_FILES.iter().enumerate() {
                fs::write(folder.path().join(format!("groups{index}")), text)?;
            }
            let port = server::free_ports()[0];
            let here = folder.path().display().to_string();
            let (file, text) = match binary.server {
                Server::Nginx => ("nginx.conf", nginx_conf(port, &here, places)?),
                Server::Apache => ("httpd.conf", httpd_conf(port, &here, places)?),
            };
            fs::write(folder.path().join(file), text)?;
            match server::start(binary, folder.path(), file) {
                Ok(running) => return Ok(Self { port, _running: running, _folder: folder }),
                Err(NotStarted::PortTaken) => {}
                Err(NotStarted::Said(said)) => {
                    return Err(format!("does not start: {said}").into());
                }
            }
        }
        Err("other programs take every port".into())
    }

    fn status(&self, path: &str, user: &[u8], password: &[u8]) -> Result<u16, Failed> {
        Ok(http::login(self.port, path, &[user, b":", password].concat())?)
    }
}

fn nginx_conf(
    port: u16,
    here: &str,
    places: &[(&str, &[u8], &str)],
) -> Result<String, std::fmt::Error> {
    let mut text = format!(
        "events {{}}\nhttp {{\naccess_log off;\nserver {{\nlisten 127.0.0.1:{port};\nroot {here}/html;\n\
         index index.html;\nauth_basic staff;\n"
    );
    for (index, (path, ..)) in places.iter().enumerate() {
        writeln!(text, "location {path} {{ auth_basic_user_file {here}/users{index}; }}")?;
    }
    text.push_str("}\n}\n");
    Ok(text)
}

fn httpd_conf(
    port: u16,
    here: &str,
    places: &[(&str, &[u8], &str)],
) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    for module in [
        "mpm_event",
        "dir",
        "authn_core",
        "authn_file",
        "authz_core",
        "authz_user",
        "authz_groupfile",
        "auth_basic",
    ] {
        writeln!(text, "LoadModule {module}_module /usr/lib/apache2/modules/mod_{module}.so")?;
    }
    write!(text, "Listen 127.0.0.1:{port}\nDocumentRoot {here}/html\nDirectoryIndex index.html\n")?;
    for (index, (path, _, require)) in places.iter().enumerate() {
        let groups = path.trim_matches('/').split('-').next().unwrap_or_default();
        writeln!(
            text,
            "<Location {path}>\nAuthType Basic\nAuthName staff\nAuthUserFile {here}/users{index}\n\
             AuthGroupFile {here}/groups{groups}\nRequire {require}\n</Location>"
        )?;
    }
    Ok(text)
}
