//! Details of imported movies in a temporary file, until their movies are written.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::movie::Details;

/// Takes details.
pub(super) struct DetailsSpool {
    file: BufWriter<File>,
    record: Vec<u8>,
}

/// Returns them in their order.
pub(super) struct SpooledDetails {
    file: BufReader<File>,
    record: Vec<u8>,
}

impl DetailsSpool {
    /// Starts a file in a folder, without a name there.
    pub fn start(folder: &Path) -> io::Result<DetailsSpool> {
        let file = BufWriter::new(tempfile::tempfile_in(folder)?);
        let record = Vec::new();
        Ok(DetailsSpool { file, record })
    }

    /// Adds the details of the movie of that name.
    pub fn push(&mut self, name: &str, details: &Details) -> io::Result<()> {
        let mut record = std::mem::take(&mut self.record);
        record.clear();
        record = postcard::to_extend(&(name, details), record).map_err(io::Error::other)?;
        self.file.write_all(&(record.len() as u64).to_le_bytes())?;
        self.file.write_all(&record)?;
        self.record = record;
        Ok(())
    }

    /// The end of the spool.
    pub fn finish(self) -> io::Result<SpooledDetails> {
        let mut file = self
            .file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.seek(SeekFrom::Start(0))?;
        Ok(SpooledDetails {
            file: BufReader::new(file),
            record: Vec::new(),
        })
    }
}

impl SpooledDetails {
    /// The next details, with the name of their movie.
    pub fn next(&mut self) -> io::Result<Option<(String, Details)>> {
        let mut length = [0; 8];
        match self.file.read_exact(&mut length) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        self.record.clear();
        let length = u64::from_le_bytes(length);
        (&mut self.file)
            .take(length)
            .read_to_end(&mut self.record)?;
        postcard::from_bytes(&self.record)
            .map(Some)
            .map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = DetailsSpool::start(folder.path()).unwrap();
        let details = |plot: &str| Details {
            plot: Some(plot.to_owned()),
            ..Details::default()
        };
        spool.push("a", &details("first")).unwrap();
        spool.push("b", &details("second")).unwrap();
        let mut spooled = spool.finish().unwrap();
        assert_eq!(
            spooled.next().unwrap(),
            Some(("a".to_owned(), details("first")))
        );
        assert_eq!(
            spooled.next().unwrap(),
            Some(("b".to_owned(), details("second")))
        );
        assert_eq!(spooled.next().unwrap(), None);
    }
}
