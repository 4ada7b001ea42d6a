//! A network as `apr_ipsubnet_create` reads it: an address, the first octets of one, an address with the length or the
//! mask of a network.

use std::net::{IpAddr, Ipv4Addr};

/// A network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subnet {
    /// Address and mask.
    V4(u32, u32),
    /// Address and mask.
    V6(u128, u128),
}

impl Subnet {
    /// Reads `text`; `None` where httpd says that it is none.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        match text.split_once('/') {
            None => match text.parse::<IpAddr>() {
                Ok(address) => Self::of(address, None),
                Err(_) => Self::octets(text),
            },
            Some((address, mask)) => Self::of(address.parse().ok()?, Some(mask)),
        }
    }

    fn of(address: IpAddr, mask: Option<&str>) -> Option<Self> {
        // strtol takes white space and a sign
        let bits = |most: u32| {
            let mask = mask?.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
            let bits = mask.strip_prefix('+').unwrap_or(mask).parse::<u32>().ok()?;
            (bits > 0 && bits <= most).then_some(bits)
        };
        match address {
            IpAddr::V4(address) => {
                let all = match (mask, bits(32)) {
                    (None, _) => u32::MAX,
                    (Some(_), Some(bits)) => u32::MAX << (32 - bits),
                    (Some(mask), None) => mask.parse::<Ipv4Addr>().ok()?.to_bits(),
                };
                Some(Self::V4(address.to_bits() & all, all))
            }
            // httpd compares these as what they stand for, and takes none as a network
            IpAddr::V6(address) if address.to_ipv4_mapped().is_some() => None,
            IpAddr::V6(address) => {
                let all = match (mask, bits(128)) {
                    (None, _) => u128::MAX,
                    (Some(_), bits) => u128::MAX << (128 - bits?),
                };
                Some(Self::V6(address.to_bits() & all, all))
            }
        }
    }

    /// `10`, `10.`, `192.168`: octets from the left.
    fn octets(text: &str) -> Option<Self> {
        let text = text.strip_suffix('.').unwrap_or(text);
        let (mut network, mut mask, mut count) = (0_u32, 0_u32, 0_u32);
        for octet in text.split('.') {
            if count == 4 || octet.is_empty() || !octet.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            let octet: u32 = octet.parse().ok().filter(|&octet| octet <= 255)?;
            network |= octet << (24 - 8 * count);
            mask |= 0xff << (24 - 8 * count);
            count += 1;
        }
        Some(Self::V4(network, mask))
    }

    /// Whether `address` is in it: `apr_ipsubnet_test`.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        // an IPv4 address in the form of an IPv6 one is in no network of IPv6
        match (self, address.to_canonical()) {
            (Self::V4(network, mask), IpAddr::V4(address)) => address.to_bits() & mask == *network,
            (Self::V6(network, mask), IpAddr::V6(address)) => address.to_bits() & mask == *network,
            _ => false,
        }
    }
}
