//! What was predicted beside what the server said.

use crate::client::{Answer, Sent};
use lint401::policy::answer::{Authorization, Handler, Outcome, Prediction};
use lint401::policy::request::{Destination, Request, Scheme};
use std::net::IpAddr;

/// A request as the evaluator takes it.
pub(crate) fn request(sent: &Sent) -> Request {
    let pair =
        |(name, value): &(String, String)| (name.clone().into_bytes(), value.clone().into_bytes());
    let mut headers: Vec<_> = sent.headers.iter().map(pair).collect();
    if let Some(length) = sent.body {
        headers.push((b"Content-Length".to_vec(), length.to_string().into_bytes()));
    }
    Request {
        method: sent.method.clone().into_bytes(),
        scheme: Scheme::Http,
        destination: Destination::Address(IpAddr::V4(*sent.to.ip()), sent.to.port()),
        host: sent.host.clone().map(String::into_bytes),
        target: sent.target.clone().into_bytes(),
        headers,
        credential: None,
        from: IpAddr::V4(sent.from),
    }
}

/// How a prediction and an answer go together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Agrees,
    /// The prediction leaves it open, and the answer is among what is possible.
    Unknown,
    Disagrees(String),
}

pub(crate) fn compare(sent: &Sent, prediction: &Prediction, answer: &Answer) -> Verdict {
    let disagrees = |text: String| Verdict::Disagrees(text);
    let Some(outcome) = prediction.outcome else {
        let possible = &prediction.possible;
        let told = prediction.told();
        if told > 3 {
            return disagrees(format!("{told} outcomes are possible"));
        }
        return if possible.iter().any(|outcome| fits(*outcome, answer)) {
            Verdict::Unknown
        } else {
            disagrees(format!("{} is not possible", answer.status))
        };
    };
    if !fits(outcome, answer) {
        return disagrees(format!("{} instead of {outcome:?}", answer.status));
    }
    if let Outcome::Answered(_) = outcome {
        let sent = answer.header("WWW-Authenticate");
        let told = &prediction.challenges;
        if !told.iter().any(|told| told.as_deref() == sent) {
            return disagrees(format!("the challenge is {sent:?} instead of {told:?}"));
        }
        if told.len() > 1 {
            return Verdict::Unknown;
        }
    }
    if outcome == Outcome::Passed(Handler::Proxy) {
        if prediction.answer.forwarded.authorization == Authorization::Unknown {
            return Verdict::Unknown;
        }
        return forwarded(sent, prediction, answer).map_or(Verdict::Agrees, Verdict::Disagrees);
    }
    Verdict::Agrees
}

fn fits(outcome: Outcome, answer: &Answer) -> bool {
    match outcome {
        Outcome::Answered(status) => answer.status == status,
        Outcome::Passed(Handler::Proxy) => {
            // the stub refuses Authorization twice, and heeds conditions
            matches!(answer.status, 200 | 304 | 400 | 412) && answer.header("X-Stub").is_some()
        }
        Outcome::Passed(Handler::File) => matches!(answer.status, 200 | 206 | 304),
        Outcome::Passed(_) => answer.status == 200,
        // a login, a refusal, or neither
        Outcome::Anything => true,
    }
}

/// What is wrong with the Authorization that the stub got.
fn forwarded(sent: &Sent, prediction: &Prediction, answer: &Answer) -> Option<String> {
    let got = answer.header("X-Stub")?.trim_start_matches('[').trim_end_matches(']');
    if answer.status == 400 {
        return None;
    }
    let client = sent.headers.iter().find(|(name, _)| name == "Authorization");
    let client = client.map_or("", |(_, value)| value.trim());
    let told = prediction.answer.forwarded.authorization;
    let holds = match told {
        Authorization::Absent => got.is_empty() && client.is_empty(),
        Authorization::Dropped => got.is_empty() && !client.is_empty(),
        Authorization::Client => got == client && !client.is_empty(),
        Authorization::Literal => !got.is_empty(),
        Authorization::Unknown => false,
    };
    (!holds).then(|| format!("the handler got Authorization {got:?}, which is not {told:?}"))
}
