-- A catalogue of a cluster has one row here: which cluster, and the last entry of its log that
-- was applied. `sequence` is the revision of the entry in etcd, `number` counts the entries,
-- and `hash` is the rolling BLAKE2s-256 hash of all entries and their results. With
-- `needs_snapshot` the file cannot follow the log any more.
CREATE TABLE cluster (
    id             INTEGER PRIMARY KEY CHECK (id = 1),
    cluster_id     BLOB NOT NULL CHECK (length(cluster_id) = 16),
    sequence       INTEGER NOT NULL,
    number         INTEGER NOT NULL,
    hash           BLOB NOT NULL CHECK (length(hash) = 32),
    needs_snapshot INTEGER NOT NULL DEFAULT 0 CHECK (needs_snapshot IN (0, 1))
) STRICT;

-- The last entry of each process that appends to the log: an entry that was appended twice
-- is applied once. `sequence` is that of the entry. The oldest rows are removed.
CREATE TABLE producer (
    id       INTEGER PRIMARY KEY,
    last     INTEGER NOT NULL,
    sequence INTEGER NOT NULL
) STRICT;
