//! IP addresses in one form: RFC 5952, without zone, IPv4 in IPv6 as IPv4 (SPEC section 0).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The one form of an address that can name a machine; `None` for loopback, link-local, multicast,
/// broadcast and unspecified addresses, and for what is no address.
#[must_use]
pub fn canonical(text: &str) -> Option<String> {
    let address = parse(text)?;
    let is_nobodys = match address {
        IpAddr::V4(v4) => is_nobodys_v4(v4),
        IpAddr::V6(v6) => is_nobodys_v6(v6),
    };
    (!is_nobodys).then(|| address.to_string())
}

/// Any address, also one that names no machine. The standard library prints RFC 5952.
#[must_use]
pub fn parse(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    // A zone is a number or a name of the machine that wrote it, and means nothing elsewhere.
    let text = text.split_once('%').map_or(text, |(address, _)| address);
    match text.parse().ok()? {
        IpAddr::V6(v6) => Some(v6.to_ipv4_mapped().map_or(IpAddr::V6(v6), IpAddr::V4)),
        v4 @ IpAddr::V4(_) => Some(v4),
    }
}

fn is_nobodys_v4(address: Ipv4Addr) -> bool {
    address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_unspecified()
}

fn is_nobodys_v6(address: Ipv6Addr) -> bool {
    address.is_loopback()
        || address.is_unicast_link_local()
        || address.is_multicast()
        || address.is_unspecified()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_address_has_one_form() {
        for (text, form) in [
            ("192.0.2.7", "192.0.2.7"),
            (" 192.0.2.7 ", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("::FFFF:c000:0207", "192.0.2.7"),
            // RFC 5952, sections 2 and 4.
            ("2001:0db8:0000:0000:0000:0000:0002:0001", "2001:db8::2:1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            ("2001:DB8::ABCD", "2001:db8::abcd"),
            ("2001:db8::1%eth0", "2001:db8::1"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(form), "{text}");
        }
    }

    #[test]
    fn what_names_no_machine_is_refused() {
        for text in [
            "127.0.0.1",
            "127.8.8.8",
            "::1",
            "::ffff:127.0.0.1",
            "169.254.7.7",
            "fe80::1%3",
            "224.0.0.251",
            "ff02::1",
            "255.255.255.255",
            "0.0.0.0",
            "::",
            "",
            "-",
            "example.test",
            "1.2.3",
            "1.2.3.4:80",
            "300.1.1.1",
        ] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_form_is_its_own_form(bits in any::<u128>()) {
            if let Some(form) = canonical(&Ipv6Addr::from(bits).to_string()) {
                prop_assert_eq!(canonical(&form), Some(form));
            }
        }
    }
}
