-- What is known of titles, people and series beyond the table `movie`, packed into one blob
-- each. docs/architecture.md has the reasons, and docs/sql.md the views that unpack them.
--
-- A key is the number in an id of IMDb, arranged so that it sorts as the id does as a text;
-- any other name has a row in `other_name`, and 2^40 + its id is the key.

-- A title without details has no row.
CREATE TABLE title_details (
    key     INTEGER PRIMARY KEY,
    details BLOB NOT NULL
) STRICT;

-- `person` is the full name. The record has the movies that name the person.
CREATE TABLE person (
    key    INTEGER PRIMARY KEY,
    person TEXT,
    record BLOB NOT NULL
) STRICT;

-- The episodes of a series, by the key of the series.
CREATE TABLE series (
    key      INTEGER PRIMARY KEY,
    episodes BLOB NOT NULL
) STRICT;

-- Names of titles and people that are no ids of IMDb. Rows stay when a movie is deleted,
-- because others may still refer to it.
CREATE TABLE other_name (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;
