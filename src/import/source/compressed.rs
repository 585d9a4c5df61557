//! Decompresses gzip, xz, zstd and zip on a thread of its own, so that rows are read
//! as fast as from a plain file.

use std::io::{self, BufRead, BufReader, Read, Seek};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::StreamingDecoder;
use zip::ZipArchive;

use crate::config::limits;

/// The compression of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    Gzip,
    Xz,
    Zstd,
    Zip,
}

impl Compression {
    /// The compression that the first bytes show.
    pub fn detect(head: &[u8]) -> Option<Compression> {
        const MAGIC: [(&[u8], Compression); 5] = [
            (b"\x1f\x8b", Compression::Gzip),
            (b"\xfd7zXZ\0", Compression::Xz),
            (b"\x28\xb5\x2f\xfd", Compression::Zstd),
            (b"PK\x03\x04", Compression::Zip),
            // An archive without files.
            (b"PK\x05\x06", Compression::Zip),
        ];
        let found = MAGIC.iter().find(|(magic, _)| head.starts_with(magic));
        found.map(|(_, compression)| *compression)
    }

    fn name(self) -> &'static str {
        match self {
            Compression::Gzip => "gzip",
            Compression::Xz => "xz",
            Compression::Zstd => "zstd",
            Compression::Zip => "zip",
        }
    }
}

/// The decompressed bytes of a file.
pub(super) struct Decompressed {
    blocks: Receiver<io::Result<Vec<u8>>>,
    block: Vec<u8>,
    at: usize,
}

impl Decompressed {
    /// Starts the thread for a stream of gzip, xz or zstd.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn spawn(
        compression: Compression,
        input: impl BufRead + Send + 'static,
    ) -> io::Result<Decompressed> {
        Decompressed::spawn_with(move |sender| match compression {
            Compression::Xz => {
                let most = limits::MAX_IMPORT_WINDOW_BYTES / 1024;
                let _ = send(
                    compression,
                    XzReader::new_mem_limit(input, true, most),
                    &sender,
                );
            }
            Compression::Zstd => zstd(input, &sender),
            _ => {
                let _ = send(compression, MultiGzDecoder::new(input), &sender);
            }
        })
    }

    /// Starts the thread for the one file of a zip archive.
    ///
    /// # Errors
    /// The archive holds no file, or several.
    pub fn spawn_zip(archive: impl Read + Seek + Send + 'static) -> io::Result<Decompressed> {
        let input = BufReader::with_capacity(limits::IMPORT_BLOCK_BYTES, archive);
        let mut archive = ZipArchive::new(input).map_err(zip_error)?;
        let entry = one_entry(&mut archive)?;
        Decompressed::spawn_with(move |sender| {
            match archive.by_index(entry) {
                Ok(file) => {
                    let _ = send(Compression::Zip, file, &sender);
                }
                Err(error) => {
                    // This fails when the reader was dropped.
                    let _ = sender.send(Err(zip_error(error)));
                }
            }
        })
    }

    /// The thread ends with the file, with the first error, or soon after the reader
    /// is dropped.
    fn spawn_with(
        run: impl FnOnce(SyncSender<io::Result<Vec<u8>>>) + Send + 'static,
    ) -> io::Result<Decompressed> {
        let (sender, blocks) = sync_channel(limits::IMPORT_BLOCKS);
        thread::Builder::new()
            .name("decompress".to_owned())
            .spawn(move || run(sender))?;
        Ok(Decompressed {
            blocks,
            block: Vec::new(),
            at: 0,
        })
    }
}

/// The only file in an archive that is not hidden.
fn one_entry(archive: &mut ZipArchive<BufReader<impl Read + Seek>>) -> io::Result<usize> {
    let mut found = Vec::new();
    for index in 0..archive.len().min(limits::MAX_ARCHIVE_FILES) {
        let file = archive.by_index_raw(index).map_err(zip_error)?;
        let name = file.name().map_err(zip_error)?.into_owned();
        let hidden = name.starts_with("__MACOSX/")
            || name
                .rsplit('/')
                .next()
                .is_some_and(|name| name.starts_with('.'));
        if file.is_file() && !hidden {
            found.push((index, name));
        }
    }
    if found
        .iter()
        .any(|(_, name)| name == "xl/workbook.xml" || name == "content.xml")
    {
        return Err(io::Error::other(
            "it is a spreadsheet, save it as csv and import that",
        ));
    }
    match found.as_slice() {
        [(index, _)] => Ok(*index),
        [] => Err(io::Error::other("the zip archive holds no file")),
        [(_, one), (_, other), ..] => Err(io::Error::other(format!(
            "the zip archive holds `{}`, `{}`{}, unpack it and import one of them",
            one.escape_debug(),
            other.escape_debug(),
            match found.len() - 2 {
                0 => String::new(),
                more => format!(" and {more} more files"),
            }
        ))),
    }
}

fn zip_error(error: zip::result::ZipError) -> io::Error {
    match error {
        zip::result::ZipError::Io(error) => error,
        other => io::Error::new(
            io::ErrorKind::InvalidData,
            format!("the zip data is damaged ({other}), fetch the file again"),
        ),
    }
}

/// Every frame of a zstd file.
fn zstd(mut input: impl BufRead, sender: &SyncSender<io::Result<Vec<u8>>>) {
    loop {
        match input.fill_buf() {
            Ok([]) => return,
            Ok(_) => {}
            Err(error) => {
                let _ = sender.send(Err(error));
                return;
            }
        }
        let most = u64::from(limits::MAX_IMPORT_WINDOW_BYTES);
        let decoder = StreamingDecoder::new_with_max_window_size(&mut input, most);
        let is_complete = match decoder {
            Ok(decoder) => send(Compression::Zstd, decoder, sender),
            Err(error) => {
                let error = io::Error::new(io::ErrorKind::InvalidData, error.to_string());
                let _ = sender.send(Err(described(Compression::Zstd, &error)));
                false
            }
        };
        if !is_complete {
            return;
        }
    }
}

/// Sends the bytes of a decoder. Returns whether the reader took them to the end.
fn send(
    compression: Compression,
    mut decoder: impl Read,
    sender: &SyncSender<io::Result<Vec<u8>>>,
) -> bool {
    loop {
        let mut block = Vec::with_capacity(limits::IMPORT_BLOCK_BYTES);
        let most = limits::IMPORT_BLOCK_BYTES as u64;
        let outcome = decoder.by_ref().take(most).read_to_end(&mut block);
        let ended = outcome.is_err() || block.is_empty();
        if !block.is_empty() && sender.send(Ok(block)).is_err() {
            return false;
        }
        if let Err(error) = outcome {
            // This fails when the reader was dropped.
            let _ = sender.send(Err(described(compression, &error)));
            return false;
        }
        if ended {
            return true;
        }
    }
}

/// Describes the error of compressed data and what to do.
fn described(compression: Compression, error: &io::Error) -> io::Error {
    let name = compression.name();
    let words = match error.kind() {
        io::ErrorKind::UnexpectedEof => format!("the {name} data is cut off, fetch the file again"),
        io::ErrorKind::OutOfMemory => format!(
            "the {name} data needs more than {} MiB of memory, unpack it first",
            limits::MAX_IMPORT_WINDOW_BYTES / (1024 * 1024)
        ),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::Other => {
            format!("the {name} data is damaged ({error}), fetch the file again")
        }
        _ => error.to_string(),
    };
    io::Error::new(error.kind(), words)
}

impl BufRead for Decompressed {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.block.len() {
            self.at = 0;
            // The sender is gone after the last block.
            self.block = self.blocks.recv().unwrap_or_else(|_| Ok(Vec::new()))?;
        }
        Ok(&self.block[self.at..])
    }

    fn consume(&mut self, count: usize) {
        self.at += count;
    }
}

impl Read for Decompressed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(buffer.len());
        buffer[..count].copy_from_slice(&available[..count]);
        self.consume(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn inflated(gzip: Vec<u8>) -> (Vec<u8>, io::Result<usize>) {
        let mut bytes = Vec::new();
        let outcome = Decompressed::spawn(Compression::Gzip, io::Cursor::new(gzip))
            .unwrap()
            .read_to_end(&mut bytes);
        (bytes, outcome)
    }

    #[test]
    fn all_members_are_inflated_in_order() {
        let text = b"0123456789".repeat(100_000);
        let mut two = gzip(&text);
        two.extend(gzip(b"end"));
        let (bytes, outcome) = inflated(two);
        outcome.unwrap();
        assert!(bytes == [text.as_slice(), b"end"].concat());
    }

    #[test]
    fn cut_off_and_damaged_data_say_so_after_what_was_good() {
        let text: Vec<u8> = (0..100_000_u32).flat_map(|n| n.to_le_bytes()).collect();
        let whole = gzip(&text);
        let (bytes, outcome) = inflated(whole[..whole.len() / 2].to_vec());
        assert!(!bytes.is_empty() && text.starts_with(&bytes));
        assert_eq!(
            outcome.unwrap_err().to_string(),
            "the gzip data is cut off, fetch the file again"
        );
        let mut damaged = whole;
        let checksum = damaged.len() - 8;
        damaged[checksum] ^= 1;
        let words = inflated(damaged).1.unwrap_err().to_string();
        assert!(words.starts_with("the gzip data is damaged ("), "{words}");
    }

    #[test]
    fn a_reader_that_goes_away_ends_the_thread() {
        let (sender, blocks) = sync_channel(1);
        drop(blocks);
        let decoder = MultiGzDecoder::new(io::Cursor::new(gzip(&vec![0; 10_000_000])));
        assert!(!send(Compression::Gzip, decoder, &sender));
    }

    #[test]
    fn a_compression_is_detected_by_its_magic() {
        assert_eq!(Compression::detect(b"PK\x03\x04.."), Some(Compression::Zip));
        assert_eq!(Compression::detect(b"\xfd7zXZ\0"), Some(Compression::Xz));
        assert_eq!(Compression::detect(b"title"), None);
    }
}
