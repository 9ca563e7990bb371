//! Names of hosts and domains, and URLs, in one form (SPEC section 0).

use super::{address, punycode};

/// A machine's name, folded, without a final dot; an address is no name, nor is the machine's name for
/// itself.
#[must_use]
pub fn host(text: &str) -> Option<String> {
    let text = text
        .trim_matches(|c: char| c.is_whitespace())
        .trim_end_matches(|c: char| c == '.' || c.is_whitespace());
    let name = text.to_lowercase();
    let is_name = !name.is_empty()
        && name.len() <= 255
        && !name.contains(|c: char| c.is_control() || "/\\|\"'<>$,;=".contains(c))
        && !matches!(name.as_str(), "localhost" | "localhost.localdomain" | "unknown" | "none")
        && address::parse(text).is_none();
    is_name.then_some(name)
}

/// Lower case, punycode, no final dot; `[.]` is accepted. `None` for a name without a dot, an address, and
/// what the name system cannot hold.
#[must_use]
pub fn canonical(text: &str) -> Option<String> {
    let text = refang(text.trim())?;
    let name = text.strip_suffix('.').unwrap_or(&text).to_lowercase();
    let mut out = String::with_capacity(name.len());
    for label in name.split(['.', '\u{3002}', '\u{ff0e}', '\u{ff61}']) {
        if !out.is_empty() {
            out.push('.');
        }
        let label = punycode::label(label)?;
        let is_label = (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        out.push_str(is_label.then_some(&*label)?);
    }
    let last = out.rsplit('.').next().unwrap_or_default();
    let is_domain = out.contains('.') && out.len() <= 253 && !last.bytes().all(|b| b.is_ascii_digit());
    is_domain.then_some(out)
}

/// Scheme and host in lower case, the path as it is, without the scheme's own port and without user and
/// password; `hxxp` and `[.]` are accepted. A text without scheme must have a path: else it is a domain.
#[must_use]
pub fn url(text: &str) -> Option<String> {
    let text = text.trim().replace("[:]", ":").replace("[://]", "://");
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        None if text.contains('/') => (String::new(), text.as_str()),
        None => return None,
    };
    if !scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)) {
        return None;
    }
    let scheme = match scheme.as_str() {
        "hxxp" => "http",
        "hxxps" => "https",
        other => other,
    };
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end)?;
    let (_, authority) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (name, port) = port(authority);
    let name = named(name)?;
    let mut out = String::with_capacity(text.len());
    if !scheme.is_empty() {
        out.push_str(scheme);
        out.push_str("://");
    }
    out.push_str(&name);
    let is_default = matches!((scheme, port), (_, "") | ("http", "80") | ("https", "443"));
    if !is_default {
        out.push(':');
        out.push_str(port);
    }
    if !path.starts_with('/') {
        out.push('/');
    }
    out.push_str(path);
    Some(out)
}

/// The host of a URL as it is written there: a domain or an address.
#[must_use]
pub fn of_url(url: &str) -> Option<&str> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let authority = rest.get(..end)?;
    let (_, authority) = authority.rsplit_once('@').unwrap_or(("", authority));
    let name = port(authority).0;
    Some(name.strip_prefix('[').and_then(|n| n.strip_suffix(']')).unwrap_or(name))
}

/// A URL's host in one form; none that names no machine.
fn named(text: &str) -> Option<String> {
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).filter(|t| t.contains(':'));
    if let Some(address) = address::parse(bare.unwrap_or(text)) {
        let form = address::canonical(bare.unwrap_or(text))?;
        return Some(if address.is_ipv6() { format!("[{form}]") } else { form });
    }
    // A URL of an intranet may have a name without dots.
    canonical(text)
        .or_else(|| host(text).filter(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')))
}

/// Host and port; the port is empty where there is none.
fn port(authority: &str) -> (&str, &str) {
    match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => {
            (name, port)
        }
        _ => (authority, ""),
    }
}

/// `[.]`, `(.)` and `[dot]` as a dot; `None` for what is longer than any name, defanged or not.
fn refang(text: &str) -> Option<String> {
    if text.len() > 2048 {
        return None;
    }
    Some(text.replace("[.]", ".").replace("(.)", ".").replace("[dot]", "."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_domain_has_one_form() {
        for (text, form) in [
            ("Mail.Example.TEST.", "mail.example.test"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.example", "xn--bcher-kva.example"),
            ("evil[.]example[.]com", "evil.example.com"),
            ("evil(.)example", "evil.example"),
            ("_dmarc.example.test", "_dmarc.example.test"),
            ("bücher。example", "xn--bcher-kva.example"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(form), "{text}");
        }
        for text in
            ["", ".", "a..b", "host", "192.0.2.7", "a b.test", "a/b.test", "-", &"a.".repeat(200), "x.1"]
        {
            assert_eq!(canonical(text), None, "{text}");
        }
    }

    #[test]
    fn an_address_is_no_host() {
        assert_eq!(host("DC01.Corp.Example.").as_deref(), Some("dc01.corp.example"));
        assert_eq!(host("WS-7").as_deref(), Some("ws-7"));
        for text in ["", "192.0.2.7", "::1", "localhost", "$dvchost", "a\\b", "Unknown"] {
            assert_eq!(host(text), None, "{text}");
        }
    }

    #[test]
    fn a_url_keeps_its_path_and_folds_the_rest() {
        for (text, form) in [
            ("HTTP://Example.Test/Path?Q=1", "http://example.test/Path?Q=1"),
            ("hxxps://evil[.]example/A", "https://evil.example/A"),
            ("hxxp[:]//evil[.]example", "http://evil.example/"),
            ("http://example.test", "http://example.test/"),
            ("http://example.test.:80/", "http://example.test/"),
            ("https://example.test:443/a", "https://example.test/a"),
            ("https://example.test:8443/a", "https://example.test:8443/a"),
            ("http://bücher.example/ü", "http://xn--bcher-kva.example/ü"),
            ("http://user:secret@example.test/", "http://example.test/"),
            ("http://[2001:DB8::1]:8080/x", "http://[2001:db8::1]:8080/x"),
            ("http://192.0.2.7/x", "http://192.0.2.7/x"),
            ("http://example.test?q", "http://example.test/?q"),
            ("Example.Test/Path", "example.test/Path"),
            ("http://intranet/x", "http://intranet/x"),
        ] {
            assert_eq!(url(text).as_deref(), Some(form), "{text}");
        }
        for text in
            ["", "/login.php", "example.test", "http://127.0.0.1/", "http:///x", "data:text", "a b://x.test/"]
        {
            assert_eq!(url(text), None, "{text}");
        }
    }

    #[test]
    fn the_host_of_a_url_is_found() {
        assert_eq!(of_url("http://a:b@Example.test:80/x"), Some("Example.test"));
        assert_eq!(of_url("http://[2001:db8::1]:80/x"), Some("2001:db8::1"));
        assert_eq!(of_url("example.test/x"), Some("example.test"));
    }

    proptest! {
        #[test]
        fn one_form_is_its_own_form(text in "\\PC{0,40}") {
            if let Some(form) = canonical(&text) {
                prop_assert_eq!(canonical(&form), Some(form));
            }
            if let Some(form) = host(&text) {
                prop_assert_eq!(host(&form), Some(form));
            }
            if let Some(form) = url(&text) {
                prop_assert_eq!(url(&form), Some(form));
            }
        }

        #[test]
        fn urls_have_forms_of_their_own(text in "(hxxp|HTTP)s?://[a-zA-Zü.\\[\\]@:0-9]{0,20}[/?#a-zA-Z:@\\[\\].]{0,12}") {
            if let Some(form) = url(&text) {
                prop_assert_eq!(url(&form), Some(form));
            }
        }
    }
}
