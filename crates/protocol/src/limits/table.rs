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
    /// Most other titles of one movie. IMDb has up to 262.
    shown MAX_AKAS: usize = 1_000;
    /// Most directors, writers, members of the cast or of the crew of one movie, each.
    shown MAX_CREDITS: usize = 2_000;
    /// Most characters of one member of the cast.
    shown MAX_CHARACTERS: usize = 32;
    /// Most types, and most attributes, of one other title, and most professions of a person.
    shown MAX_LABELS: usize = 16;
    /// Longest type, region, language, category or certificate.
    shown MAX_LABEL_BYTES: usize = 256;
    /// Most seasons of a series that an answer lists.
    shown MAX_SEASONS: usize = 4_096;
    /// Longest plot.
    shown MAX_PLOT_BYTES: usize = 16 * 1024;
    /// Longest address of a poster or a website.
    shown MAX_ADDRESS_BYTES: usize = 2_048;
    /// Bytes that most encoded rows fit in; a longer one needs a second allocation.
    internal USUAL_ROW_BYTES: usize = 256;
    /// The same of full records.
    internal USUAL_FULL_ROW_BYTES: usize = 4 * 1024;

    // Messages.

    /// Most bytes of a value that a message quotes.
    internal MAX_QUOTED_BYTES: usize = 64;
}
