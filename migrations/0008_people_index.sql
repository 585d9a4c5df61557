-- The search index of people: for each term, the people whose full name has it, by their
-- descending fame. The tables are as those of the search index of movies, in the same order
-- of columns. A person without films and without movies to be known for is in none of them.
--
-- `people_name` and `fresh_person` have the digits of an id of IMDb, or `o` and the id in
-- `other_name` in hexadecimal digits. These texts sort as the keys of `person` do.
CREATE TABLE people_state (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    folding INTEGER NOT NULL,
    levels  TEXT NOT NULL
) STRICT;

CREATE TABLE people_list (
    term     TEXT NOT NULL,
    last     INTEGER NOT NULL,
    movies   INTEGER NOT NULL,
    postings BLOB NOT NULL,
    PRIMARY KEY (term, last)
) STRICT, WITHOUT ROWID;

CREATE TABLE people_name (
    block INTEGER PRIMARY KEY,
    names BLOB NOT NULL
) STRICT;

-- The people that changed since the last rebuild. `rank` is minus the fame.
CREATE TABLE fresh_person (
    name  TEXT NOT NULL PRIMARY KEY,
    rank  INTEGER NOT NULL,
    terms TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE fresh_person_list (
    term  TEXT NOT NULL,
    rank  INTEGER NOT NULL,
    name  TEXT NOT NULL,
    leads INTEGER NOT NULL,
    PRIMARY KEY (term, rank, name)
) STRICT, WITHOUT ROWID;
