//! The fields that a stored record keeps when an import replaces it: those that the import does
//! not have.

use crate::config::limits;
use crate::store::packed_record::{
    CreditList, Film, Key, PackedError, PackedTitle, PersonFields, PersonRecord, merge_titles,
    pack_person, pack_series, unpack_series,
};

/// Which parts of records an import brings. Stored records keep the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordParts {
    /// Other titles.
    pub akas: bool,
    /// The people of titles, and the films of people.
    pub credits: bool,
    /// At least the directors and writers of titles.
    pub directors: bool,
    /// Which episode of which series titles are.
    pub episodes: bool,
    /// Names, dates, professions, and what people are known for.
    pub people: bool,
    /// Whether titles are left out, for which people stay known.
    pub is_choice: bool,
}

/// The votes of a title that the import brought; `None` for any other title.
pub type TakenVotes = Box<dyn Fn(Key) -> Option<Option<u32>> + Send>;

/// Numbers of the details of a title that an import of IMDb never brings: a plot and the like.
const OTHER_DETAILS: std::ops::RangeFrom<u64> = 10..;
const AKAS: u64 = 4;
const DIRECTORS_AND_WRITERS: std::ops::RangeInclusive<u64> = 5..=6;
const CAST_AND_CREW: std::ops::RangeInclusive<u64> = 7..=8;
const SERIES: u64 = 9;

/// Merges stored records with new ones.
pub(super) struct Keeper {
    parts: RecordParts,
    taken: TakenVotes,
    /// Whether the import has full records.
    has_titles: bool,
    /// The merged record.
    pub out: Vec<u8>,
    /// People and series that changed titles named before, if only these can lose links.
    noted: Option<NotedKeys>,
}

/// Keys in order, after [`Keeper::set_taken`].
#[derive(Default)]
struct NotedKeys {
    people: Vec<Key>,
    series: Vec<Key>,
}

impl Keeper {
    pub fn new(parts: RecordParts) -> Keeper {
        Keeper {
            parts,
            taken: Box::new(|_| None),
            has_titles: false,
            out: Vec::new(),
            noted: None,
        }
    }

    /// Titles that the import does not bring are as the last import left them: only people and
    /// series that changed titles named before can lose links.
    pub fn note_changes(&mut self) {
        self.noted = Some(NotedKeys::default());
    }

    /// Notes the people and the series of the details of a title that changes. If there are too
    /// many, or damaged details, all are compared.
    pub fn note_title(&mut self, stored: &[u8]) {
        let Some(noted) = &mut self.noted else { return };
        let title = PackedTitle::new(stored);
        let (Ok(people), Ok(series)) = (title.people(), title.series()) else {
            self.noted = None;
            return;
        };
        noted.people.extend(people);
        noted.series.extend(series.map(|(key, ..)| key));
        if noted.people.len().max(noted.series.len()) > limits::MAX_IMDB_NOTED {
            self.noted = None;
        }
    }

    /// The noted people or series, in order. `None` when all are compared.
    pub fn noted(&self, are_people: bool) -> Option<&[Key]> {
        let noted = self.noted.as_ref()?;
        let keys = if are_people {
            &noted.people
        } else {
            &noted.series
        };
        Some(keys)
    }

    /// Links to these titles are replaced; links to others are kept.
    pub fn set_taken(&mut self, taken: TakenVotes) {
        self.taken = taken;
        self.has_titles = true;
        for keys in self
            .noted
            .iter_mut()
            .flat_map(|noted| [&mut noted.people, &mut noted.series])
        {
            keys.sort_unstable();
            keys.dedup();
        }
    }

    /// Whether people and series that the import does not bring may lose links to titles that it
    /// brings.
    pub fn has_titles(&self) -> bool {
        self.has_titles
    }

    /// Whether series that the import does not bring lose episodes.
    pub fn brings_episodes(&self) -> bool {
        self.parts.episodes
    }

    /// Whether titles keep their other titles, which refer to the title itself.
    pub fn keeps_akas(&self) -> bool {
        !self.parts.akas
    }

    /// Whether the names of people are kept.
    pub fn keeps_names(&self) -> bool {
        !self.parts.people
    }

    /// Merges the details of a title.
    pub fn title(&mut self, stored: &[u8], new: &[u8]) -> Result<(), PackedError> {
        let parts = self.parts;
        // `title.crew` has no jobs.
        let mut keeps_jobs = [!parts.credits && parts.directors; 2];
        for (list, keeps) in [CreditList::Directors, CreditList::Writers]
            .into_iter()
            .zip(&mut keeps_jobs)
        {
            let people = |bytes| PackedTitle::new(bytes).people_in(|other| other == list);
            *keeps = *keeps && people(stored)? == people(new)?;
        }
        let is_kept = |number: u64| {
            let list = number.wrapping_sub(*DIRECTORS_AND_WRITERS.start()) as usize;
            OTHER_DETAILS.contains(&number)
                || number == AKAS && !parts.akas
                || DIRECTORS_AND_WRITERS.contains(&number) && !parts.directors
                || keeps_jobs.get(list) == Some(&true)
                || CAST_AND_CREW.contains(&number) && !parts.credits
                || number == SERIES && !parts.episodes
        };
        self.out.clear();
        merge_titles(stored, new, is_kept, &mut self.out)
    }

    /// Merges a person. Films of titles that the import did not bring are kept, and with them all
    /// films when it has no credits. Without a new record the rest is kept too.
    pub fn person(&mut self, stored: &[u8], new: Option<&[u8]>) -> Result<(), PackedError> {
        let old = PersonRecord::new(stored)?;
        let (mut films, mut new_fields) = (Vec::new(), None);
        if let Some(new) = new {
            let new = PersonRecord::new(new)?;
            films = new.all_films()?;
            new_fields = Some(new.fields).filter(|_| self.parts.people);
        }
        films.sort_unstable_by_key(|film| film.title.reference());
        let brought = films.len();
        for film in old.films() {
            let Film { title, votes } = film?;
            let taken = (self.taken)(title);
            let is_new = films[..brought]
                .binary_search_by_key(&title.reference(), |film| film.title.reference())
                .is_ok();
            let is_replaced = self.parts.credits && taken.is_some();
            if !(is_new || is_replaced) {
                let votes = taken.unwrap_or(votes);
                films.push(Film { title, votes });
            }
        }
        let fields = match new_fields {
            None => old.fields,
            Some(fields) if !self.parts.is_choice => fields,
            Some(mut fields) => {
                let mut known_for = old.fields.known_for;
                known_for.retain(|title| {
                    (self.taken)(*title).is_none() || fields.known_for.contains(title)
                });
                fields.known_for.retain(|title| !known_for.contains(title));
                known_for.append(&mut fields.known_for);
                PersonFields {
                    known_for,
                    ..fields
                }
            }
        };
        let labels = fields.labels();
        let parts = fields.parts(&labels);
        self.out.clear();
        pack_person(&parts, &mut films, &mut self.out);
        Ok(())
    }

    /// Merges a series. Without a new record, only episodes that the import brought go; nothing
    /// is left when those were all.
    pub fn series(&mut self, stored: &[u8], new: Option<&[u8]>) -> Result<(), PackedError> {
        let mut episodes = unpack_series(stored)?;
        episodes.retain(|episode| (self.taken)(episode.title).is_none());
        if let Some(new) = new {
            episodes.extend(unpack_series(new)?);
        }
        self.out.clear();
        if !episodes.is_empty() {
            pack_series(&mut episodes, &mut self.out);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::packed_record::{CreditParts, EpisodeLink, PersonParts, TitlePacker};

    fn key(number: u64) -> Key {
        Key::from_reference(number).unwrap()
    }

    fn person(profession: &str, films: &[(u64, Option<u32>)]) -> Vec<u8> {
        let films = films.iter().map(|(title, votes)| Film {
            title: key(*title),
            votes: *votes,
        });
        let parts = PersonParts {
            professions: &[profession],
            ..PersonParts::default()
        };
        let mut out = Vec::new();
        pack_person(&parts, &mut films.collect(), &mut out);
        out
    }

    /// A keeper for an import that brought title 1 with 7 votes and title 2 without.
    fn keeper(parts: RecordParts) -> Keeper {
        let mut keeper = Keeper::new(parts);
        keeper.set_taken(Box::new(|title| match title.reference() {
            1 => Some(Some(7)),
            2 => Some(None),
            _ => None,
        }));
        keeper
    }

    const ALL: RecordParts = RecordParts {
        akas: true,
        credits: true,
        directors: true,
        episodes: true,
        people: true,
        is_choice: false,
    };

    #[test]
    fn films_of_titles_that_the_import_brought_are_replaced() {
        let stored = person("actor", &[(1, Some(5)), (2, None), (3, Some(9))]);
        let new = person("editor", &[(1, Some(7))]);
        let mut all = keeper(ALL);
        all.person(&stored, Some(&new)).unwrap();
        assert_eq!(all.out, person("editor", &[(3, Some(9)), (1, Some(7))]));
        all.person(&stored, None).unwrap();
        assert_eq!(all.out, person("actor", &[(3, Some(9))]));
        // Without credits, all films are kept, with the new votes.
        let mut names = keeper(RecordParts {
            credits: false,
            ..ALL
        });
        let new = person("editor", &[]);
        names.person(&stored, Some(&new)).unwrap();
        let films = [(3, Some(9)), (1, Some(7)), (2, None)];
        assert_eq!(names.out, person("editor", &films));
        // Without names, the professions are kept.
        let mut credits = keeper(RecordParts {
            people: false,
            ..ALL
        });
        credits.person(&stored, Some(&new)).unwrap();
        assert_eq!(credits.out, person("actor", &[(3, Some(9))]));
        assert!(all.person(b"damaged", Some(&new)).is_err());
    }

    #[test]
    fn people_stay_known_for_titles_that_were_left_out() {
        let known = |titles: &[u64]| {
            let known_for: Vec<Key> = titles.iter().map(|title| key(*title)).collect();
            let parts = PersonParts {
                known_for: &known_for,
                ..PersonParts::default()
            };
            let mut out = Vec::new();
            pack_person(&parts, &mut Vec::new(), &mut out);
            out
        };
        for (is_choice, expected) in [(true, known(&[3, 4, 2])), (false, known(&[2]))] {
            let mut some = keeper(RecordParts { is_choice, ..ALL });
            some.person(&known(&[3, 1, 4]), Some(&known(&[2]))).unwrap();
            assert_eq!(some.out, expected);
        }
    }

    #[test]
    fn episodes_that_the_import_brought_are_replaced() {
        let series = |episodes: &[u64]| {
            let links = episodes.iter().map(|title| EpisodeLink {
                season: Some(1),
                episode: None,
                title: key(*title),
            });
            let mut out = Vec::new();
            pack_series(&mut links.collect(), &mut out);
            out
        };
        let mut all = keeper(ALL);
        all.series(&series(&[1, 3]), Some(&series(&[2]))).unwrap();
        assert_eq!(all.out, series(&[2, 3]));
        all.series(&series(&[1, 2]), None).unwrap();
        assert_eq!(all.out, b"");
    }

    #[test]
    fn jobs_are_kept_where_the_import_brings_only_people() {
        let title = |people: &[(u64, Option<&str>)]| {
            let mut packer = TitlePacker::default();
            packer.begin();
            for (person, job) in people {
                let credit = CreditParts {
                    person: key(*person),
                    full_name: None,
                    category: None,
                    job: *job,
                    characters: &[],
                };
                packer.credit(CreditList::Writers, &credit);
            }
            packer.finish().to_vec()
        };
        let stored = title(&[(7, Some("story")), (8, None)]);
        let mut crew = keeper(RecordParts {
            credits: false,
            ..ALL
        });
        crew.title(&stored, &title(&[(8, None), (7, None)]))
            .unwrap();
        assert_eq!(crew.out, stored);
        let changed = title(&[(7, None)]);
        crew.title(&stored, &changed).unwrap();
        assert_eq!(crew.out, changed);
        let mut all = keeper(ALL);
        let without = title(&[(7, None), (8, None)]);
        all.title(&stored, &without).unwrap();
        assert_eq!(all.out, without);
    }

    #[test]
    fn details_that_the_import_does_not_bring_are_kept() {
        let title = |kind: &str, plot: Option<&str>, series: Option<u64>| {
            let mut packer = TitlePacker::default();
            packer.begin();
            packer.kind(kind);
            if let Some(plot) = plot {
                packer.text(11, plot);
            }
            if let Some(series) = series {
                packer.series(key(series), None, None);
            }
            packer.finish().to_vec()
        };
        let stored = title("movie", Some("A kite."), Some(4));
        let mut all = keeper(ALL);
        all.title(&stored, &title("short", None, None)).unwrap();
        assert_eq!(all.out, title("short", Some("A kite."), None));
        let mut some = keeper(RecordParts {
            episodes: false,
            ..ALL
        });
        some.title(&stored, &title("short", None, None)).unwrap();
        assert_eq!(some.out, title("short", Some("A kite."), Some(4)));
        all.title(&stored, b"").unwrap();
        assert_eq!(all.out, {
            let mut packer = TitlePacker::default();
            packer.begin();
            packer.text(11, "A kite.");
            packer.finish().to_vec()
        });
    }
}
