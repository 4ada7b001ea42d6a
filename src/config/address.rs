//! Addresses and networks as nginx's `allow` and `deny` take them.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::{Ipv4Addr, Ipv6Addr};

/// What `ngx_ptocidr` makes of `text`: an address, or a network of an address, `/` and a length. The bits of the address
/// below the length are kept.
#[must_use]
pub fn network(text: &[u8]) -> Option<IpNet> {
    let slash = text.iter().position(|&byte| byte == b'/');
    let (address, length) = match slash {
        Some(at) => (&text[..at], Some(number(&text[at + 1..])?)),
        None => (text, None),
    };
    if let Some(address) = ipv4(address) {
        return Ipv4Net::new(address, length.unwrap_or(32)).ok().map(IpNet::V4);
    }
    // most other words have none
    if !address.contains(&b':') {
        return None;
    }
    let address: Ipv6Addr = std::str::from_utf8(address).ok()?.parse().ok()?;
    Ipv6Net::new(address, length.unwrap_or(128)).ok().map(IpNet::V6)
}

/// `ngx_inet_addr`: four numbers; zeros in front and a missing number are fine, 255.255.255.255 is the value of a failure.
fn ipv4(text: &[u8]) -> Option<Ipv4Addr> {
    let mut octets = [0_u8; 4];
    let mut at = 0;
    for &byte in text {
        match byte {
            b'.' => at += 1,
            b'0'..=b'9' => {
                let octet = octets.get_mut(at)?;
                *octet = octet.checked_mul(10)?.checked_add(byte - b'0')?;
            }
            _ => return None,
        }
    }
    (at == 3 && octets != [255; 4]).then(|| octets.into())
}

/// `ngx_atoi` on a length: digits only, at least one.
fn number(text: &[u8]) -> Option<u8> {
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| byte - b'0');
    text.iter()
        .try_fold(0_u8, |sum, byte| sum.checked_mul(10)?.checked_add(digit(byte)?))
        .filter(|_| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each of these was given to nginx 1.22.1 and 1.31.3 as `allow …;`.
    #[test]
    fn takes_what_nginx_takes() {
        for text in [
            "10.0.0.0/8",
            "010.0.0.1",
            "0001.2.3.4",
            "1..2.3",
            "...",
            "1.2.3.4/08",
            "1.2.3.4/032",
            "0.0.0.0",
            "0.0.0.0/0",
            "10.0.0.5/8",
            "::1",
            "::",
            "::/0",
            "1:2:3:4:5:6:7:8",
            "::1:2:3:4:5:6:7",
            "1:2:3:4:5:6:1.2.3.4",
            "::ffff:10.0.0.0/104",
            "2001:db8::1/32",
        ] {
            assert!(network(text.as_bytes()).is_some(), "{text}");
        }
    }

    #[test]
    fn refuses_what_nginx_refuses() {
        for text in [
            "",
            "localhost",
            "10.0.0/8",
            "10.0.0.1:80",
            "[::1]",
            "::1/200",
            "10.0.0.0/255.0.0.0",
            "ALL",
            "fe80::1%lo",
            "10.0.0.1/",
            "256.1.1.1",
            "1.2.3",
            "1.2.3.4.5",
            "255.255.255.255",
            "1::2::3",
            "00001::",
            "0/0",
            "1.2.3.4/33",
            "1.2.3.4/+8",
            "1.2.3.4/-8",
            "10.0.0.0/8/8",
            "::/129",
            ":",
            ":1",
            "::1.2.3",
            "::abcde",
            "10.0.0.1-10.0.0.9",
            "1.2.3.4/999",
        ] {
            assert!(network(text.as_bytes()).is_none(), "{text}");
        }
    }
}
