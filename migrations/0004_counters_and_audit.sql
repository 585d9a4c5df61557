-- `tally` becomes `counters`, with the position of the last change that was applied.
-- Every change takes the next position, and stores it in its own transaction.
CREATE TABLE counters (
    id               INTEGER PRIMARY KEY CHECK (id = 1),
    movies           INTEGER NOT NULL,
    next_movie_id    INTEGER NOT NULL,
    applied_position INTEGER NOT NULL
) STRICT;

INSERT INTO counters (id, movies, next_movie_id, applied_position)
SELECT id, movies, next_movie_id, 0 FROM tally;

DROP TABLE tally;

-- One row for each change: its position, its time in seconds since 1970, and the account
-- that asked for it, which is null for an operator at the command line. `names` is a JSON
-- array of the movies or accounts that were changed, cut off after some of many; `named`
-- is their number. The oldest rows are removed.
CREATE TABLE audit (
    position INTEGER PRIMARY KEY,
    time     INTEGER NOT NULL,
    account  TEXT,
    source   TEXT NOT NULL,
    command  TEXT NOT NULL,
    names    TEXT NOT NULL,
    named    INTEGER NOT NULL
) STRICT;
