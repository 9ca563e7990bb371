//! Hashes of files, by their length: MD5, SHA-1, SHA-256.

/// What the three algorithms make of an empty file: everybody has one.
const OF_NOTHING: [&str; 3] = [
    "d41d8cd98f00b204e9800998ecf8427e",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
];

/// Lower case; `None` where the length is no known algorithm's, for the empty file's hashes, and for all
/// zeros, which sensors write where they computed none.
#[must_use]
pub fn canonical(text: &str) -> Option<String> {
    let text = text.trim();
    let is_digest = matches!(text.len(), 32 | 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit());
    let digest = is_digest.then(|| text.to_ascii_lowercase())?;
    (!OF_NOTHING.contains(&digest.as_str()) && !digest.bytes().all(|b| b == b'0')).then_some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_known_by_its_length_and_folded() {
        for length in [32, 40, 64] {
            assert_eq!(canonical(&"AB".repeat(length / 2)), Some("ab".repeat(length / 2)));
        }
    }

    #[test]
    fn what_is_no_files_hash_is_refused() {
        for text in ["", "-", "abc", &"ab".repeat(15), &"xy".repeat(16), &"0".repeat(64), OF_NOTHING[0]] {
            assert_eq!(canonical(text), None, "{text}");
        }
        // Checked with `printf '' | md5sum`, sha1sum and sha256sum.
        for text in OF_NOTHING {
            assert_eq!(canonical(&text.to_uppercase()), None, "{text}");
        }
    }
}
