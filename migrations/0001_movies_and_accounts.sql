-- Movies, accounts, and the counters of the movies.

-- Clustered by name, the key of a movie: a look-up searches one tree, and a change
-- writes one tree. Genres are separated by commas.
CREATE TABLE movie (
    name            TEXT NOT NULL PRIMARY KEY,
    id              INTEGER NOT NULL,
    title           TEXT NOT NULL,
    original_title  TEXT,
    released        TEXT,
    runtime_minutes INTEGER,
    genres          TEXT NOT NULL,
    rating          REAL,
    votes           INTEGER
) STRICT, WITHOUT ROWID;

-- One row: the number of movies, and the id of the next new movie.
CREATE TABLE tally (
    id            INTEGER PRIMARY KEY CHECK (id = 1),
    movies        INTEGER NOT NULL,
    next_movie_id INTEGER NOT NULL
) STRICT;

INSERT INTO tally (id, movies, next_movie_id) VALUES (1, 0, 1);

-- `password_hash` is a PHC string. `created_at` is in seconds since 1970.
CREATE TABLE user (
    id            INTEGER PRIMARY KEY,
    name          TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('reader', 'admin')),
    created_at    INTEGER NOT NULL
) STRICT;
