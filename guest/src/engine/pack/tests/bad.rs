//! Packs that are refused, each with the offset of what is wrong.

use super::super::cursor::push_int;
use super::super::frame::{HEADER, put_frame};
use super::*;

fn refused(bytes: &[u8]) -> String {
    let error = Pack::read(bytes).unwrap_err().to_string();
    let of_engine = Engine::new().unwrap().load_baseline(bytes).unwrap_err().to_string();
    assert_eq!(error, of_engine);
    error
}

/// A content of single bytes in a good frame. Its offsets count from 20.
fn framed(content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; HEADER];
    bytes.extend_from_slice(content);
    put_frame(&mut bytes);
    bytes
}

#[test]
fn the_frame_is_checked_from_its_beginning() {
    let good = pack_of(&STARTS).to_bytes();
    assert_eq!(refused(b"{}"), "offset 0: this is no baseline pack");
    assert_eq!(refused(b""), "offset 0: this is no baseline pack");
    let mut newer = good.clone();
    newer[8] = 2;
    assert_eq!(refused(&newer), "offset 8: version 2 is newer than this component reads, which is 1");
    let length = good.len();
    assert_eq!(
        refused(&good[..length - 3]),
        format!("offset {}: the pack ends here, 3 bytes are missing", length - 3)
    );
    let (content, longer) = (length - 52, [&good[..], b"xx"].concat());
    assert_eq!(
        refused(&longer),
        format!("offset 12: the content should have {content} bytes, and has 2 more")
    );
    let mut flipped = good;
    flipped[length - 1] ^= 1;
    let checksum = format!("offset {}: the checksum does not fit what stands before it", length - 32);
    assert_eq!(refused(&flipped), checksum);
}

/// A stripped pack, byte for byte: flags, two texts `a` and `b`, all images, how many images and rows.
fn stripped(total: [u8; 2], images: u8, rows: &[&[u8]]) -> Vec<u8> {
    let mut content = vec![1, 2, 1, b'a', 1, b'b'];
    content.extend_from_slice(&total);
    content.extend_from_slice(&[images, rows.len() as u8]);
    content.extend(rows.iter().flat_map(|row| row.iter().copied()));
    framed(&content)
}

/// The rows begin at 20 + 10 = 30. An image `a` with 5 executions on 3 hosts, its path known in 4 on 2, which
/// was `b` then: each number too high in turn.
#[test]
fn numbers_that_contradict_each_other_are_refused() {
    let image = [2, 1, 5, 3];
    let known = [1, 1, 4, 2];
    let value = [0, 2, 4, 2];
    Pack::read(&stripped([5, 3], 1, &[&image, &known, &value])).unwrap();
    for (total, rows, message) in [
        ([4, 3], [image, known, value], "offset 30: the image has 5 executions, all images 4"),
        ([5, 2], [image, known, value], "offset 30: the image has 3 hosts, all images 2"),
        ([2, 3], [image, known, value], "offset 26: 3 hosts have 2 executions"),
        ([5, 3], [[2, 1, 2, 3], known, value], "offset 30: 3 hosts have 2 executions"),
        ([5, 3], [[2, 1, 0, 0], known, value], "offset 30: a row without executions"),
        ([5, 3], [[2, 1, 5, 0], known, value], "offset 30: executions without a host"),
        ([9, 3], [image, [1, 1, 6, 2], value], "offset 34: the field has 6 executions, the image 5"),
        ([9, 9], [image, [1, 1, 4, 4], value], "offset 34: the field has 4 hosts, the image 3"),
        ([9, 9], [image, known, [0, 2, 5, 2]], "offset 38: the value has 5 executions, the field 4"),
        ([9, 9], [image, known, [0, 2, 4, 3]], "offset 38: the value has 3 hosts, the field 2"),
        ([5, 3], [image, [1, 9, 4, 2], value], "offset 34: the field 9 is not known"),
        ([5, 3], [image, [1, 0, 4, 2], value], "offset 34: the field 0 is not known"),
        ([5, 3], [image, known, [1, 1, 1, 1]], "offset 38: a field is not sorted, or stands there twice"),
        ([5, 3], [image, known, [0, 0, 4, 2]], "offset 39: a value is not sorted, or stands there twice"),
        ([5, 3], [image, known, [0, 3, 4, 2]], "offset 39: a value names place 2, of 2"),
        ([5, 3], [image, known, [3, 1, 4, 2]], "offset 38: the kind of row 3 is not known"),
        ([5, 3], [image, value, known], "offset 34: a row belongs to none before it"),
        ([5, 3], [known, image, value], "offset 30: a row belongs to none before it"),
        ([5, 3], [image, known, [0, 1, 4, 2]], "offset 42: no row uses the text 1"),
        ([9, 3], [image, known, [2, 1, 5, 1]], "offset 42: there are 2 images, 1 were announced"),
    ] {
        assert_eq!(refused(&stripped(total, 1, &rows.each_ref().map(|row| &row[..]))), message);
    }
    // Two values of a path that was known in 4 executions.
    let rows: [&[u8]; 4] = [&image, &known, &[0, 1, 3, 1], &[0, 1, 2, 1]];
    assert_eq!(
        refused(&stripped([5, 3], 1, &rows)),
        "offset 46: the values before have 5 executions, and should have 4"
    );
}

#[test]
fn what_stands_before_the_rows_is_checked() {
    for (content, message) in [
        (&[4][..], "offset 20: the flags 4 are not known"),
        (&[2], "offset 20: the flags 2 are not known"),
        (&[0x80, 0], "offset 20: the flags is no integer as packs have them"),
        (&[0, 1, 2], "offset 21: the key's id goes beyond the end"),
        (&[1, 9, 0], "offset 21: the number of texts, 9, is more than the bytes that follow hold"),
        (&[1, 2, 1, b'b', 1, b'a'], "offset 24: the texts are not sorted"),
        (&[1, 2, 1, b'a', 1, b'a'], "offset 24: the texts are not sorted"),
        (&[1, 1, 1, 0xff], "offset 22: a text is not UTF-8"),
        (&[1, 1, 2, b'a'], "offset 23: a text goes beyond the end"),
        (&[1, 0, 0, 1, 0, 0], "offset 22: hosts without executions"),
        (&[1, 0, 0, 0, 0, 0, 0], "offset 26: 1 bytes too many"),
        (&[1, 0, 0, 0, 0, 1], "offset 25: the number of rows, 1, is more than the bytes that follow hold"),
    ] {
        assert_eq!(refused(&framed(content)), message);
    }
    assert_eq!(Pack::read(&framed(&[1, 0, 0, 0, 0, 0])).unwrap().rows, []);
}

/// With hashes: flags, key id, text `a`, hashes, all images; then the image. The hashes begin at 41.
fn hashed(hashes: &[u64], total: &[u8], image: &[u8]) -> Vec<u8> {
    let mut content = vec![0; 17];
    content.extend_from_slice(&[1, 1, b'a']);
    push_int(&mut content, hashes.len() as u64);
    content.extend(hashes.iter().flat_map(|hash| hash.to_le_bytes()));
    content.extend_from_slice(total);
    content.extend_from_slice(&[1, 1, 2, 1]);
    content.extend_from_slice(image);
    framed(&content)
}

#[test]
fn hosts_are_checked_by_their_hashes() {
    // Executions, twice the number of hashes, their gaps.
    Pack::read(&hashed(&[7, 9], &[3, 4, 1, 1], &[3, 4, 1, 1])).unwrap();
    for (hashes, total, image, message) in [
        (&[9, 7][..], &[3, 4, 1, 1][..], &[3, 4, 1, 1][..], "offset 49: the hashes are not sorted"),
        (&[7, 7], &[3, 4, 1, 1], &[3, 4, 1, 1], "offset 49: the hashes are not sorted"),
        (&[7, 9], &[3, 4, 1, 0], &[3, 4, 1, 1], "offset 60: a host is not sorted, or stands there twice"),
        (&[7, 9], &[3, 4, 1, 2], &[3, 4, 1, 1], "offset 60: a host names place 2, of 2"),
        (&[7, 9], &[1, 4, 1, 1], &[1, 4, 1, 1], "offset 57: 2 hosts have 1 executions"),
        (&[7, 9], &[3, 2, 1], &[3, 2, 2], "offset 62: the image has hosts that all images has not"),
        (&[7, 9], &[3, 3, 1], &[3, 2, 1], "offset 58: 1 hashes of hosts, where 4096 is the bound"),
        (&[7, 9, 11], &[3, 4, 1, 1], &[3, 4, 1, 1], "offset 77: no row uses the hash 2"),
    ] {
        assert_eq!(refused(&hashed(hashes, total, image)), message);
    }
}

/// Every byte matters: the checksum, and what stands before it.
#[test]
fn no_byte_can_be_flipped_or_cut_off() {
    let good = pack_of(&STARTS).to_bytes();
    for at in 0..good.len() {
        let mut flipped = good.clone();
        flipped[at] ^= 1 << (at % 8);
        refused(&flipped);
        refused(&good[..at]);
    }
}

proptest! {
    /// Whoever damages a pack can also mend its checksum: what then is read is a pack that holds together.
    #[test]
    fn no_bytes_make_it_panic(
        starts in starts(),
        at in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        noise in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut bytes = pack_of(&starts).to_bytes();
        for (at, byte) in at {
            let at = HEADER + at.index(bytes.len() - HEADER);
            bytes[at] = byte;
        }
        bytes.truncate(bytes.len() - 32);
        put_frame(&mut bytes);
        for bytes in [bytes, framed(&noise), noise] {
            let read = Pack::read(&bytes);
            prop_assert_eq!(read.is_ok(), Engine::new().unwrap().load_baseline(&bytes).is_ok());
            if let Ok(pack) = read {
                prop_assert!(pack.to_bytes() == bytes, "equal packs have equal bytes");
            }
        }
    }
}
