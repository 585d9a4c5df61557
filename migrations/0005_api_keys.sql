-- API keys. `hash` is the BLAKE2s-256 hash of the key, with 162 bits of entropy:
-- a key cannot be found from its hash. Times are in seconds since 1970. A key without
-- `expires_at` does not expire. `last_used_at` is exact to a minute.
CREATE TABLE api_key (
    name         TEXT NOT NULL PRIMARY KEY,
    hash         BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    role         TEXT NOT NULL CHECK (role IN ('reader', 'admin')),
    search_only  INTEGER NOT NULL CHECK (search_only IN (0, 1) AND (search_only = 0 OR role = 'reader')),
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER
) STRICT;
