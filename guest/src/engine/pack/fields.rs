//! The fields of a pack, by numbers that never change.

use crate::engine::prevalence::Field;

/// The number of an image itself, which is no field.
pub(super) const IMAGE: u8 = 0;

/// A number, its field, and whether an execution can have several values of it. A new field takes the next
/// number: who does not know it refuses the pack.
const CODES: [(u8, Field, bool); 8] = [
    (1, Field::Path, false),
    (2, Field::Parent, false),
    (3, Field::Grandparent, false),
    (4, Field::Sha256, false),
    (5, Field::Sha1, false),
    (6, Field::Md5, false),
    (7, Field::Children, true),
    (8, Field::NetworkPorts, true),
];

/// Fields by their numbers.
pub(super) fn all() -> impl Iterator<Item = (u8, Field)> {
    CODES.iter().map(|&(code, field, _)| (code, field))
}

/// The field of a number.
pub(super) fn of_code(code: u64) -> Option<(u8, Field)> {
    all().find(|&(known, _)| u64::from(known) == code)
}

/// Whether an execution can have several of its values.
pub(super) fn is_list(code: u8) -> bool {
    CODES.iter().any(|&(known, _, list)| known == code && list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_that_is_counted_has_a_number() {
        let fields: Vec<Field> = all().map(|(_, field)| field).collect();
        assert_eq!(fields, [&Field::ALL[..], &Field::LISTS].concat());
        assert!(CODES.is_sorted_by(|a, b| a.0 < b.0) && CODES.iter().all(|&(code, _, _)| code > IMAGE));
    }
}
