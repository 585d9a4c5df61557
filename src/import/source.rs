//! A file to import: plain or gzip, and how much of it was read.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::fault::ImportError;
use super::inflate::Inflated;
use crate::config::limits;

/// The bytes of a file, inflated, from its beginning.
pub(super) type Input = Chain<Cursor<Vec<u8>>, Box<dyn BufRead + Send>>;

/// How far the reading is. Clones count together, and may be looked at from
/// another thread.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    read: Arc<AtomicU64>,
    total: Option<u64>,
}

impl Meter {
    /// Bytes read from the files until now, as they lie on the disk.
    pub fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Bytes of the files together; `None` when one of them is a pipe.
    pub fn bytes_total(&self) -> Option<u64> {
        self.total
    }
}

/// An opened file whose first bytes were looked at.
pub(super) struct Source {
    /// The file as it was named.
    pub file: Arc<str>,
    /// Its first bytes, without a byte order mark.
    pub head: Vec<u8>,
    rest: Box<dyn BufRead + Send>,
}

impl Source {
    /// Opens a file, adding its size to the meter.
    ///
    /// # Errors
    /// A file that cannot be read, a directory, an empty file.
    pub fn open(path: &Path, meter: &mut Meter) -> Result<Source, ImportError> {
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
        Source::begin(Arc::clone(&file), raw).map_err(unreadable)
    }

    /// Looks at the first bytes, and inflates what is gzip.
    fn begin(file: Arc<str>, mut raw: BufReader<Counted>) -> io::Result<Source> {
        let gzip = raw.fill_buf()?.starts_with(&[0x1f, 0x8b]);
        let mut rest: Box<dyn BufRead + Send> = match gzip {
            true => Box::new(Inflated::spawn(raw)?),
            false => Box::new(raw),
        };
        let mut head = Vec::new();
        let most = limits::IMPORT_HEAD_BYTES as u64;
        (&mut rest).take(most).read_to_end(&mut head)?;
        if head.starts_with(b"\xef\xbb\xbf") {
            head.drain(..3);
        }
        Ok(Source { file, head, rest })
    }

    /// The whole file, the first bytes included.
    pub fn into_input(self) -> Input {
        Cursor::new(self.head).chain(self.rest)
    }
}

impl Meter {
    /// A meter before the first file.
    pub(super) fn new() -> Meter {
        Meter {
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
