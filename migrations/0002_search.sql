-- The search index: for each term, the movies that contain it, by descending votes.
--
-- A term is a digit for its kind, followed by its text:
--   1 a genre, 2 the integer part of a rating, 3 the year of release,
--   4 a word of a title, 5 a prefix of words, 6 a whole title.
-- The index is derived from `movie` and can always be rebuilt. docs/architecture.md
-- has the reasons for its design.

-- The base: all movies at the time of the last rebuild, numbered by their votes and
-- then by their names. Its rows never change.

-- One row if there is a base. `levels` is the number of movies with at least 2^31,
-- 2^30, … 2, 1 and 0 votes. `folding` is the version of the rules that split a title
-- into words.
CREATE TABLE search_state (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    folding INTEGER NOT NULL,
    levels  TEXT NOT NULL
) STRICT;

-- The numbers of the movies with a term, packed, in pieces. `last` is the last number
-- of the piece. `movies` is the number of movies in all pieces.
CREATE TABLE search_list (
    term     TEXT NOT NULL,
    last     INTEGER NOT NULL,
    movies   INTEGER NOT NULL,
    postings BLOB NOT NULL,
    PRIMARY KEY (term, last)
) STRICT, WITHOUT ROWID;

-- The names of the 64 movies whose numbers begin at 64 * block.
CREATE TABLE search_name (
    block INTEGER PRIMARY KEY,
    names BLOB NOT NULL
) STRICT;

-- The delta: the movies that changed since the last rebuild. A movie in the delta hides
-- its entries in the base.

-- `rank` is minus the votes. `terms` is a JSON object: each term, and 1 if a title
-- begins with it, otherwise 0.
CREATE TABLE fresh_title (
    name  TEXT NOT NULL PRIMARY KEY,
    rank  INTEGER NOT NULL,
    terms TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE fresh_list (
    term  TEXT NOT NULL,
    rank  INTEGER NOT NULL,
    name  TEXT NOT NULL,
    leads INTEGER NOT NULL,
    PRIMARY KEY (term, rank, name)
) STRICT, WITHOUT ROWID;
