//! A file to import, plain or gzip, and the progress of reading it.

mod gzip;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::config::limits;
use crate::import::errors::ImportError;
use gzip::Inflated;

/// The decompressed bytes of a file, from its beginning.
pub(crate) type SourceInput = Chain<Cursor<Vec<u8>>, Box<dyn BufRead + Send>>;

/// The progress of reading. Clones share one counter and may be read from other
/// threads.
#[derive(Clone, Debug, Default)]
pub struct ReadMeter {
    read: Arc<AtomicU64>,
    total: Option<u64>,
}

impl ReadMeter {
    /// Bytes read from the files so far, before decompression.
    pub fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Size of all files in bytes; `None` when one of them is a pipe.
    pub fn bytes_total(&self) -> Option<u64> {
        self.total
    }
}

/// An opened file and its first bytes.
pub(crate) struct SourceFile {
    /// The file as the caller named it.
    pub file: Arc<str>,
    /// The first bytes, without a byte order mark.
    pub head: Vec<u8>,
    rest: Box<dyn BufRead + Send>,
}

impl SourceFile {
    /// Opens a file, adding its size to the meter.
    ///
    /// # Errors
    /// A file that cannot be read, a directory, an empty file.
    pub fn open(path: &Path, meter: &mut ReadMeter) -> Result<SourceFile, ImportError> {
        let file: Arc<str> = Arc::from(path.to_string_lossy());
        let unreadable = |error| ImportError::Read {
            file: Arc::clone(&file),
            error,
        };
        let opened = File::open(path).map_err(unreadable)?;
        let metadata = opened.metadata().map_err(unreadable)?;
        if metadata.is_dir() {
            return Err(ImportError::Directory(file));
        }
        meter.total = match meter.total {
            Some(total) if metadata.is_file() => Some(total + metadata.len()),
            _ => None,
        };
        let counted = Counted {
            file: opened,
            read: Arc::clone(&meter.read),
        };
        let raw = BufReader::with_capacity(limits::IMPORT_BLOCK_BYTES, counted);
        SourceFile::begin(Arc::clone(&file), raw).map_err(unreadable)
    }

    /// Reads the first bytes, decompressed.
    fn begin(file: Arc<str>, mut raw: BufReader<Counted>) -> io::Result<SourceFile> {
        let gzip = raw.fill_buf()?.starts_with(&[0x1f, 0x8b]);
        let mut rest: Box<dyn BufRead + Send> = if gzip {
            Box::new(Inflated::spawn(raw)?)
        } else {
            Box::new(raw)
        };
        let mut head = Vec::new();
        let most = limits::IMPORT_HEAD_BYTES as u64;
        (&mut rest).take(most).read_to_end(&mut head)?;
        if head.starts_with(b"\xef\xbb\xbf") {
            head.drain(..3);
        }
        Ok(SourceFile { file, head, rest })
    }

    /// The whole file, including the first bytes.
    pub fn into_input(self) -> SourceInput {
        Cursor::new(self.head).chain(self.rest)
    }
}

impl ReadMeter {
    /// A meter before the first file.
    pub(crate) fn new() -> ReadMeter {
        ReadMeter {
            read: Arc::default(),
            total: Some(0),
        }
    }
}

/// A file that counts what is read from it.
struct Counted {
    file: File,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
