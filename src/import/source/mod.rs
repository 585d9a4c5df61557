//! The text of a file to import, and the progress of reading it.

mod compressed;
pub(crate) mod encoding;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::{Encoding, UTF_8};

use self::compressed::{Compression, Decompressed};
use self::encoding::{Decoded, NewlineForReturn};
use crate::config::limits;
use crate::import::errors::ImportError;

/// The text of a file, from its beginning.
pub(crate) type SourceInput = Chain<Cursor<Vec<u8>>, Box<dyn BufRead + Send>>;

/// The progress of reading. Clones share one counter and may be read from other
/// threads.
#[derive(Clone, Debug, Default)]
pub struct ReadMeter {
    read: Arc<AtomicU64>,
    total: Option<u64>,
}

impl ReadMeter {
    /// A meter before the first file.
    pub(super) fn new() -> ReadMeter {
        ReadMeter {
            read: Arc::default(),
            total: Some(0),
        }
    }

    /// Bytes read from the files so far, before decompression.
    pub fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Size of all files in bytes; `None` when one of them is a pipe.
    pub fn bytes_total(&self) -> Option<u64> {
        self.total
    }

    fn add(&mut self, metadata: &std::fs::Metadata) {
        self.total = match self.total {
            Some(total) if metadata.is_file() => Some(total + metadata.len()),
            _ => None,
        };
    }
}

/// An opened file and its first bytes.
pub(super) struct SourceFile {
    /// The file as the caller named it.
    pub file: Arc<str>,
    /// The first bytes as UTF-8, without a byte order mark.
    pub head: Vec<u8>,
    /// The encoding of the file.
    pub encoding: &'static Encoding,
    /// Whether the file can be opened again.
    pub is_regular: bool,
    rest: Box<dyn BufRead + Send>,
}

impl SourceFile {
    /// Opens a file, adding its size to the meter. Without an encoding, the byte
    /// order mark decides, and UTF-8 otherwise.
    ///
    /// # Errors
    /// A file that cannot be read, or a directory.
    pub fn open(
        path: &Path,
        encoding: Option<&'static Encoding>,
        meter: &mut ReadMeter,
    ) -> Result<SourceFile, ImportError> {
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
        meter.add(&metadata);
        let counted = Counted {
            file: opened,
            read: Arc::clone(&meter.read),
        };
        let bytes = decompressed(counted).map_err(unreadable)?;
        let source = SourceFile::from_bytes(Arc::clone(&file), bytes, encoding);
        let mut source = source.map_err(unreadable)?;
        source.is_regular = metadata.is_file();
        Ok(source)
    }

    /// Decodes a stream.
    fn from_bytes(
        file: Arc<str>,
        mut bytes: Box<dyn BufRead + Send>,
        encoding: Option<&'static Encoding>,
    ) -> io::Result<SourceFile> {
        let mut head = read_head(&mut bytes)?;
        let encoding = encoding
            .or_else(|| encoding::from_mark(&head))
            .unwrap_or(UTF_8);
        let mut rest = bytes;
        if !encoding::is_utf8(encoding) {
            let decoded = Decoded::new(Cursor::new(head).chain(rest), encoding);
            rest = Box::new(BufReader::with_capacity(
                limits::IMPORT_BLOCK_BYTES,
                decoded,
            ));
            head = read_head(&mut rest)?;
        }
        if head.contains(&b'\r') && !head.contains(&b'\n') {
            let lines = NewlineForReturn(Cursor::new(head).chain(rest));
            rest = Box::new(BufReader::with_capacity(limits::IMPORT_BLOCK_BYTES, lines));
            head = read_head(&mut rest)?;
        }
        if head.starts_with(b"\xef\xbb\xbf") {
            head.drain(..3);
        }
        Ok(SourceFile {
            file,
            head,
            encoding,
            is_regular: false,
            rest,
        })
    }

    /// The first bytes alone, as a file of their own.
    pub fn head_alone(&self) -> SourceFile {
        SourceFile {
            file: Arc::clone(&self.file),
            head: self.head.clone(),
            encoding: self.encoding,
            is_regular: false,
            rest: Box::new(io::empty()),
        }
    }

    /// The whole file, including the first bytes.
    pub fn into_input(self) -> SourceInput {
        Cursor::new(self.head).chain(self.rest)
    }
}

/// The bytes of a file before they are decoded, at most `most`.
pub(super) fn raw_bytes(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let counted = Counted {
        file: File::open(path)?,
        read: Arc::default(),
    };
    let mut bytes = Vec::new();
    decompressed(counted)?
        .take(most as u64)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn decompressed(counted: Counted) -> io::Result<Box<dyn BufRead + Send>> {
    let mut raw = BufReader::with_capacity(limits::IMPORT_BLOCK_BYTES, counted);
    Ok(match Compression::detect(raw.fill_buf()?) {
        None => Box::new(raw),
        Some(Compression::Zip) => {
            let mut file = raw.into_inner();
            file.rewind().map_err(|_| {
                io::Error::other("a zip archive cannot be read from a pipe, give the file")
            })?;
            file.read.store(0, Ordering::Relaxed);
            Box::new(Decompressed::spawn_zip(file)?)
        }
        Some(compression) => Box::new(Decompressed::spawn(compression, raw)?),
    })
}

fn read_head(input: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let most = limits::IMPORT_HEAD_BYTES as u64;
    input.take(most).read_to_end(&mut head)?;
    Ok(head)
}

/// A file that counts the bytes read from it.
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

impl Seek for Counted {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.file.seek(position)
    }
}
