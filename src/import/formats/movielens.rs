//! The columns of MovieLens's `u.item`, which has no header.

/// Columns that are 1 where a movie has the genre of their name.
pub(crate) const FIRST_GENRE_FLAG: usize = 5;

/// All columns, as the README of MovieLens 100K lists them.
pub(crate) const U_ITEM_COLUMNS: [&str; 24] = [
    "movieId",
    "title",
    "release date",
    "video release date",
    "IMDb URL",
    "unknown",
    "Action",
    "Adventure",
    "Animation",
    "Children's",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Fantasy",
    "Film-Noir",
    "Horror",
    "Musical",
    "Mystery",
    "Romance",
    "Sci-Fi",
    "Thriller",
    "War",
    "Western",
];
