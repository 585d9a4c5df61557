//! The entry points of the fuzzer.

use super::{
    IdPrefix, Key, PackedError, PackedTitle, PersonRecord, RecordNames, TitleText, seasons,
    unpack_series,
};

/// Names for every key.
struct AnyNames;

impl RecordNames for AnyNames {
    type Error = PackedError;

    fn name(&mut self, prefix: IdPrefix, key: Key) -> Result<String, PackedError> {
        let name = key.imdb_name(prefix);
        Ok(name.unwrap_or_else(|| key.value().to_string()))
    }

    fn full_name(&mut self, _person: Key) -> Result<Option<String>, PackedError> {
        Ok(None)
    }

    fn title(&mut self, _name: &str) -> Result<Option<String>, PackedError> {
        Ok(None)
    }
}

/// Reads any bytes as each kind of packed record, for a fuzzer: that is a value or an error.
#[doc(hidden)]
pub fn read_packed_records(bytes: &[u8]) {
    let text = TitleText {
        title: "Episode #1.5",
        original_title: None,
    };
    let title = PackedTitle::new(bytes);
    let _ = (title.unpack(text, &mut AnyNames), title.kind());
    let _ = (title.people(), title.series(), title.is_adult());
    let _ = (title.other_titles(), title.akas(text));
    let _ = PersonRecord::new(bytes).and_then(|record| record.all_films());
    let _ = (seasons(bytes), unpack_series(bytes));
}
