//! Any bytes as a movie, in postcard form and as JSON.

use catalogue::movie::{Episode, FullMovie, Movie, Person};
use catalogue::store::read_packed_records;

pub fn check(data: &[u8]) {
    if let Ok(movie) = Movie::from_postcard(data) {
        survives(&movie);
    }
    if let Ok(full) = FullMovie::from_postcard(data) {
        survives_in_full(&full);
    }
    if let Ok(person) = Person::from_postcard(data) {
        assert_eq!(Person::from_json(&person.to_json()).unwrap(), person);
    }
    if let Ok(episode) = Episode::from_postcard(data) {
        assert_eq!(Episode::from_json(&episode.to_json()).unwrap(), episode);
    }
    read_packed_records(data);
    if let Ok(text) = std::str::from_utf8(data) {
        if let Ok(movie) = Movie::from_json(text) {
            survives(&movie);
        }
        if let Ok(full) = FullMovie::from_json_named("a name", text) {
            assert_eq!(full.name, "a name");
            survives_in_full(&full);
        }
    }
}

/// The same of a full record.
fn survives_in_full(full: &FullMovie) {
    survives(full.movie());
    let again = FullMovie::from_postcard(&full.to_postcard());
    assert_eq!(again.unwrap(), *full);
    let again = FullMovie::from_strict_json(&full.to_json());
    assert_eq!(again.unwrap(), *full);
}

/// A movie that could be read is valid, and survives each of its encodings.
fn survives(movie: &Movie) {
    assert_eq!(Movie::new(movie.clone().into_fields()).as_ref(), Ok(movie));
    assert_eq!(Movie::from_postcard(&movie.to_postcard()).unwrap(), *movie);
    assert_eq!(Movie::from_json(&movie.to_json()).unwrap(), *movie);
}
