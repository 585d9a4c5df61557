//! A file as the body of a response.

use std::fs::File;
use std::io::Read;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use hyper::body::{Body, Frame, SizeHint};

/// The number of bytes of one read.
const CHUNK_BYTES: usize = 256 * 1024;

/// A file of a known length. It is read on the thread that sends it.
pub(super) struct FileBody {
    file: File,
    left: u64,
}

impl FileBody {
    /// The whole file.
    ///
    /// # Errors
    /// The error of the operating system.
    pub fn new(file: File) -> std::io::Result<FileBody> {
        let left = file.metadata()?.len();
        Ok(FileBody { file, left })
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let length = CHUNK_BYTES.min(usize::try_from(self.left).unwrap_or(CHUNK_BYTES));
        let mut chunk = BytesMut::zeroed(length);
        let read = self.file.read_exact(&mut chunk);
        self.left -= length as u64;
        Poll::Ready(Some(read.map(|()| Frame::data(chunk.freeze()))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
