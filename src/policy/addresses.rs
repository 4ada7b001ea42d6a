//! Networks as httpd writes them.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::{Ipv4Addr, Ipv6Addr};

/// The network that `Require ip` takes a word for, as `apr_ipsubnet_create` reads it: an address, an address with a length
/// or a mask, or the first numbers of an IPv4 address.
#[must_use]
pub fn network(word: &[u8]) -> Option<IpNet> {
    if let Some(net) = written_out(word) {
        return Some(net.into());
    }
    let text = std::str::from_utf8(word).ok()?;
    let Some((address, mask)) = text.split_once('/') else {
        return match text.parse::<Ipv6Addr>() {
            // an IPv4 address in IPv6 is refused
            Ok(address) => {
                address.to_ipv4_mapped().is_none().then(|| Ipv6Net::from(address).into())
            }
            Err(_) => match text.parse::<Ipv4Addr>() {
                Ok(address) => Some(Ipv4Net::from(address).into()),
                Err(_) => first_numbers(text),
            },
        };
    };
    if let Ok(address) = address.parse::<Ipv4Addr>() {
        // a length of 0 is refused
        if let Ok(length) = mask.parse::<u8>() {
            return (length > 0).then(|| Ipv4Net::new(address, length).ok())?.map(IpNet::from);
        }
        let mask = mask.parse::<Ipv4Addr>().ok()?;
        // a mask with holes is accepted; it is no network to compare with
        let net = Ipv4Net::with_netmask(address, mask).unwrap_or_else(|_| Ipv4Net::default());
        return Some(net.into());
    }
    let address = address.parse::<Ipv6Addr>().ok()?;
    let length = mask.parse::<u8>().ok().filter(|&length| length > 0)?;
    if address.to_ipv4_mapped().is_some() {
        return None;
    }
    Ipv6Net::new(address, length).ok().map(IpNet::from)
}

/// Four numbers, with a length or without, as nearly all of them are written; `None` says nothing.
fn written_out(word: &[u8]) -> Option<Ipv4Net> {
    let mut octets = [0; 4];
    let mut rest = word;
    for (index, octet) in octets.iter_mut().enumerate() {
        if index > 0 {
            rest = rest.strip_prefix(b".")?;
        }
        (*octet, rest) = number(rest)?;
    }
    let length = match rest {
        [] => 32,
        [b'/', length @ ..] => match number(length)? {
            (length @ 1..=32, []) => length,
            _ => return None,
        },
        _ => return None,
    };
    Ipv4Net::new(octets.into(), length).ok()
}

/// A number up to 255 without zeros in front, and what stands behind it.
fn number(text: &[u8]) -> Option<(u8, &[u8])> {
    let digits = text.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(digits);
    match digits {
        [] | [b'0', _, ..] => None,
        _ => {
            let value = digits.iter().fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
            Some((u8::try_from(value).ok()?, rest))
        }
    }
}

/// `10.1` stands for 10.1.0.0/16, as does `10.1.`.
fn first_numbers(text: &str) -> Option<IpNet> {
    if text.is_empty() || text.len() > 15 {
        return None;
    }
    let mut octets = [0; 4];
    let mut count = 0;
    for part in text.strip_suffix('.').unwrap_or(text).split('.') {
        if !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *octets.get_mut(count)? = part.parse().ok()?;
        count += 1;
    }
    Ipv4Net::new(octets.into(), count as u8 * 8).ok().map(IpNet::from)
}
