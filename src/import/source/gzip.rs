//! Decompresses gzip on its own thread, so that rows are read as fast as from a
//! plain file.

use std::io::{self, BufRead, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use flate2::bufread::MultiGzDecoder;

use crate::config::limits;

/// The inflated bytes of a gzip file.
pub(crate) struct Inflated {
    blocks: Receiver<io::Result<Vec<u8>>>,
    block: Vec<u8>,
    at: usize,
}

impl Inflated {
    /// Starts the thread. It ends with the file, with the first error, or soon after
    /// the reader is dropped.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn spawn(gzip: impl BufRead + Send + 'static) -> io::Result<Inflated> {
        let (sender, blocks) = sync_channel(limits::IMPORT_BLOCKS);
        thread::Builder::new()
            .name("inflate".to_owned())
            .spawn(move || inflate(gzip, &sender))?;
        Ok(Inflated {
            blocks,
            block: Vec::new(),
            at: 0,
        })
    }
}

fn inflate(gzip: impl BufRead, sender: &SyncSender<io::Result<Vec<u8>>>) {
    let mut decoder = MultiGzDecoder::new(gzip);
    loop {
        let mut block = Vec::with_capacity(limits::IMPORT_BLOCK_BYTES);
        let most = limits::IMPORT_BLOCK_BYTES as u64;
        let outcome = decoder.by_ref().take(most).read_to_end(&mut block);
        let ended = outcome.is_err() || block.is_empty();
        if !block.is_empty() && sender.send(Ok(block)).is_err() {
            return;
        }
        if let Err(error) = outcome {
            // This fails when the reader was dropped.
            let _ = sender.send(Err(described(&error)));
        }
        if ended {
            return;
        }
    }
}

/// Describes the error of the gzip data and what to do.
fn described(error: &io::Error) -> io::Error {
    let words = match error.kind() {
        io::ErrorKind::UnexpectedEof => "the gzip data is cut off, fetch the file again".to_owned(),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            format!("the gzip data is damaged ({error}), fetch the file again")
        }
        _ => error.to_string(),
    };
    io::Error::new(error.kind(), words)
}

impl BufRead for Inflated {
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

impl Read for Inflated {
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

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn inflated(gzip: Vec<u8>) -> (Vec<u8>, io::Result<usize>) {
        let mut bytes = Vec::new();
        let outcome = Inflated::spawn(io::Cursor::new(gzip))
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
        inflate(io::Cursor::new(gzip(&vec![0; 10_000_000])), &sender);
    }
}
