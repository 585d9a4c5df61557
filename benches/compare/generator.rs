//! A catalogue of any size that looks like IMDb's: the same seed gives the same rows.
//!
//! Each row depends on the seed and its number alone, so rows can be made in any order.
//! Words follow Zipf's law (the word of rank `n` is about `1/n` as frequent as the
//! first), real words come before made-up ones, and votes have a long tail.

use std::io::{self, Write};

use catalogue::movie::{Fields, Movie, Released};

/// Frequent words of titles, the most frequent first.
const WORDS: &str = include_str!("words.txt");
/// The number of different words, made-up ones included.
const VOCABULARY: f64 = 200_000.0;
const SYLLABLES: [&str; 20] = [
    "ka", "ro", "ven", "mi", "ta", "lor", "es", "an", "du", "bel", "si", "gra", "no", "pha", "ri",
    "zo", "hem", "qui", "wa", "ler",
];
const GENRES: [&str; 20] = [
    "Drama",
    "Comedy",
    "Short",
    "Documentary",
    "Romance",
    "Action",
    "Crime",
    "Thriller",
    "Horror",
    "Adventure",
    "Family",
    "Animation",
    "Mystery",
    "Fantasy",
    "Music",
    "Sci-Fi",
    "Biography",
    "History",
    "War",
    "Western",
];
const TITLE_TYPES: [&str; 5] = ["movie", "tvEpisode", "short", "tvSeries", "tvEpisode"];

/// Makes rows from their numbers.
pub struct Generator {
    seed: u64,
    words: Vec<&'static str>,
}

impl Generator {
    /// A generator whose rows depend on `seed`.
    pub fn new(seed: u64) -> Generator {
        Generator {
            seed,
            words: WORDS.split_whitespace().collect(),
        }
    }

    /// The row with this number. Its name is `tt` and the number in twelve digits, which
    /// is the form of `tt__rand_int__` in `redis-benchmark`.
    pub fn movie(&self, number: u64) -> Movie {
        let mut random = Random(self.seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let title = self.title(&mut random);
        let original_title = (random.below(12) == 0).then(|| self.title(&mut random));
        let year = 2026 - random.skewed(126.0) as u16;
        let released = match random.below(3) {
            0 => Released::new(
                year,
                Some(1 + random.below(12) as u8),
                Some(1 + random.below(28) as u8),
            ),
            _ => Released::new(year, None, None),
        };
        let votes = (random.below(5) < 2).then(|| 5 + random.skewed(2_500_000.0) as u32);
        let fields = Fields {
            id: 0,
            name: format!("tt{number:012}"),
            title,
            original_title,
            released,
            runtime_minutes: (random.below(4) > 0).then(|| 1 + random.below(180) as u32),
            genres: self.genres(&mut random),
            rating: votes.map(|_| (10 + random.below(90)) as f64 / 10.0),
            votes,
        };
        Movie::new(fields).expect("generated rows are valid")
    }

    /// Writes `title.basics.tsv` in IMDb's format with this many rows, and
    /// `title.ratings.tsv` next to it. With `newer`, one row in a hundred has another
    /// value, as in a file that was fetched some days later.
    pub fn write_imdb(
        &self,
        numbers: impl Iterator<Item = u64>,
        newer: bool,
        basics: &mut impl Write,
        ratings: &mut impl Write,
    ) -> io::Result<()> {
        writeln!(
            basics,
            "tconst\ttitleType\tprimaryTitle\toriginalTitle\tisAdult\tstartYear\tendYear\truntimeMinutes\tgenres"
        )?;
        writeln!(ratings, "tconst\taverageRating\tnumVotes")?;
        for number in numbers {
            let mut random = Random(self.seed ^ !number);
            let mut movie = self.movie(number);
            if newer && random.below(100) == 0 {
                movie = self.changed(movie, number, &mut random);
            }
            let id = imdb_id(number);
            let title = movie.title.as_str();
            let original = movie.original_title.as_deref().unwrap_or(title);
            let kind = TITLE_TYPES[number as usize % TITLE_TYPES.len()];
            write!(basics, "tt{id:07}\t{kind}\t{title}\t{original}\t0\t")?;
            match movie.released {
                Some(released) => write!(basics, "{}\t\\N\t", released.year())?,
                None => basics.write_all(b"\\N\t\\N\t")?,
            }
            match movie.runtime_minutes {
                Some(minutes) => writeln!(basics, "{minutes}\t{}", movie.genres.join(","))?,
                None => writeln!(basics, "\\N\t{}", movie.genres.join(","))?,
            }
            if let (Some(rating), Some(votes)) = (movie.rating, movie.votes) {
                writeln!(ratings, "tt{id:07}\t{rating:.1}\t{votes}")?;
            }
        }
        Ok(())
    }

    /// The same movie with the title, year, running time or genres of another row.
    fn changed(&self, movie: Movie, number: u64, random: &mut Random) -> Movie {
        let before = movie.into_fields();
        let year = |fields: &Fields| fields.released.map(Released::year);
        let kind = random.below(4);
        loop {
            let other = self.movie(!number ^ random.below(1 << 40)).into_fields();
            let differs = match kind {
                0 => other.title != before.title,
                1 => year(&other) != year(&before),
                2 => other.runtime_minutes != before.runtime_minutes,
                _ => other.genres != before.genres,
            };
            let mut fields = before.clone();
            match kind {
                0 => (fields.title, fields.original_title) = (other.title, other.original_title),
                1 => fields.released = other.released,
                2 => fields.runtime_minutes = other.runtime_minutes,
                _ => fields.genres = other.genres,
            }
            if differs {
                return Movie::new(fields).expect("generated rows are valid");
            }
        }
    }

    fn title(&self, random: &mut Random) -> String {
        let words = 1 + random.below(3) + random.below(3);
        let mut title = String::new();
        for word in 0..words {
            if word > 0 {
                title.push(' ');
            }
            // The logarithm of a rank is uniform where frequencies follow Zipf's law.
            let rank = VOCABULARY.powf(random.unit()) as usize - 1;
            let start = title.len();
            match self.words.get(rank) {
                Some(word) => title.push_str(word),
                None => made_up(rank, &mut title),
            }
            if word == 0 || title.len() - start > 3 {
                title[start..=start].make_ascii_uppercase();
            }
        }
        title
    }

    fn genres(&self, random: &mut Random) -> Vec<String> {
        let mut genres = Vec::new();
        for _ in 0..=random.below(3) {
            let genre = GENRES[(GENRES.len() as f64).powf(random.unit()) as usize - 1];
            if !genres.iter().any(|known| known == genre) {
                genres.push(genre.to_owned());
            }
        }
        genres
    }
}

/// The number in IMDb's id of a row. There are gaps, and ids have seven or eight digits.
fn imdb_id(number: u64) -> u64 {
    3 * number + 1
}

/// The numbers below `rows` in the order of IMDb's files, which is that of the ids as
/// text: `tt1000000`, `tt10000003`, `tt1000001`.
pub fn in_order_of_imdb(rows: u64) -> impl Iterator<Item = u64> {
    const SEVEN_DIGITS: u64 = 10_000_000;
    let number = move |id: u64| (id % 3 == 1 && id / 3 < rows).then_some(id / 3);
    (0..SEVEN_DIGITS.min(3 * rows)).flat_map(move |id| {
        let longer = (10 * id..10 * id + 10).filter(|longer| *longer >= SEVEN_DIGITS);
        number(id).into_iter().chain(longer.filter_map(number))
    })
}

/// The numbers below `rows` in random order.
pub fn in_random_order(rows: u64, seed: u64) -> Vec<u64> {
    let mut numbers: Vec<u64> = (0..rows).collect();
    let mut random = Random(seed);
    for place in (1..numbers.len()).rev() {
        numbers.swap(place, random.below(place as u64 + 1) as usize);
    }
    numbers
}

/// The same word for the same rank.
fn made_up(mut rank: usize, title: &mut String) {
    while rank > 0 {
        title.push_str(SYLLABLES[rank % SYLLABLES.len()]);
        rank /= SYLLABLES.len();
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): small, fast, and the same everywhere.
pub struct Random(u64);

impl Random {
    /// Numbers that depend on `seed`.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to 1, without 1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A number from 0 to `bound`, without `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        (self.unit() * bound as f64) as u64
    }

    /// Small numbers often, numbers near `bound` rarely.
    fn skewed(&mut self, bound: f64) -> f64 {
        bound.powf(self.unit()) - 1.0
    }
}
