//! The columns that a caller chooses for fields.

use std::str::FromStr;

use crate::import::errors::{ImportError, quoted};
use crate::import::field::Field;

/// The column of a field, as `FIELD=COLUMN`. Without a column the field stays
/// empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldMapping {
    /// The field of the movie.
    pub field: Field,
    /// The column of the file.
    pub column: Option<String>,
}

impl FromStr for FieldMapping {
    type Err = String;

    fn from_str(text: &str) -> Result<FieldMapping, String> {
        let (field, column) = text.split_once('=').ok_or_else(|| {
            format!(
                "{} has no `=`, write FIELD=COLUMN like title=Title",
                quoted(text)
            )
        })?;
        let found = Field::from_name(field.trim()).ok_or_else(|| {
            let fields = Field::ALL.map(Field::as_str).join(", ");
            format!(
                "{} is no field of a movie, the fields are {fields}",
                quoted(field)
            )
        })?;
        let column = Some(column.to_owned()).filter(|column| !column.is_empty());
        match (found, column) {
            (Field::Title, None) => Err("a movie needs a title, name its column".to_owned()),
            (field, column) => Ok(FieldMapping { field, column }),
        }
    }
}

/// The field mappings of a caller, before the columns of the file are known.
#[derive(Clone, Debug, Default)]
pub(crate) struct ColumnMapping(pub(super) Vec<FieldMapping>);

impl ColumnMapping {
    /// Joins the mappings and the key column.
    ///
    /// # Errors
    /// Two columns for one field.
    pub fn new(maps: &[FieldMapping], key: Option<&str>) -> Result<ColumnMapping, ImportError> {
        let key = key.map(|column| FieldMapping {
            field: Field::Name,
            column: Some(column.to_owned()),
        });
        let mut mappings: Vec<FieldMapping> = Vec::new();
        for mapping in maps.iter().cloned().chain(key) {
            if mappings.iter().any(|known| known.field == mapping.field) {
                return Err(ImportError::MappedTwice(mapping.field));
            }
            mappings.push(mapping);
        }
        Ok(ColumnMapping(mappings))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
