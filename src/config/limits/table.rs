//! The table of the server's limits. Each limit has a test that reaches it.

use std::time::Duration;

use catalogue_protocol::limits;
use catalogue_protocol::limits::*;

limits! {
    // What a client may send.

    /// Failed attempts after which a connection is closed.
    shown MAX_LOGIN_ATTEMPTS: u8 = 3;

    // What a client may receive.

    /// Encoded answers collected before they are written out, in bytes.
    shown OUTPUT_BATCH_BYTES: usize = 256 * 1024;
    /// Steps (commands and database reads) of a connection
    /// before the other connections of its worker are served.
    shown MAX_STEPS_PER_TURN: usize = 1_024;
    /// The same before a login. It is lower, so that many unauthenticated connections with
    /// long pipelines do not delay the others.
    shown MAX_STEPS_PER_TURN_BEFORE_LOGIN: usize = 32;
    /// Bytes of a request that count as one step.
    shown BYTES_PER_STEP: usize = 1_024;
    /// Bytes of an argument that an error repeats at most.
    shown MAX_REPEATED_BYTES: usize = 64;
    /// Look-ups of one pipeline whose rows are prefetched together: about the number of
    /// loads that a processor core can wait for at the same time.
    shown LOOK_AHEAD: usize = 32;

    /// Longest JSON of a movie in `PUT`, in bytes: a request with the longest name has space
    /// for it. An import takes longer ones.
    shown MAX_MOVIE_JSON_BYTES: usize = MAX_FRAME_BYTES - 1024;

    // Search.

    /// Longest query of one `FIND` in bytes: as long as the longest title.
    shown MAX_QUERY_BYTES: usize = MAX_TITLE_BYTES;
    /// Maximum number of words of one `FIND`. In a script without spaces, a pair of characters
    /// counts as one word.
    shown MAX_QUERY_WORDS: usize = 64;
    /// Steps of one search. A step is the work for one movie of a posting list, some nanoseconds;
    /// reading a movie's row counts as 1,000. All steps together take about 0.1 s.
    shown MAX_SEARCH_STEPS: u64 = 20_000_000;
    /// Steps of one search for other spellings of its words, and as many for fewer words, about
    /// 2 ms. If they take more, the less probable interpretations are left out.
    shown MAX_RELAXING_STEPS: u64 = 400_000;
    /// Maximum number of words at the start of a query that are looked up as the title of a series.
    internal MAX_SERIES_WORDS: usize = 4;
    /// Maximum number of people to which a card on the search screen leads.
    internal MAX_CARD_LINKS: usize = 50;
    /// Maximum number of cards and lists that are open on the search screen.
    internal MAX_OPENED_VIEWS: usize = 100;
    /// Maximum number of words at the start or the end of a query that are looked up as the name of a
    /// person.
    internal MAX_PERSON_WORDS: usize = 3;
    /// Maximum number of people whose movies are compared with the other words of a query.
    internal MAX_PEOPLE_OF_QUERY: usize = 6;
    /// Maximum number of movies of all these people that are read for one query.
    internal MAX_FILMS_OF_QUERY: usize = 160;
    /// Maximum number of steps of one search for a series and its episodes, about 2 ms. A search
    /// that would take more goes on without them.
    internal MAX_SERIES_STEPS: u64 = 400_000;
    /// Maximum number of steps of one search for people and their movies, about 2 ms. The search
    /// ends at this number.
    internal MAX_PERSON_STEPS: u64 = 400_000;
    /// Maximum number of people in the filter of one `FIND`.
    shown MAX_FIND_PEOPLE: usize = 8;
    /// Steps of one filtered `LIST`, which may skip many movies: about 0.5 s.
    shown MAX_LIST_STEPS: u64 = 100_000_000;
    /// Movies that an import changes one by one in the search index. For more movies, the index
    /// is rebuilt.
    internal MAX_NAMES_REFRESHED: usize = 250_000;
    /// Movies in the delta index from which a starting server rebuilds the whole index.
    internal MIN_DELTA_TO_COMPACT: u64 = 10_000;
    /// Number of movies from which indexing reports its progress: indexing so many takes
    /// about a second.
    internal MIN_MOVIES_TO_REPORT: u64 = 200_000;
    /// Prepared statements that a reader keeps.
    internal CACHED_STATEMENTS: usize = 64;
    /// Maximum number of interpretations of a query with fewer words.
    internal MAX_RELAXED_INTERPRETATIONS: usize = 24;
    /// Maximum number of words of a query that may be left out.
    internal MAX_RELAXED_WORDS: usize = 16;
    /// Maximum number of words of a query of which any two may be left out.
    internal MAX_WORDS_RELAXED_IN_PAIRS: usize = 6;
    /// Maximum number of spellings of a word that a query looks up.
    internal MAX_SPELLING_PATTERNS: usize = 24;
    /// Maximum number of whole titles that a corrected query looks up.
    internal MAX_SPELLING_KEYS: usize = 64;
    /// Maximum number of words of a query that are corrected together.
    internal MAX_CORRECTED_WORDS: usize = 3;
    /// Maximum number of words of a query that are replaced by other words, one at a time.
    internal MAX_OTHER_WORDS: usize = 4;
    /// Maximum number of ways to split a word into several words.
    internal MAX_WORD_SPLITS: usize = 8;
    /// Maximum number of words into which one word is split.
    internal MAX_WORD_PARTS: usize = 8;
    /// Maximum number of letters of a word that are indexed. A search ignores further letters.
    internal MAX_INDEXED_LETTERS: usize = 40;
    /// Maximum number of known words that a reader keeps in memory to correct spellings.
    internal MAX_KNOWN_WORDS: usize = 64 * 1024;
    /// Maximum number of letters of a known word that are compared.
    internal MAX_COMPARED_LETTERS: usize = 40;
    /// Maximum number of words that one search looks up to correct spellings.
    internal MAX_SPELLING_LOOKUPS: usize = 500;
    /// Maximum number of movies that are compared with a whole title. More than one can have
    /// the same hash.
    internal MAX_TITLES_OF_HASH: usize = 4;
    /// Maximum number of parts of a word such as `s.h.i.e.l.d` that are also joined to one word.
    internal MAX_JOINED_PARTS: usize = 12;
    /// Maximum number of letters in a word that is taken for the initials of a title.
    internal MAX_INITIALS: usize = 8;
    /// Letters of the longest prefix that may get a posting list of its own.
    internal MAX_PREFIX_LETTERS: usize = 12;
    /// People up to which each of them is found by every word of the name. In a larger catalogue,
    /// people of less fame are found by the full name only.
    internal MAX_PEOPLE_WITH_WORDS: u64 = 100_000;
    /// The votes of the films for which a person is known, plus one for each film, from which a
    /// person of such a catalogue is found by every word.
    internal FAME_WITH_WORDS: u32 = 8;
    /// Maximum number of movies of the search index: a posting fits into four bytes.
    internal MAX_INDEXED_MOVIES: usize = 1 << 31;
    /// Maximum number of genres whose keys are cached while the index is rebuilt.
    internal MAX_CACHED_GENRES: usize = 10_000;
    /// Maximum number of postings in memory while the index is rebuilt.
    internal MAX_COLLECTED_POSTINGS: usize = 2 * 1024 * 1024;
    /// Maximum number of different terms in memory while the index is rebuilt.
    internal MAX_COLLECTED_TERMS: usize = 512 * 1024;
    /// Maximum number of bytes of these terms.
    internal MAX_COLLECTED_TERM_BYTES: usize = 8 * 1024 * 1024;
    /// Maximum number of titles in memory while the index is rebuilt.
    internal MAX_COLLECTED_TITLES: usize = 1024 * 1024;
    /// Maximum number of bytes of names in memory while the index is rebuilt.
    internal MAX_COLLECTED_NAME_BYTES: usize = 4 * 1024 * 1024;
    /// Maximum number of rows of the delta index that are sorted in memory, about 40 MB.
    internal MAX_SORTED_DELTA_ROWS: usize = 400_000;

    // Accounts.

    /// Longest user name in bytes.
    shown MAX_USER_BYTES: usize = 255;
    /// Longest password in bytes. OWASP recommends at least 64.
    shown MAX_PASSWORD_BYTES: usize = 1_024;
    /// Longest name that a connection may give itself with `CLIENT SETNAME`, in bytes.
    shown MAX_CLIENT_NAME_BYTES: usize = 64;

    /// Maximum number of API keys.
    shown MAX_KEYS: u64 = 1_024;
    /// Longest name of an API key, in bytes.
    shown MAX_KEY_NAME_BYTES: usize = 64;
    /// Longest lifetime of an API key that expires: ten years.
    shown MAX_KEY_LIFETIME: Duration = Duration::from_secs(3_650 * 86_400);
    /// Shortest time between two writes of the last use of an API key.
    shown KEY_USE_INTERVAL: Duration = Duration::from_secs(60);
    /// API keys in the cache of a worker. A request with a cached key does not read the
    /// database.
    internal MAX_CACHED_KEYS: usize = 1_024;

    /// Maximum number of logins in browsers. A new one replaces the least recently used one.
    shown MAX_WEB_SESSIONS: usize = 4_096;
    /// Maximum number of logins in browsers of one user.
    shown MAX_WEB_SESSIONS_PER_USER: usize = 16;
    /// Time without a request after which a login in a browser ends.
    shown WEB_SESSION_IDLE: Duration = Duration::from_secs(12 * 3_600);
    /// Time after which a login in a browser ends, even with requests.
    shown WEB_SESSION_LIFETIME: Duration = Duration::from_secs(7 * 86_400);

    /// Longest value of the parameter `callback` of OMDb's API, in bytes.
    shown MAX_CALLBACK_BYTES: usize = 128;
    /// Longest message of the Model Context Protocol, in bytes: the largest movie and its
    /// envelope.
    shown MAX_RPC_BYTES: usize = 2 * MAX_MOVIE_JSON_BYTES;
    /// Maximum number of messages of the Model Context Protocol in one list.
    shown MAX_RPC_MESSAGES: usize = 20;
    /// Longest form without a file, and longest body of a request about accounts, in bytes: two
    /// passwords of the maximum length, with each byte escaped.
    shown MAX_FORM_BYTES: usize = 16 * 1024;

    /// Default memory of a password hash, in KiB. Together with `default_hash_passes`, it is
    /// the first choice of OWASP's Password Storage Cheat Sheet.
    default DEFAULT_HASH_MEMORY_KIB: u32 = 19_456;
    /// Default passes of a password hash over its memory.
    default DEFAULT_HASH_PASSES: u32 = 2;
    /// Maximum memory of a hash, configured or stored, in KiB: ten times the default.
    shown MAX_HASH_MEMORY_KIB: u32 = 194_560;
    /// Maximum number of passes of a hash, configured or stored: ten times the default.
    shown MAX_HASH_PASSES: u32 = 20;

    // Delays after failed logins. See docs/logins.md.

    /// Failed logins of one address before its next login is delayed. It is higher than that of
    /// an account, because many people may share an address.
    shown ADDRESS_FREE_FAILURES: u32 = 20;
    /// Failed logins of one account before its next login is delayed.
    shown ACCOUNT_FREE_FAILURES: u32 = 5;
    /// Longest delay of an address. The delay doubles, starting at 1 s.
    shown MAX_ADDRESS_DELAY: Duration = Duration::from_secs(900);
    /// Longest delay of an account. It is a fifteenth of the longest delay of an address, so
    /// one address can delay an account for at most a fifteenth of the time.
    shown MAX_ACCOUNT_DELAY: Duration = Duration::from_secs(60);
    /// Time after which one failure is no longer counted.
    shown FAILURE_DECAY: Duration = Duration::from_secs(900);
    /// Addresses whose failures are counted, and as many accounts, in 80 bytes each.
    shown FAILURE_SLOTS: usize = 16_384;
    /// Accounts whose known addresses are kept.
    shown KNOWN_ADDRESS_ACCOUNTS: usize = 4_096;
    /// Known addresses of one account.
    shown KNOWN_ADDRESSES_PER_ACCOUNT: usize = 8;
    /// Time for which an address stays known after the last login from it.
    shown KNOWN_ADDRESS_TTL: Duration = Duration::from_secs(30 * 86_400);

    // Threads and queues.

    /// Maximum number of worker threads.
    internal MAX_WORKERS: usize = 64;
    /// Default maximum number of open connections.
    default DEFAULT_MAX_CONNECTIONS: usize = 10_240;
    /// Highest value of `max_connections`.
    internal MAX_CONFIGURABLE_CONNECTIONS: usize = 1_000_000;
    /// Default maximum number of unauthenticated connections, and at most half of all connections.
    default DEFAULT_MAX_UNAUTHENTICATED: usize = 1_024;
    /// Default maximum number of connections of one address.
    default DEFAULT_MAX_CONNECTIONS_PER_ADDRESS: usize = 2_048;
    /// New connections that the operating system queues for the acceptor. Further clients
    /// try again after a second.
    shown ACCEPT_BACKLOG: i32 = 1_024;
    /// Connections above a limit whose first command is answered with the refusal; further
    /// ones are closed.
    shown MAX_REFUSALS: usize = 128;
    /// File descriptors of a server, without those of its connections: the database files of
    /// the writer and the query threads, the standard streams, the listeners.
    internal RESERVED_FILES: usize = 48;
    /// File descriptors of one worker: the database, and its event queue.
    internal FILES_PER_WORKER: usize = 8;
    /// Threads that hash passwords, with 19 MiB each.
    shown HASH_THREADS: usize = 2;
    /// Different logins that wait for a hashing thread. At 15 ms each on two threads the
    /// last one waits about 0.3 s; common client timeouts start at 0.5 s.
    shown HASH_QUEUE: usize = 40;
    /// Time for which a successful login is recognised without another hash.
    shown LOGIN_CACHE_TTL: Duration = Duration::from_secs(3_600);
    /// Maximum number of logins that are recognised in this way.
    shown MAX_CACHED_LOGINS: usize = 1_024;
    /// Threads for queries that may take longer than a look-up.
    shown QUERY_THREADS: usize = 2;
    /// Idle time after which a hashing or query thread frees its memory.
    shown POOL_IDLE: Duration = Duration::from_secs(5);
    /// Queries that wait for a query thread.
    shown QUERY_QUEUE: usize = 256;
    /// Page cache of the writer's connection, in KiB.
    internal WRITER_CACHE_KIB: i64 = 16 * 1024;
    /// Changes that wait for the writer.
    shown WRITE_QUEUE: usize = 1_024;
    /// Maximum number of bytes of the changes that wait for the writer or are being written.
    /// One larger change is accepted when no other waits.
    shown WRITE_QUEUE_BYTES: usize = 16 * 1024 * 1024;
    /// How often the writer checks that the files of the database are still at their paths.
    /// It also checks before each commit.
    internal FILE_CHECK_INTERVAL: Duration = Duration::from_secs(1);
    /// Maximum number of changes of one transaction.
    shown WRITE_BATCH: usize = 256;
    /// Pages in the WAL after which a checkpoint starts: SQLite's own default.
    internal CHECKPOINT_PAGES: u32 = 1_000;
    /// Pages in the WAL, 64 MiB, at which changes wait for a checkpoint.
    /// Only a long read transaction makes the WAL longer.
    shown MAX_WAL_PAGES: u32 = 16_384;
    /// Maximum number of attempts to open a file that another process replaces meanwhile.
    internal MAX_OPEN_ATTEMPTS: usize = 10;

    // The cluster.

    /// Maximum number of bytes of an entry in the log of a cluster, unless one change is larger.
    shown CLUSTER_ENTRY_BYTES: usize = 64 * 1024;
    /// Maximum number of bytes of a change in a cluster.
    shown MAX_CLUSTER_CHANGE_BYTES: usize = 1024 * 1024;
    /// Time after which a change fails if the log of the cluster does not answer.
    shown CLUSTER_WRITE_TIMEOUT: Duration = Duration::from_secs(5);
    /// Time for which `demo --cluster` waits for a leader of etcd.
    internal DEMO_START_TIMEOUT: Duration = Duration::from_secs(30);
    /// Changes of an import on a node that are not applied yet: some entries of the log. More would
    /// delay the changes of other clients.
    internal MAX_LOG_IMPORT_CHANGES: usize = 256;
    /// Number of attempts for a row of such an import whose movie other clients change.
    internal MAX_LOG_IMPORT_ATTEMPTS: u32 = 10;
    /// Number of processes whose last entry is stored, so that a repeated entry is applied once.
    internal MAX_PRODUCERS: i64 = 1_024;
    /// Time limit for a connection to a member of etcd, and for its TLS handshake.
    internal ETCD_CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
    /// Time limit for an answer of etcd, except when an entry is appended.
    internal ETCD_TIMEOUT: Duration = Duration::from_secs(2);
    /// Time limit for each of the first attempts to append an entry. A member without a leader does
    /// not answer, and the next attempt can reach a new leader.
    internal ETCD_APPEND_TIMEOUT: Duration = Duration::from_millis(500);
    /// Number of attempts with this time limit. The limit of later attempts is three times as long.
    internal ETCD_SHORT_ATTEMPTS: u32 = 4;
    /// Maximum number of bytes of an answer of etcd.
    internal MAX_ETCD_ANSWER_BYTES: usize = 16 * 1024 * 1024;
    /// Number of revisions that are read together while a node catches up.
    internal CLUSTER_CATCH_UP_WINDOW: u64 = 64;
    /// Number of connections that read them.
    internal CLUSTER_CATCH_UP_CONNECTIONS: usize = 16;
    /// Maximum number of entries that were read and are not applied yet.
    internal CLUSTER_READ_QUEUE: usize = 64;
    /// Maximum number of revisions that a node can be behind and still accept changes. It answers a
    /// change after it has applied it.
    internal MAX_CLUSTER_WRITE_LAG: u64 = 1_000;
    /// Maximum number of entries in one transaction of a node.
    internal CLUSTER_APPLY_BATCH: usize = 64;
    /// Size of etcd's database above which entries are removed that every registered node has on
    /// disk.
    shown MAX_CLUSTER_LOG_BYTES: u64 = 512 * 1024 * 1024;
    /// Time without a new entry after which a node asks for the end of the log.
    shown CLUSTER_PROBE_INTERVAL: Duration = Duration::from_secs(1);
    /// Time without an answer of the log after which a node is not ready.
    shown CLUSTER_STALE_TIMEOUT: Duration = Duration::from_secs(5);
    /// Time after which the registration of a node expires if the node does not renew it.
    shown CLUSTER_LEASE: Duration = Duration::from_secs(10);
    /// Longest time limit of one `CLUSTER WAIT`.
    shown MAX_CLUSTER_WAIT: Duration = Duration::from_secs(60);
    /// Time for which an HTTP request waits for the entry in its header.
    shown HTTP_CLUSTER_WAIT: Duration = Duration::from_secs(5);
    /// Time limit of a snapshot, from the request to the last byte.
    shown SNAPSHOT_TIMEOUT: Duration = Duration::from_secs(600);
    /// Number of positions of a node whose hashes are compared with those of other nodes.
    internal MAX_RECENT_POSITIONS: usize = 4_096;
    /// Maximum time for which a starting node waits for an answer of the log.
    internal CLUSTER_START_TIMEOUT: Duration = Duration::from_secs(10);

    // Rows in memory.

    /// Default memory for cached rows, in MiB, divided among the workers.
    default DEFAULT_CACHE_MIB: usize = 64;
    /// Maximum memory for cached rows, in MiB.
    internal MAX_CACHE_MIB: usize = 1024 * 1024;
    /// Bytes of the file that a worker maps at most: SQLite's own maximum.
    shown MMAP_BYTES: i64 = 0x7fff_0000;
    /// Commits whose affected names are kept for readers that have not seen them.
    shown MAX_INVALIDATIONS: usize = 1_024;
    /// Maximum number of bytes of these names.
    shown MAX_INVALIDATION_BYTES: usize = 4 * 1024 * 1024;
    /// Maximum number of used rows that an insertion into the cache keeps before it removes one.
    internal MAX_ROWS_KEPT_ON: usize = 8;

    // Logging.

    /// Log lines that wait to be written; further lines are dropped and counted.
    shown LOG_QUEUE: usize = 16_384;
    /// Time that a stopping server waits for its last log lines to be written.
    shown LOG_DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

    // HTTP.

    /// Longest head of an HTTP request, in bytes.
    shown MAX_HTTP_HEAD_BYTES: usize = 16 * 1024;
    /// Maximum number of header fields of an HTTP request.
    shown MAX_HTTP_HEADERS: usize = 64;
    /// Maximum number of parameters of a query string or a form.
    shown MAX_HTTP_PARAMETERS: usize = 64;
    /// Titles in one answer of `/api/v1/suggestions` without `limit`.
    shown DEFAULT_SUGGESTIONS: usize = 8;
    /// Maximum number of titles in one such answer.
    shown MAX_SUGGESTIONS: usize = 20;
    /// Longest body of a request to add a key, in bytes.
    shown MAX_KEY_REQUEST_BYTES: usize = 4 * 1024;
    /// Time for the head of an HTTP request, from its first byte.
    shown HTTP_HEAD_TIMEOUT: Duration = Duration::from_secs(10);
    /// Time for the body of an HTTP request, from the end of its head.
    shown HTTP_BODY_TIMEOUT: Duration = Duration::from_secs(30);
    /// Time between two requests of an HTTP connection, if `idle_seconds` is not shorter.
    shown HTTP_IDLE_TIMEOUT: Duration = Duration::from_secs(75);
    /// Bytes of the smallest body that is compressed.
    shown MIN_COMPRESSED_BYTES: usize = 1024;
    /// Bytes of the smallest body that a query thread compresses instead of the worker.
    internal MIN_COMPRESSED_APART_BYTES: usize = 16 * 1024;

    // The metrics endpoint.

    /// Connections of the metrics endpoint that are served at the same time. A further one
    /// closes the oldest one without a complete request.
    shown MAX_METRICS_CONNECTIONS: usize = 16;
    /// Longest head of a request for metrics, in bytes: the smallest limit that hyper accepts.
    shown MAX_METRICS_REQUEST_BYTES: usize = 8 * 1024;
    /// Longest time of a connection for metrics, from its start to the end of its answer.
    shown METRICS_TIMEOUT: Duration = Duration::from_secs(3);
    /// Time without an answer after which the metrics report the database as down.
    shown METRICS_DATABASE_TIMEOUT: Duration = Duration::from_secs(1);
    /// File descriptors of the metrics endpoint, without those of its connections: listener,
    /// event queue, database.
    internal METRICS_FILES: usize = 8;
    /// Maximum number of variable parts in the path of a route.
    internal MAX_PATH_CAPTURES: usize = 3;

    // Times.

    /// Time that SQLite waits for a lock of another process.
    shown BUSY_TIMEOUT: Duration = Duration::from_secs(5);
    /// Default time from a connection to its login.
    default LOGIN_GRACE: Duration = Duration::from_secs(120);
    /// Default time between two requests of an authenticated connection.
    default IDLE_TIMEOUT: Duration = Duration::from_secs(3_600);
    /// Default time that a client may leave an answer unread.
    default WRITE_TIMEOUT: Duration = Duration::from_secs(30);
    /// Longest configurable value of these three timeouts, in seconds: a year.
    internal MAX_TIMEOUT_SECONDS: u64 = 31_536_000;
    /// Time for which the server still reads after it closed its sending side, so that a
    /// reset does not discard the last answer.
    shown LINGER: Duration = Duration::from_secs(2);
    /// Maximum number of bytes that are read and discarded in this time.
    shown MAX_LINGER_BYTES: usize = 1024 * 1024;
    /// Time that a stopping server gives to requests in progress.
    shown DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

    // TLS.

    /// Encrypted output buffered for one connection whose client does not read, in bytes.
    shown TLS_OUTPUT_BYTES: usize = 64 * 1024;
    /// Validity of a certificate of `catalogue cert`, in days.
    internal CERTIFICATE_DAYS: i64 = 365;
    /// Maximum number of names of one certificate of `catalogue cert`.
    internal MAX_CERTIFICATE_NAMES: usize = 100;

    // The audit trail.

    /// Maximum number of entries of the audit trail: less than 150 MiB. An entry of one name
    /// has about 60 bytes.
    shown MAX_AUDIT_ENTRIES: i64 = 100_000;
    /// Maximum number of bytes of the names in one entry of the audit trail.
    shown MAX_AUDIT_NAMES_BYTES: usize = 1_024;
    /// Age from which entries of the audit trail are removed.
    shown MAX_AUDIT_AGE: Duration = Duration::from_secs(400 * 86_400);
    /// Entries of one `AUDIT` when no `LIMIT` is given.
    shown DEFAULT_AUDIT_ROWS: u32 = 20;
    /// Maximum number of entries of one `AUDIT`.
    shown MAX_AUDIT_ROWS: u32 = 1_000;
    /// Maximum number of old entries of the audit trail that one change removes, so that no
    /// change takes long.
    internal MAX_AUDIT_ROWS_PER_REMOVAL: i64 = 1_024;

    // Checks.

    /// Faults that `catalogue check` lists; further faults are only counted.
    internal MAX_CHECK_FAULTS: usize = 100;

    // The configuration.

    /// Largest file of settings, in bytes.
    internal MAX_CONFIG_FILE_BYTES: usize = 64 * 1024;

    // Import.

    /// Longest line or record of an imported file, in bytes.
    internal MAX_IMPORT_RECORD_BYTES: usize = 1024 * 1024;
    /// Largest file that an admin can upload for an import, in bytes. It is kept in memory until
    /// it is written to a temporary file.
    shown MAX_UPLOAD_BYTES: usize = 32 * 1024 * 1024;
    /// Maximum number of fields of a form.
    internal MAX_FORM_FIELDS: usize = 16;
    /// Films that the search box and the address bar of a browser suggest.
    internal OPTION_ROWS: usize = 8;
    /// Connections that the page of connections lists.
    internal MAX_CONNECTIONS_SHOWN: usize = 200;
    /// Refused rows that an import lists; further rows are only counted.
    internal MAX_REPORTED_FAULTS: usize = 20;
    /// Bytes at the start of a file from which its format is detected.
    internal IMPORT_HEAD_BYTES: usize = 64 * 1024;
    /// Records of a JSON file from which its columns are detected.
    internal IMPORT_SAMPLE_RECORDS: usize = 100;
    /// Maximum number of bytes of these records.
    internal IMPORT_SAMPLE_BYTES: usize = MAX_IMPORT_RECORD_BYTES;
    /// Maximum memory for the window of xz or zstd data, in bytes.
    internal MAX_IMPORT_WINDOW_BYTES: u32 = 64 * 1024 * 1024;
    /// Maximum number of files of a zip archive that are looked at to find the one to import.
    internal MAX_ARCHIVE_FILES: usize = 10_000;
    /// Maximum number of files and folders below a folder of `.nfo` files.
    internal MAX_NFO_FILES: usize = 1_000_000;
    /// Maximum number of rows of a file that are joined to movies by their titles.
    internal MAX_MATCHED_ROWS: usize = 500_000;
    /// Bytes from which the encoding of a file is guessed that is not UTF-8.
    internal ENCODING_SAMPLE_BYTES: usize = 1024 * 1024;
    /// Block of the decompression thread, in bytes.
    internal IMPORT_BLOCK_BYTES: usize = 256 * 1024;
    /// Blocks that wait between the decompression thread and the reader.
    internal IMPORT_BLOCKS: usize = 4;
    /// Batch of movies for the writing thread of an import, in bytes.
    internal LOAD_BATCH_BYTES: usize = 256 * 1024;
    /// Batches that wait for this thread.
    internal LOAD_BATCHES: usize = 8;
    /// Chunk that an import sorts in memory, in bytes; two chunks exist at once.
    internal LOAD_CHUNK_BYTES: usize = 16 * 1024 * 1024;
    /// Sorted temporary files that are merged into one, so that the number of files and
    /// buffers does not grow with the import.
    internal LOAD_RUNS: usize = 128;
    /// Buffer of each sorted temporary file, in bytes.
    internal LOAD_RUN_BUFFER_BYTES: usize = 128 * 1024;
    /// Changes of people that an import collects before it writes their rows, in bytes.
    internal LOAD_PEOPLE_BYTES: usize = 16 * 1024 * 1024;
    /// Page cache of an import, in KiB: names in order need few pages.
    internal LOAD_CACHE_KIB: i64 = 2 * 1024;
    /// Movies that an import skips one by one before it looks up its next name instead: a
    /// look-up costs about ten steps.
    internal LOAD_ROWS_PASSED: usize = 10;
    /// Maximum number of movies of a catalogue that an import changes with a rollback journal
    /// if no other connection has it open.
    internal FEW_MOVIES: u64 = 100_000;
    /// Interval at which a writing import reports its progress and checks for Ctrl-C.
    internal LOAD_LOOK: Duration = Duration::from_millis(50);
    /// Time that an import waits for readers before it truncates the WAL.
    internal LOAD_WAL_TIMEOUT: Duration = Duration::from_millis(500);
    /// Highest id that an imported movie keeps. Every JSON reader
    /// represents numbers up to twice as large exactly.
    internal MAX_KEPT_ID: u64 = 1 << 52;
    /// Blocks of 65,536 ids that an import keeps, of 8 KiB each.
    internal MAX_KEPT_ID_BLOCKS: usize = 2_048;
    /// Longest value of `--prefix`, in bytes: a readable name still fits after it.
    internal MAX_IMPORT_PREFIX_BYTES: usize = 64;
    /// Maximum number of names that one import makes from titles. They are kept in memory to
    /// find equal ones, with about 10 bytes each, and twice that while the table grows.
    internal MAX_MADE_NAMES: usize = 7_000_000;
    /// Maximum number of keys of a file that are compared with later ones, with about 20 bytes
    /// each, if their column may be something other than a key.
    internal MAX_CHECKED_KEYS: usize = 2_000_000;
    /// Maximum number of rows of a ratings file, kept in memory at 12 bytes a row: five
    /// times IMDb's number.
    internal MAX_IMPORT_RATINGS: usize = 8_000_000;
    /// Maximum number of columns of a file of IMDb, which has up to nine.
    internal MAX_IMDB_COLUMNS: usize = 32;
    /// Rows of one of IMDb's files that are kept together to be hashed, in bytes.
    internal MAX_IMDB_BLOCK_BYTES: usize = 256 * 1024;
    /// Maximum number of hashes of such blocks in a row of the catalogue.
    internal MAX_IMDB_BLOCKS_PER_CHUNK: usize = 120;
    /// Maximum number of people, and of series, that are noted because changed titles name them.
    /// If there are more, all are compared.
    internal MAX_IMDB_NOTED: usize = 4_000_000;
    /// Highest number in an id of IMDb: eight digits, twice as many as it uses.
    internal MAX_IMDB_ID: u32 = 99_999_999;
    /// Names of people that an import of IMDb keeps in memory, in bytes. Readers look up
    /// further names.
    internal MAX_IMDB_NAMES_BYTES: usize = 320 * 1024 * 1024;
    /// Maximum number of movies of one person.
    internal MAX_PERSON_FILMS: usize = 1_000_000;
    /// Numbers that an import of IMDb sorts in memory, in bytes; two such chunks exist at once.
    internal IMDB_SORTED_BYTES: usize = 16 * 1024 * 1024;
    /// Maximum number of columns listed in a message.
    internal MAX_LISTED_COLUMNS: usize = 20;
    /// Deepest nesting of a list in a value.
    internal MAX_LIST_DEPTH: u32 = 8;
    /// Deepest list of movies that is found in a JSON file.
    internal MAX_JSON_LIST_DEPTH: usize = 4;
    /// Longest line of a list of titles, in bytes. A file with longer lines is not a list.
    internal MAX_TITLE_LINE_BYTES: usize = 250;
    /// Maximum number of keys of a JSON file whose columns are cached. Other keys are looked up
    /// each time.
    internal MAX_KNOWN_JSON_KEYS: usize = 1_024;
    /// Deepest object of a JSON file whose members are columns.
    internal MAX_JSON_COLUMN_DEPTH: usize = 3;
    /// Longest path of keys to an object of a JSON file whose members are columns, in bytes.
    internal MAX_JSON_PATH_BYTES: usize = 1_024;
    /// Highest value of `--rating-scale`.
    internal MAX_RATING_SCALE: f64 = 1_000.0;
    /// Maximum number of lines before a header that is found without `--skip-lines`.
    internal MAX_PREAMBLE_LINES: usize = 20;

    // The bundled client.

    /// Longest query of the search screen, in bytes.
    internal MAX_TYPED_QUERY_BYTES: usize = 256;
    /// Commands in the history of the prompt.
    internal MAX_HISTORY_ENTRIES: usize = 1_000;
    /// Maximum number of missing movies that a message lists.
    internal MAX_LISTED_NAMES: usize = 5;

    // The full record, as the client prints it.

    /// Members of the cast that the client prints.
    internal MAX_PRINTED_CAST: usize = 20;
    /// Other people of one kind, and other titles, that the client prints. Further ones are
    /// counted.
    internal MAX_PRINTED_OTHERS: usize = 8;
}
