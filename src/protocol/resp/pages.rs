//! The arguments of `FIND`, `LIST` and other commands that answer a page.

use super::operands::{movie_encoding, person_encoding, row_format};
use super::{Args, ArgumentError};
use crate::api::{Command, EpisodeEncoding};
use crate::config::limits;
use crate::movie::RowFormat;
use crate::search::{Filter, Query, QueryTextError, genre_key, parse_years};
use crate::store::{EpisodePage, Listing, PeopleSearch, Search, SearchOrder};

/// The options, which follow the words in any order, the encoding last.
struct PageOptions {
    filter: Filter,
    after: Option<String>,
    rows: Option<usize>,
    is_explained: bool,
    adult: Option<bool>,
    region: Option<String>,
    order: Option<SearchOrder>,
    format: RowFormat,
}

/// The options that take a value.
const WITH_VALUE: [&str; 10] = [
    "YEAR",
    "GENRE",
    "MIN-RATING",
    "TYPE",
    "ADULT",
    "REGION",
    "PERSON",
    "SORT",
    "AFTER",
    "LIMIT",
];

/// The words before the options, and the options.
fn words_and_options(args: Args<'_>) -> Result<(Query, PageOptions), ArgumentError> {
    let mut all = args;
    let words: Vec<&[u8]> = std::iter::from_fn(|| all.take()).collect();
    let number = number_of_words(&words);
    if number == 0 {
        return Err(ArgumentError::Syntax);
    }
    // Before the words are joined and analysed.
    let bytes: usize = words[..number].iter().map(|word| word.len() + 1).sum();
    if bytes - 1 > limits::MAX_QUERY_BYTES {
        return Err(ArgumentError::new(QueryTextError::TooLong(bytes - 1)));
    }
    let text: Vec<_> = words[..number]
        .iter()
        .map(|word| String::from_utf8_lossy(word))
        .collect();
    let query = Query::new(&text.join(" ")).map_err(ArgumentError::new)?;
    let options = PageOptions::take(args.skip(number), limits::MAX_FIND_ROWS)?;
    Ok((query, options))
}

/// `PEOPLE <words> … [AFTER <name>] [LIMIT <rows>]`.
pub(super) fn people(args: Args<'_>) -> Result<Command<'_>, ArgumentError> {
    let (query, options) = words_and_options(args)?;
    if options.is_explained || options.is_for_movies() {
        return Err(ArgumentError::Syntax);
    }
    let search = PeopleSearch {
        query,
        after: options.after,
        rows: options.rows.unwrap_or(limits::DEFAULT_FIND_ROWS),
    };
    let encoding = person_encoding(options.format);
    Ok(Command::People(Box::new(search), encoding))
}

/// `FIND <words> … [options]`.
pub(super) fn find(args: Args<'_>) -> Result<Command<'_>, ArgumentError> {
    let (query, options) = words_and_options(args)?;
    let search = Search {
        query,
        filter: options.filter,
        after: options.after,
        rows: options.rows.unwrap_or(limits::DEFAULT_FIND_ROWS),
        region: options.region,
        order: options.order.unwrap_or_default(),
    };
    Ok(if options.is_explained {
        Command::Explain(Box::new(search))
    } else {
        Command::Find(Box::new(search), movie_encoding(options.format))
    })
}

/// `LIST [options]`.
pub(super) fn list(args: Args<'_>) -> Result<Command<'_>, ArgumentError> {
    let options = PageOptions::take(args, limits::MAX_LIST_ROWS)?;
    if options.is_explained || options.is_for_find() {
        return Err(ArgumentError::Syntax);
    }
    let listing = Listing {
        filter: options.filter,
        after: options.after,
        rows: options.rows.unwrap_or(limits::DEFAULT_LIST_ROWS),
    };
    let encoding = movie_encoding(options.format);
    Ok(Command::List(Box::new(listing), encoding))
}

/// `EPISODES <series> [options]`.
pub(super) fn episodes(mut args: Args<'_>) -> Result<Command<'_>, ArgumentError> {
    let series = args.text_within("the series", limits::MAX_NAME_BYTES)?;
    let mut page = EpisodePage {
        series: series.to_owned(),
        season: None,
        after: None,
        rows: limits::DEFAULT_LIST_ROWS,
    };
    let mut rows = None;
    loop {
        if page.season.is_none() && args.keyword("SEASON") {
            page.season = Some(args.number("SEASON", 0..=u32::MAX as usize)? as u32);
        } else if page.after.is_none() && args.keyword("AFTER") {
            let after = args.text_within("AFTER", limits::MAX_NAME_BYTES)?;
            page.after = Some(after.to_owned());
        } else if rows.is_none() && args.keyword("LIMIT") {
            rows = Some(args.number("LIMIT", 1..=limits::MAX_LIST_ROWS)?);
        } else {
            break;
        }
    }
    page.rows = rows.unwrap_or(limits::DEFAULT_LIST_ROWS);
    let encoding: EpisodeEncoding = match row_format(&mut args)? {
        RowFormat::Postcard => |episode| episode.to_postcard().into(),
        RowFormat::Json => |episode| episode.to_json().into(),
    };
    args.finish()?;
    Ok(Command::Episodes(Box::new(page), encoding))
}

/// `AUDIT [AFTER <position>] [LIMIT <number>]`.
pub(super) fn audit(mut args: Args<'_>) -> Result<Command<'_>, ArgumentError> {
    let (mut after, mut limit) = (None, limits::DEFAULT_AUDIT_ROWS);
    if args.keyword("AFTER") {
        after = Some(args.number("AFTER", 0..=i64::MAX as usize)? as i64);
    }
    if args.keyword("LIMIT") {
        limit = args.number("LIMIT", 1..=limits::MAX_AUDIT_ROWS as usize)? as u32;
    }
    args.finish()?;
    Ok(Command::Audit { after, limit })
}

/// How many of the arguments are words. The first one always is. If it holds a space, it was
/// quoted and is the only one. Otherwise every argument is a word up to the first one from
/// which on there are only options, in capitals.
fn number_of_words(args: &[&[u8]]) -> usize {
    let Some(first) = args.first() else {
        return 0;
    };
    if first.contains(&b' ') {
        return 1;
    }
    let begins_options = |index: &usize| are_options(&args[*index..]);
    (1..args.len()).find(begins_options).unwrap_or(args.len())
}

fn are_options(args: &[&[u8]]) -> bool {
    match args {
        [] => true,
        [b"POSTCARD" | b"JSON"] => true,
        [b"EXPLAIN", rest @ ..] => are_options(rest),
        [name, _, rest @ ..] => {
            WITH_VALUE.iter().any(|known| known.as_bytes() == *name) && are_options(rest)
        }
        _ => false,
    }
}

impl PageOptions {
    fn take(mut args: Args<'_>, most_rows: usize) -> Result<PageOptions, ArgumentError> {
        let mut options = PageOptions {
            filter: Filter::default(),
            after: None,
            rows: None,
            is_explained: false,
            adult: None,
            region: None,
            order: None,
            format: RowFormat::Postcard,
        };
        loop {
            let filter = &mut options.filter;
            if !options.is_explained && args.keyword("EXPLAIN") {
                options.is_explained = true;
            } else if options.after.is_none() && args.keyword("AFTER") {
                options.after = Some(
                    args.text_within("AFTER", limits::MAX_NAME_BYTES)?
                        .to_owned(),
                );
            } else if options.rows.is_none() && args.keyword("LIMIT") {
                options.rows = Some(args.number("LIMIT", 1..=most_rows)?);
            } else if filter.years.is_none() && args.keyword("YEAR") {
                filter.years = Some(years(
                    args.text_within("YEAR", limits::MAX_REPEATED_BYTES)?,
                )?);
            } else if filter.genre.is_none() && args.keyword("GENRE") {
                filter.genre = Some(genre_key(
                    args.text_within("GENRE", limits::MAX_GENRE_BYTES)?,
                ));
            } else if filter.min_rating.is_none() && args.keyword("MIN-RATING") {
                filter.min_rating = Some(rating(
                    args.text_within("MIN-RATING", limits::MAX_REPEATED_BYTES)?,
                )?);
            } else if !options.take_for_find(&mut args)? {
                break;
            }
        }
        options.filter.with_adult = options.adult.unwrap_or(false);
        options.format = row_format(&mut args)?;
        args.finish()?;
        Ok(options)
    }

    /// Takes an option that only `FIND` has. Returns whether there was one.
    fn take_for_find(&mut self, args: &mut Args<'_>) -> Result<bool, ArgumentError> {
        let filter = &mut self.filter;
        if filter.kind.is_none() && args.keyword("TYPE") {
            filter.kind = Some(
                args.text_within("TYPE", limits::MAX_LABEL_BYTES)?
                    .to_lowercase(),
            );
        } else if self.adult.is_none() && args.keyword("ADULT") {
            self.adult = Some(yes_or_no(args)?);
        } else if self.region.is_none() && args.keyword("REGION") {
            self.region = Some(
                args.text_within("REGION", limits::MAX_LABEL_BYTES)?
                    .to_owned(),
            );
        } else if filter.people.len() < limits::MAX_FIND_PEOPLE && args.keyword("PERSON") {
            let person = args.text_within("PERSON", limits::MAX_NAME_BYTES)?;
            filter.people.push(person.to_owned());
        } else if self.order.is_none() && args.keyword("SORT") {
            self.order = Some(order(
                args.text_within("SORT", limits::MAX_REPEATED_BYTES)?,
            )?);
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// Whether there is an option that only commands about movies accept.
    fn is_for_movies(&self) -> bool {
        self.is_for_find() || !self.filter.is_empty()
    }

    /// Whether there is an option that only `FIND` has.
    fn is_for_find(&self) -> bool {
        let Filter { kind, people, .. } = &self.filter;
        let is_shown = self.region.is_some() || self.order.is_some() || self.adult.is_some();
        is_shown || kind.is_some() || !people.is_empty()
    }
}

fn yes_or_no(args: &mut Args<'_>) -> Result<bool, ArgumentError> {
    if args.keyword("YES") {
        Ok(true)
    } else if args.keyword("NO") {
        Ok(false)
    } else {
        Err(ArgumentError::new("ADULT is `yes` or `no`"))
    }
}

fn order(word: &str) -> Result<SearchOrder, ArgumentError> {
    SearchOrder::from_word(word).ok_or_else(|| {
        let words = SearchOrder::WORDS.map(|(word, _)| word).join(", ");
        let word = word.escape_debug();
        ArgumentError::new(format_args!("SORT `{word}` is none of {words}"))
    })
}

/// `1979`, or `1970-1979`.
fn years(text: &str) -> Result<(u16, u16), ArgumentError> {
    parse_years(text).ok_or_else(|| {
        ArgumentError::new(format_args!(
            "YEAR `{}` is neither a year like 1979 nor years like 1970-1979",
            text.escape_debug()
        ))
    })
}

fn rating(text: &str) -> Result<f64, ArgumentError> {
    let rating: Option<f64> = text.parse().ok();
    rating
        .filter(|rating| (0.0..=limits::MAX_RATING).contains(rating))
        .ok_or_else(|| {
            ArgumentError::new(format_args!(
                "MIN-RATING `{}` is not a number between 0 and {}",
                text.escape_debug(),
                limits::MAX_RATING
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_where_only_options_follow() {
        for (line, number) in [
            ("", 0),
            ("alien", 1),
            ("LIMIT", 1),
            ("alien LIMIT 5", 1),
            ("alien LIMIT", 2),
            ("alien limit 5", 3),
            ("the day after tomorrow", 4),
            ("alien YEAR 1970-1979 GENRE Horror MIN-RATING 7 JSON", 1),
            ("json JSON", 1),
            ("alien EXPLAIN LIMIT 5", 1),
            ("explain EXPLAIN", 1),
            ("the JSON LIMIT 5", 2),
            ("the year 2000 YEAR 2000", 3),
            ("GENRE GENRE GENRE Horror", 2),
        ] {
            let words: Vec<&[u8]> = line.split_whitespace().map(str::as_bytes).collect();
            assert_eq!(number_of_words(&words), number, "{line}");
        }
        assert_eq!(number_of_words(&[b"the day", b"after", b"tt1"]), 1);
    }

    #[test]
    fn years_are_one_or_two() {
        assert_eq!(years("1979"), Ok((1979, 1979)));
        assert_eq!(years("1970-1979"), Ok((1970, 1979)));
        for wrong in ["", "-", "1979-", "1979-1970", "0", "10000", "79s", "1-2-3"] {
            assert!(years(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_rating_is_a_number_up_to_ten() {
        assert_eq!(rating("7.5"), Ok(7.5));
        for wrong in ["", "-1", "10.1", "NaN", "inf", "good"] {
            assert!(rating(wrong).is_err(), "{wrong}");
        }
    }
}
