//! What the rules about contracts say of requests and answers.

use crate::policy::answer::{Handler, Outcome, Prediction};
use crate::policy::contract::Contract;
use crate::policy::mask::Masked;
use crate::policy::request::{Credential, Request};
use std::fmt::Write;

/// `GET https://shop.example/admin/ as alice from 10.0.0.7`.
pub(super) fn asked(contract: &Contract, masked: &Masked<'_>) -> String {
    let request = &contract.request;
    let method = String::from_utf8_lossy(&request.method);
    let mut text = format!("{method} {}", masked.url(&contract.url));
    if let Some(Credential::Basic { user, .. }) = &request.credential {
        text.push_str(" as ");
        text.push_str(&String::from_utf8_lossy(user));
    }
    if request.from != Request::OUTSIDER {
        let _ = write!(text, " from {}", request.from);
    }
    text
}

/// `is answered 401`, `passes to its handler (proxy)`; each of them where it is not known which.
pub(super) fn told(prediction: &Prediction) -> String {
    let mut words: Vec<String> = prediction.possible.iter().map(|one| one_told(*one)).collect();
    words.dedup();
    words.join(" or ")
}

fn one_told(outcome: Outcome) -> String {
    match outcome {
        Outcome::Answered(0) => "gets no answer".to_owned(),
        Outcome::Answered(status) => format!("is answered {status}"),
        Outcome::Passed(Handler::File) => "is served the file".to_owned(),
        Outcome::Passed(handler) => format!("passes to its handler ({})", handler.name()),
        Outcome::Anything => "gets what is decided elsewhere".to_owned(),
    }
}
