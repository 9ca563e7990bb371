//! The answer of `GET /insights`.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::runtime::bindings::scoring;

/// What is known of an image or a hash, or that it was never seen, as JSON.
#[derive(Debug)]
pub struct About<'a>(pub &'a scoring::About);

impl Serialize for About<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self.0 {
            scoring::About::NeverSeen(message) => map.serialize_entry("message", message)?,
            scoring::About::Seen(seen) => {
                // A hash has none.
                if let Some(rank) = seen.rank {
                    map.serialize_entry("rank", &rank)?;
                }
                map.serialize_entry("host_prev", &seen.host_prev)?;
                map.serialize_entry("eps", &seen.eps)?;
                for field in &seen.fields {
                    map.serialize_entry(&field.field, &field.values)?;
                }
                map.serialize_entry("truncated", &Truncated(&seen.fields))?;
            }
        }
        map.end()
    }
}

/// How many values of each field were left off.
struct Truncated<'a>(&'a [scoring::Insight]);

impl Serialize for Truncated<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|field| (&field.field, field.truncated)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn insights_are_lists_of_pairs_and_say_what_was_left_off() {
        let about = scoring::About::Seen(scoring::Insights {
            rank: Some(3),
            host_prev: "40.00".into(),
            eps: "43.90".into(),
            fields: vec![scoring::Insight {
                field: "parents".into(),
                values: vec![("explorer.exe".into(), "66.67".into())],
                truncated: 5,
            }],
        });
        assert_eq!(
            serde_json::to_string(&About(&about)).unwrap(),
            r#"{"rank":3,"host_prev":"40.00","eps":"43.90","parents":[["explorer.exe","66.67"]],"truncated":{"parents":5}}"#
        );
    }

    #[test]
    fn the_never_seen_have_their_message() {
        let about =
            scoring::About::NeverSeen("EchoTrail has never observed x.exe execute in the wild".into());
        assert_eq!(
            serde_json::to_string(&About(&about)).unwrap(),
            r#"{"message":"EchoTrail has never observed x.exe execute in the wild"}"#
        );
    }
}
