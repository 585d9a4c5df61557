//! Full records: a movie with its details, its people and its episodes, across the tables.

mod audit;
mod names;
mod read;
#[cfg(test)]
pub(in crate::store) mod tests;
mod write;

pub(in crate::store) use audit::audit;
pub(in crate::store) use names::StoredNames;
pub use read::EpisodePage;
pub(in crate::store) use read::Records;
pub(in crate::store) use write::{
    Basis, PeopleEditor, PersonChanged, StoredDetails, delete, edit_person, movie_changed, put,
    use_stored_names, write_details,
};
