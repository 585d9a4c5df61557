-- Hashes of the rows of IMDb's files from which the last import made the records, by which the
-- next import finds the unchanged ones. A change of a record removes its hash. The table can be
-- emptied at any time: the next import then compares all records.
--
-- `kind` is 1 for titles and 2 for people, and `first` is the key of the first record of the
-- row. The row of kind 0 has the signature of the import in `first`.
CREATE TABLE imdb_hash (
    kind   INTEGER NOT NULL CHECK (kind IN (0, 1, 2)),
    first  INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (kind, first)
) STRICT, WITHOUT ROWID;
