//! Any bytes as a movie, in postcard form and as JSON.

use catalogue::movie::Movie;

pub fn check(data: &[u8]) {
    if let Ok(movie) = Movie::from_postcard(data) {
        survives(&movie);
    }
    if let Ok(text) = std::str::from_utf8(data) {
        if let Ok(movie) = Movie::from_json(text) {
            survives(&movie);
        }
        if let Ok(movie) = Movie::from_json_named("a name", text) {
            assert_eq!(movie.name, "a name");
            survives(&movie);
        }
    }
}

/// A movie that could be read is valid, and survives each of its encodings.
fn survives(movie: &Movie) {
    assert_eq!(Movie::new(movie.clone().into_fields()).as_ref(), Ok(movie));
    assert_eq!(Movie::from_postcard(&movie.to_postcard()).unwrap(), *movie);
    assert_eq!(Movie::from_json(&movie.to_json()).unwrap(), *movie);
}
