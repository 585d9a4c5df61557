-- The search index: for each term the movies that have it, the best known first.
--
-- A term is a digit that says what it is, and then the thing itself:
--   1 a genre, 2 the whole stars of a rating, 3 the year of release,
--   4 a word of a title, 5 letters with which words begin, 6 a whole title.
-- It is made from `movie` and can always be made anew. `src/store/index/` has
-- the reasons for all of it.

-- What was indexed last, all at once. In these tables movies are numbered in the
-- order of their votes, and then of their names; nothing is ever changed in them.

-- One row when there is such an index. `levels` has the number of movies with at
-- least 2^31, 2^30, … 2, 1 and 0 votes; `folding` the rules by which texts are words.
CREATE TABLE search_state (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    folding INTEGER NOT NULL,
    levels  TEXT NOT NULL
) STRICT;

-- The numbers of the movies that have a term, packed, in pieces that end with
-- the number `last`. `movies` is how many there are in all pieces.
CREATE TABLE search_list (
    term     TEXT NOT NULL,
    last     INTEGER NOT NULL,
    movies   INTEGER NOT NULL,
    postings BLOB NOT NULL,
    PRIMARY KEY (term, last)
) STRICT, WITHOUT ROWID;

-- The names of 64 movies, number 64 * block and the following.
CREATE TABLE search_name (
    block INTEGER PRIMARY KEY,
    names BLOB NOT NULL
) STRICT;

-- What was changed since, movie by movie. Of a movie that stands here, nothing
-- in the tables above counts.

-- `rank` is minus the votes; `terms` has each term, and whether a title begins with it.
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
