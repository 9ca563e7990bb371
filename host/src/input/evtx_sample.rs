//! Writes a small event log for tests, as Windows lays one out: a file header and chunks of 64 KiB, each
//! with records in BinXML.
//!
//! Written after the format's description and checked by reading it with the `evtx` crate, since no
//! real log could be had whose licence allows to keep it here.

const FILE_HEADER: usize = 4096;
const CHUNK: usize = 65536;
const CHUNK_HEADER: usize = 512;
const RECORD_HEADER: usize = 24;

/// A log of Sysmon process starts, `images` chunk by chunk.
pub(crate) fn log(chunks: &[&[&str]]) -> Vec<u8> {
    let mut file = vec![0; FILE_HEADER];
    let records: usize = chunks.iter().map(|images| images.len()).sum();
    put(&mut file, 0, b"ElfFile\0");
    put(&mut file, 16, &u64::try_from(chunks.len() - 1).unwrap().to_le_bytes());
    put(&mut file, 24, &u64::try_from(records + 1).unwrap().to_le_bytes());
    put(&mut file, 32, &128_u32.to_le_bytes());
    put(&mut file, 36, &1_u16.to_le_bytes());
    put(&mut file, 38, &3_u16.to_le_bytes());
    put(&mut file, 40, &4096_u16.to_le_bytes());
    put(&mut file, 42, &u16::try_from(chunks.len()).unwrap().to_le_bytes());
    let checksum = evtx::checksum_ieee(&file[..120]);
    put(&mut file, 124, &checksum.to_le_bytes());
    let mut id = 1;
    for images in chunks {
        file.extend(chunk(id, images));
        id += u64::try_from(images.len()).unwrap();
    }
    file
}

fn chunk(first_id: u64, images: &[&str]) -> Vec<u8> {
    let mut chunk = vec![0; CHUNK];
    let mut at = CHUNK_HEADER;
    let mut last = at;
    for (image, id) in images.iter().zip(first_id..) {
        let xml = BinXml::process_start(at + RECORD_HEADER, image);
        let size = RECORD_HEADER + xml.len() + 4;
        let size_bytes = u32::try_from(size).unwrap().to_le_bytes();
        put(&mut chunk, at, b"\x2a\x2a\0\0");
        put(&mut chunk, at + 4, &size_bytes);
        put(&mut chunk, at + 8, &id.to_le_bytes());
        put(&mut chunk, at + 16, &131_000_000_000_000_000_u64.to_le_bytes());
        put(&mut chunk, at + RECORD_HEADER, &xml);
        put(&mut chunk, at + size - 4, &size_bytes);
        last = at;
        at += size;
    }
    let last_id = first_id + u64::try_from(images.len()).unwrap() - 1;
    put(&mut chunk, 0, b"ElfChnk\0");
    for (at, id) in [(8, first_id), (16, last_id), (24, first_id), (32, last_id)] {
        put(&mut chunk, at, &id.to_le_bytes());
    }
    put(&mut chunk, 40, &128_u32.to_le_bytes());
    put(&mut chunk, 44, &u32::try_from(last).unwrap().to_le_bytes());
    put(&mut chunk, 48, &u32::try_from(at).unwrap().to_le_bytes());
    let records = evtx::checksum_ieee(&chunk[CHUNK_HEADER..at]);
    put(&mut chunk, 52, &records.to_le_bytes());
    let header = evtx::checksum_ieee(&[&chunk[..120], &chunk[128..CHUNK_HEADER]].concat());
    put(&mut chunk, 124, &header.to_le_bytes());
    chunk
}

fn put(bytes: &mut [u8], at: usize, what: &[u8]) {
    bytes[at..at + what.len()].copy_from_slice(what);
}

/// BinXML at a known offset in its chunk: names stand inline and are found by their offset.
struct BinXml {
    bytes: Vec<u8>,
    base: usize,
}

impl BinXml {
    fn process_start(base: usize, image: &str) -> Vec<u8> {
        let mut xml = Self { bytes: vec![0x0f, 1, 1, 0], base };
        xml.open("Event");
        xml.open("System");
        xml.empty_with_attribute("Provider", "Name", "Microsoft-Windows-Sysmon");
        xml.text_element("EventID", "1");
        xml.text_element("Channel", "Microsoft-Windows-Sysmon/Operational");
        xml.text_element("Computer", "ws01.example.com");
        xml.close();
        xml.open("EventData");
        xml.data("UtcTime", "2016-10-13 09:35:10.397");
        xml.data("Image", image);
        xml.close();
        xml.close();
        xml.bytes.push(0);
        xml.bytes
    }

    fn open(&mut self, name: &str) {
        self.start(0x01, name);
        self.bytes.push(0x02);
    }

    fn close(&mut self) {
        self.bytes.push(0x04);
    }

    fn text_element(&mut self, name: &str, text: &str) {
        self.open(name);
        self.text(text);
        self.close();
    }

    fn empty_with_attribute(&mut self, element: &str, name: &str, value: &str) {
        self.start_with_attribute(element, name, value);
        self.bytes.push(0x03);
    }

    fn data(&mut self, name: &str, value: &str) {
        self.start_with_attribute("Data", "Name", name);
        self.bytes.push(0x02);
        self.text(value);
        self.close();
    }

    fn start_with_attribute(&mut self, element: &str, name: &str, value: &str) {
        self.start(0x41, element);
        // The attribute list's size, which readers skip.
        self.bytes.extend([0; 4]);
        self.bytes.push(0x06);
        self.name(name);
        self.text(value);
    }

    fn start(&mut self, token: u8, name: &str) {
        self.bytes.push(token);
        // The element's size, which readers skip.
        self.bytes.extend([0; 4]);
        self.name(name);
    }

    /// Where the name stands, which is here: next in its hash list, hash, length, UTF-16, NUL.
    fn name(&mut self, name: &str) {
        let here = u32::try_from(self.base + self.bytes.len() + 4).unwrap();
        self.bytes.extend(here.to_le_bytes());
        self.bytes.extend([0; 6]);
        self.counted(name);
        self.bytes.extend([0; 2]);
    }

    fn text(&mut self, text: &str) {
        self.bytes.extend([0x05, 0x01]);
        self.counted(text);
    }

    fn counted(&mut self, text: &str) {
        let units: Vec<u16> = text.encode_utf16().collect();
        self.bytes.extend(u16::try_from(units.len()).unwrap().to_le_bytes());
        self.bytes.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
    }
}
