//! The table of the wire contract's limits.

crate::limits! {
    // What a client may send.

    /// Longest request in bytes, framing included, once logged in.
    shown MAX_FRAME_BYTES: usize = 1024 * 1024;
    /// Longest request in bytes before a login. Redis has the same limit.
    shown MAX_FRAME_BYTES_BEFORE_LOGIN: usize = 16 * 1024;
    /// Longest inline command in bytes, its newline not included. Redis's own bound.
    shown MAX_INLINE_BYTES: usize = 64 * 1024;
    /// Most arguments of one request, the command word included, once logged in.
    shown MAX_ARGUMENTS: usize = 1_025;
    /// Most arguments of one request before a login.
    shown MAX_ARGUMENTS_BEFORE_LOGIN: usize = 16;
    /// Longest length line of a frame (`*3`, `$12`) in bytes.
    shown MAX_LENGTH_LINE_BYTES: usize = 32;
    /// Most names in one `MSEND`, `EXISTS` or `DEL`.
    shown MAX_NAMES_PER_COMMAND: usize = MAX_ARGUMENTS - 1;

    // What a client may receive.

    /// Rows of one `LIST` page when no `LIMIT` is given.
    shown DEFAULT_LIST_ROWS: usize = 20;
    /// Most rows of one `LIST` page.
    shown MAX_LIST_ROWS: usize = 1_000;
    /// Rows of one `FIND` page when no `LIMIT` is given.
    shown DEFAULT_FIND_ROWS: usize = 10;
    /// Most rows of one `FIND` page.
    shown MAX_FIND_ROWS: usize = 1_000;
    /// Deepest nesting of a reply that the client library accepts.
    internal MAX_REPLY_DEPTH: usize = 8;
    /// Largest reply that the client library accepts, in bytes.
    internal MAX_REPLY_BYTES: usize = 64 * 1024 * 1024;

    // Fields of a movie. Lengths are bytes of UTF-8.

    /// Longest name of a movie.
    shown MAX_NAME_BYTES: usize = 255;
    /// Longest title, and longest original title.
    shown MAX_TITLE_BYTES: usize = 1_024;
    /// Most genres of one movie.
    shown MAX_GENRES: usize = 32;
    /// Longest name of a genre.
    shown MAX_GENRE_BYTES: usize = 64;
    /// Longest running time in minutes, about ten weeks: longer than every film ever shown.
    shown MAX_RUNTIME_MINUTES: u32 = 100_000;
    /// Highest rating. The lowest is 0.
    shown MAX_RATING: f64 = 10.0;
    /// Bytes that most encoded rows fit in; a longer one needs a second allocation.
    internal USUAL_ROW_BYTES: usize = 256;
}
