//! The limits of the wire format.

crate::limits! {
    // What a client may send.

    /// Longest request in bytes, framing included, once logged in.
    shown MAX_FRAME_BYTES: usize = 1024 * 1024;
    /// Longest request in bytes before a login. Redis has the same limit.
    shown MAX_FRAME_BYTES_BEFORE_LOGIN: usize = 16 * 1024;
    /// Longest inline command in bytes, without its newline. Redis has the same limit.
    shown MAX_INLINE_BYTES: usize = 64 * 1024;
    /// Maximum number of arguments of one request, the command word included, once logged in.
    shown MAX_ARGUMENTS: usize = 1_025;
    /// Maximum number of arguments of one request before a login.
    shown MAX_ARGUMENTS_BEFORE_LOGIN: usize = 16;
    /// Longest length line of a frame (`*3`, `$12`) in bytes.
    shown MAX_LENGTH_LINE_BYTES: usize = 32;
    /// Maximum number of names in one `MSEND`, `EXISTS` or `DEL`.
    shown MAX_NAMES_PER_COMMAND: usize = MAX_ARGUMENTS - 1;

    // What a client may receive.

    /// Rows of one `LIST` page when no `LIMIT` is given.
    shown DEFAULT_LIST_ROWS: usize = 20;
    /// Maximum number of rows of one `LIST` page.
    shown MAX_LIST_ROWS: usize = 1_000;
    /// Rows of one `FIND` page when no `LIMIT` is given.
    shown DEFAULT_FIND_ROWS: usize = 10;
    /// Maximum number of rows of one `FIND` page.
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
    /// Maximum number of genres of one movie.
    shown MAX_GENRES: usize = 32;
    /// Longest name of a genre.
    shown MAX_GENRE_BYTES: usize = 64;
    /// Longest running time in minutes: about ten weeks, more than every known film.
    shown MAX_RUNTIME_MINUTES: u32 = 100_000;
    /// Highest rating. The lowest is 0.
    shown MAX_RATING: f64 = 10.0;
    /// Maximum number of other titles of one movie. IMDb has up to 262.
    shown MAX_AKAS: usize = 1_000;
    /// Maximum number of directors of one movie, and as many writers, cast members and crew
    /// members.
    shown MAX_CREDITS: usize = 2_000;
    /// Maximum number of characters of one member of the cast.
    shown MAX_CHARACTERS: usize = 32;
    /// Maximum number of types of one other title, of its attributes, and of the professions of
    /// a person.
    shown MAX_LABELS: usize = 16;
    /// Longest type, region, language, category or certificate.
    shown MAX_LABEL_BYTES: usize = 256;
    /// Maximum number of seasons of a series in an answer.
    shown MAX_SEASONS: usize = 4_096;
    /// Longest plot.
    shown MAX_PLOT_BYTES: usize = 16 * 1024;
    /// Longest address of a poster or a website.
    shown MAX_ADDRESS_BYTES: usize = 2_048;
    /// Bytes that are allocated for an encoded row. A longer row needs a second allocation.
    internal USUAL_ROW_BYTES: usize = 256;
    /// Bytes that are allocated for an encoded full record.
    internal USUAL_FULL_ROW_BYTES: usize = 4 * 1024;

    // Messages.

    /// Maximum number of bytes of a value that a message quotes.
    internal MAX_QUOTED_BYTES: usize = 64;
}
