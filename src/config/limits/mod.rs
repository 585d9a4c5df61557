//! Every bound of the program, in one place. Meeting one has a tested answer.

pub mod listing;

use std::time::Duration;

pub use listing::LimitList;

// What a client may send.

/// Longest request in bytes, framing included, once logged in.
pub const MAX_FRAME_BYTES: usize = 1024 * 1024;
/// Longest request in bytes before a login. Redis allows a stranger as much.
pub const MAX_FRAME_BYTES_BEFORE_LOGIN: usize = 16 * 1024;
/// Longest inline command in bytes, its newline not included. Redis's own bound.
pub const MAX_INLINE_BYTES: usize = 64 * 1024;
/// Most arguments of one request, the command word included, once logged in.
pub const MAX_ARGUMENTS: usize = 1_025;
/// Most arguments of one request before a login.
pub const MAX_ARGUMENTS_BEFORE_LOGIN: usize = 16;
/// Longest length line of a frame (`*3`, `$12`) in bytes.
pub const MAX_LENGTH_LINE_BYTES: usize = 32;
/// Most names in one `MSEND`, `EXISTS` or `DEL`.
pub const MAX_NAMES_PER_COMMAND: usize = MAX_ARGUMENTS - 1;
/// Failed attempts after which a connection is closed: the report's rule.
pub const MAX_LOGIN_ATTEMPTS: u8 = 3;

// What a client may receive.

/// Rows of one `LIST` page when no `LIMIT` is given.
pub const DEFAULT_LIST_ROWS: usize = 20;
/// Most rows of one `LIST` page.
pub const MAX_LIST_ROWS: usize = 1_000;
/// Rows of one `FIND` page when no `LIMIT` is given.
pub const DEFAULT_FIND_ROWS: usize = 10;
/// Most rows of one `FIND` page.
pub const MAX_FIND_ROWS: usize = 1_000;
/// Encoded answers collected before they are written out, in bytes.
pub const OUTPUT_BATCH_BYTES: usize = 256 * 1024;
/// Steps, that is commands and reads of the database, that a connection takes
/// before the others of its worker have their turn.
pub const MAX_STEPS_PER_TURN: usize = 1_024;
/// The same before a login: a crowd of unauthenticated with long pipelines must not
/// make one who is logged in wait for a long turn of each.
pub const MAX_STEPS_PER_TURN_BEFORE_LOGIN: usize = 32;
/// Look-ups of one pipeline whose rows are brought in from memory at the same time:
/// as many as a processor core has loads under way at once.
pub const LOOK_AHEAD: usize = 32;
/// How deep the answers that the client library accepts may nest.
pub const MAX_REPLY_DEPTH: usize = 8;
/// Longest single answer that the client library accepts, in bytes.
pub const MAX_REPLY_BYTES: usize = 64 * 1024 * 1024;

// Search.

/// Longest words of one `FIND` in bytes, all together: those of the longest title.
pub const MAX_QUERY_BYTES: usize = MAX_TITLE_BYTES;
/// Most words of one `FIND`. A pair of characters of a script without spaces counts as one.
pub const MAX_QUERY_WORDS: usize = 64;
/// Steps of one search. One is about as much as looking at one movie of a list,
/// some nanoseconds; a row of a movie is a thousand. All of them take about a tenth of a second,
/// which is ten times what the slowest search needs that people make.
pub const MAX_SEARCH_STEPS: u64 = 20_000_000;
/// Steps of one filtered `LIST`, which may have to look at many movies before
/// the first that it lists: about half a second.
pub const MAX_LIST_STEPS: u64 = 100_000_000;
/// Movies that an import changes one by one in the index; beyond that it indexes all anew.
pub const MAX_NAMES_REFRESHED: usize = 250_000;
/// Movies that were changed one by one before a server that starts indexes all anew.
pub const MIN_FRESH_TO_TIDY: u64 = 10_000;
/// Movies whose indexing takes long enough to be reported, a second or so.
pub const MIN_MOVIES_TO_REPORT: usize = 200_000;
/// Statements that a reader keeps prepared.
pub const CACHED_STATEMENTS: usize = 64;

// What a movie may hold. Lengths are bytes of UTF-8.

/// Longest name of a movie.
pub const MAX_NAME_BYTES: usize = 255;
/// Longest title, and longest original title.
pub const MAX_TITLE_BYTES: usize = 1_024;
/// Most genres of one movie.
pub const MAX_GENRES: usize = 32;
/// Longest name of a genre.
pub const MAX_GENRE_BYTES: usize = 64;
/// Longest running time in minutes: about ten weeks, above every film ever shown.
pub const MAX_RUNTIME_MINUTES: u32 = 100_000;
/// Highest rating. The lowest is 0.
pub const MAX_RATING: f64 = 10.0;

// Accounts.

/// Longest user name in bytes.
pub const MAX_USER_BYTES: usize = 255;
/// Longest password in bytes. OWASP asks for at least 64.
pub const MAX_PASSWORD_BYTES: usize = 1_024;
/// Longest name that a connection may give itself with `CLIENT SETNAME`, in bytes.
pub const MAX_CLIENT_NAME_BYTES: usize = 64;

/// Memory of a password's hash unless the configuration says otherwise, in KiB. With
/// [`DEFAULT_HASH_PASSES`] the first choice of OWASP's Password Storage Cheat Sheet.
pub const DEFAULT_HASH_MEMORY_KIB: u32 = 19_456;
/// Passes of a password's hash over its memory unless the configuration says otherwise.
pub const DEFAULT_HASH_PASSES: u32 = 2;
/// Most memory that a hash may ask for, configured or stored, in KiB: ten times the default.
pub const MAX_HASH_MEMORY_KIB: u32 = 194_560;
/// Most passes that a hash may ask for, configured or stored: ten times the default.
pub const MAX_HASH_PASSES: u32 = 20;

// Who has to wait after failed logins. See docs/logins.md.

/// Failed logins of one address after which the next has to wait. Many people may share one.
pub const ADDRESS_FREE_FAILURES: u32 = 20;
/// Failed logins of one account after which the next has to wait.
pub const ACCOUNT_FREE_FAILURES: u32 = 5;
/// Longest time that an address has to wait. The delay doubles from 1 s up to it.
pub const MAX_ADDRESS_DELAY: Duration = Duration::from_secs(900);
/// Longest time that an account has to wait. Far below [`MAX_ADDRESS_DELAY`], so that one
/// address alone keeps an account waiting for a fifteenth of the time at most.
pub const MAX_ACCOUNT_DELAY: Duration = Duration::from_secs(60);
/// Time in which one failure is forgotten.
pub const FAILURE_DECAY: Duration = Duration::from_secs(900);
/// Addresses whose failures are counted, and accounts, in 80 bytes each.
pub const FAILURE_SLOTS: usize = 16_384;
/// Accounts of which it is remembered from where they logged in.
pub const KNOWN_ADDRESS_ACCOUNTS: usize = 4_096;
/// Addresses that are remembered of one account.
pub const KNOWN_ADDRESSES_PER_ACCOUNT: usize = 8;
/// How long an address is remembered after the last login from there.
pub const KNOWN_ADDRESS_TTL: Duration = Duration::from_secs(30 * 86_400);

// Threads and queues.

/// Most worker threads.
pub const MAX_WORKERS: usize = 64;
/// Most connections open at once, unless the configuration says otherwise.
pub const DEFAULT_MAX_CONNECTIONS: usize = 10_240;
/// Most connections that may be configured.
pub const MAX_CONFIGURABLE_CONNECTIONS: usize = 1_000_000;
/// Most connections that have not logged in, unless the configuration says otherwise. Never
/// more than half of all connections, unless it says so.
pub const DEFAULT_MAX_UNAUTHENTICATED: usize = 1_024;
/// Most connections of one address, unless the configuration says otherwise.
pub const DEFAULT_MAX_CONNECTIONS_PER_ADDRESS: usize = 2_048;
/// Connections that the operating system keeps until the acceptor takes them. With more in
/// the same moment, it has the last of them try again after a second.
pub const ACCEPT_BACKLOG: i32 = 1_024;
/// Connections without room whose first command is answered with a refusal.
pub const MAX_REFUSALS: usize = 128;
/// File descriptors that a server needs beside its connections: the database of
/// the writer and of the query threads, standard streams, the listener.
pub const RESERVED_FILES: usize = 48;
/// File descriptors of one worker: the database, and its event queue.
pub const FILES_PER_WORKER: usize = 8;
/// Threads that hash passwords: two keep two cores busy and hold 19 MiB each.
pub const HASH_THREADS: usize = 2;
/// Different logins that may wait for a hashing thread. At 15 ms each on two threads the
/// last of them waits about 0.3 s, below the 0.5 s after which clients give up.
pub const HASH_QUEUE: usize = 40;
/// How long a login that was right is recognised without another hash.
pub const LOGIN_CACHE_TTL: Duration = Duration::from_secs(3_600);
/// Most logins that are recognised so.
pub const MAX_CACHED_LOGINS: usize = 1_024;
/// Threads that answer queries which may take longer than a look-up.
pub const QUERY_THREADS: usize = 2;
/// How long a hashing or query thread has nothing to do before it gives its memory back.
pub const POOL_IDLE: Duration = Duration::from_secs(5);
/// Queries that may wait for a query thread.
pub const QUERY_QUEUE: usize = 256;
/// Most memory for pages of the file that the writer keeps, in KiB.
pub const WRITER_CACHE_KIB: i64 = 16 * 1024;
/// Changes that may wait for the writer.
pub const WRITE_QUEUE: usize = 1_024;
/// Most changes that the writer commits in one transaction.
pub const WRITE_BATCH: usize = 256;
/// Pages in the log of changes (`-wal`) behind which they are copied into the
/// file: SQLite's own default.
pub const CHECKPOINT_PAGES: u32 = 1_000;
/// Pages in the log, 64 MiB of them, at which changes wait until they are copied.
/// Only somebody who reads one view for long makes it longer.
pub const MAX_WAL_PAGES: u32 = 16_384;

// Rows in memory.

/// Memory for encoded rows unless the configuration says otherwise, in MiB, shared out to the workers.
pub const DEFAULT_CACHE_MIB: usize = 64;
/// Most memory for encoded rows, in MiB.
pub const MAX_CACHE_MIB: usize = 1024 * 1024;
/// What an encoded row usually needs, in bytes; longer ones need a second allocation.
pub const USUAL_ROW_BYTES: usize = 256;
/// Most of the file that a worker maps: as much as SQLite can.
pub const MMAP_BYTES: i64 = 0x7fff_0000;
/// Commits whose names are remembered for readers that have not looked since.
pub const MAX_INVALIDATIONS: usize = 1_024;

// The log.

/// Lines of the log that may wait to be written; further ones are lost, and counted.
pub const LOG_QUEUE: usize = 16_384;
/// How long a server that stops waits for what is left of the log to be taken.
pub const LOG_DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

// The metrics over HTTP.

/// Connections that are answered at once; further ones are closed.
pub const MAX_METRICS_CONNECTIONS: usize = 16;
/// Longest head of a request there, in bytes: the least that hyper can be told.
pub const MAX_METRICS_REQUEST_BYTES: usize = 8 * 1024;
/// How long a connection may take there, from its beginning to the end of its answer.
pub const METRICS_TIMEOUT: Duration = Duration::from_secs(3);
/// How long the database may take to answer before it counts as not answering.
pub const METRICS_DATABASE_TIMEOUT: Duration = Duration::from_secs(1);
/// File descriptors that serving metrics needs beside the connections: the
/// listener, the event queue, the database.
pub const METRICS_FILES: usize = 8;

// Times.

/// How long SQLite waits for a lock that another process holds.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a connection may stay open without a login, unless the configuration says otherwise.
pub const LOGIN_GRACE: Duration = Duration::from_secs(120);
/// How long a logged-in connection may say nothing, unless the configuration says otherwise.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(3_600);
/// How long a client may leave an answer unread, unless the configuration says otherwise.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest of these three times that may be configured, in seconds: a year.
pub const MAX_TIMEOUT_SECONDS: u64 = 31_536_000;
/// How long the server goes on reading after it has closed its sending side, so
/// that the last answer is not lost to a reset.
pub const LINGER: Duration = Duration::from_secs(2);
/// Most bytes read and thrown away during [`LINGER`].
pub const MAX_LINGER_BYTES: usize = 1024 * 1024;
/// How long connections may finish what is under way when the server stops.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the bundled client waits for a connection.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the bundled client waits for an answer.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

// TLS.

/// Longest file with certificates or a key, in bytes. A whole system's authorities have a quarter of it.
pub const MAX_PEM_BYTES: usize = 1024 * 1024;
/// Encrypted answers that one connection keeps while its client does not read, in bytes.
pub const TLS_OUTPUT_BYTES: usize = 64 * 1024;
/// How long a certificate of `catalogue cert` is valid, in days.
pub const CERTIFICATE_DAYS: i64 = 365;
/// Most names that `catalogue cert` takes.
pub const MAX_CERTIFICATE_NAMES: usize = 100;

// Checks.

/// Faults of a database that a check tells one by one before it only counts them.
pub const MAX_CHECK_FAULTS: usize = 100;

// The configuration.

/// Largest file of settings, in bytes.
pub const MAX_CONFIG_FILE_BYTES: usize = 64 * 1024;

// Import.

/// Longest line or record of an imported file, in bytes.
pub const MAX_IMPORT_RECORD_BYTES: usize = 1024 * 1024;
/// Faulty rows that an import reports one by one before it only counts them.
pub const MAX_REPORTED_FAULTS: usize = 20;
/// Bytes at the start of a file by which its format is recognised.
pub const IMPORT_HEAD_BYTES: usize = 64 * 1024;
/// Records of a JSON file that are looked at to learn its columns.
pub const IMPORT_SAMPLE_RECORDS: usize = 100;
/// Bytes of those records.
pub const IMPORT_SAMPLE_BYTES: usize = MAX_IMPORT_RECORD_BYTES;
/// Bytes that the inflating thread hands over at once.
pub const IMPORT_BLOCK_BYTES: usize = 256 * 1024;
/// Blocks that may wait between the inflating thread and the reader.
pub const IMPORT_BLOCKS: usize = 4;
/// Bytes of movies that an import hands to its writing thread at once.
pub const LOAD_BATCH_BYTES: usize = 256 * 1024;
/// Such batches that may wait for it.
pub const LOAD_BATCHES: usize = 8;
/// Bytes of movies that an import sorts in memory; two times as many are there at once.
pub const LOAD_CHUNK_BYTES: usize = 16 * 1024 * 1024;
/// Sorted temporary files that are merged at once. When there are so many, they
/// become one, so that neither files nor buffers grow with the import.
pub const LOAD_RUNS: usize = 128;
/// The buffer of each of them, in bytes.
pub const LOAD_RUN_BUFFER_BYTES: usize = 128 * 1024;
/// Pages that an import keeps in memory, in KiB: names in order need few.
pub const LOAD_CACHE_KIB: i64 = 2 * 1024;
/// Movies that an import walks past between two names of its own before it looks
/// the next one up: a look-up costs as much as passing some ten.
pub const LOAD_ROWS_PASSED: usize = 10;
/// Most movies of a catalogue that an import changes with a rollback journal,
/// if nobody else has it open.
pub const FEW_MOVIES: u64 = 100_000;
/// How often an import that is being written looks at its progress and at Ctrl-C.
pub const LOAD_LOOK: Duration = Duration::from_millis(50);
/// How long an import waits for readers to let go of the log that it wants to cut off.
pub const LOAD_WAL_TIMEOUT: Duration = Duration::from_millis(500);
/// Highest id that a movie keeps when it is imported from an export: numbers
/// twice as large are still exact in every reader of JSON.
pub const MAX_KEPT_ID: u64 = 1 << 52;
/// Blocks of 65,536 ids that an import remembers, of 8 KiB each.
pub const MAX_KEPT_ID_BLOCKS: usize = 2_048;
/// Longest `--prefix`: leaves room for a readable name behind it.
pub const MAX_IMPORT_PREFIX_BYTES: usize = 64;
/// Most names that one import makes from titles: they are remembered, to tell
/// the second of two from the first, at about 10 bytes each, and twice as many
/// while there is made room for more.
pub const MAX_MADE_NAMES: usize = 7_000_000;
/// Most rows of a ratings file, which is kept in memory at 12 bytes a row: five
/// times as many as IMDb has.
pub const MAX_IMPORT_RATINGS: usize = 8_000_000;
/// Most columns that a message lists.
pub const MAX_LISTED_COLUMNS: usize = 20;

// The bundled client.

/// Longest query that can be typed into the search screen, in bytes.
pub const MAX_TYPED_QUERY_BYTES: usize = 256;
/// Commands that the prompt keeps in its history.
pub const MAX_HISTORY_ENTRIES: usize = 1_000;
