//! Packs the records of the files, and passes them to the catalogue.

use super::ids::ImdbKey;
use super::records::{
    EpisodePlace, HashKind, ImdbPerson, ImdbTarget, ImdbTitle, StoredHashes, TakenTitles,
};
use super::title_rows::{AkaRow, CreditRow, LIST_SEPARATOR};
use crate::config::limits;
use crate::movie::{MovieRef, Released};
use crate::store::{
    AkaParts, CreditList, CreditParts, EpisodeLink, Film, IdPrefix, Key, PersonParts, RecordLoader,
    SourceHashes, StoreError, TitlePacker, TitleText, pack_person, pack_series,
};

/// Writes the records of an import into a catalogue.
pub struct RecordTarget<'l> {
    loader: &'l mut RecordLoader,
    packer: TitlePacker,
    packed: Vec<u8>,
    films: Vec<Film>,
    known_for: Vec<Key>,
    episodes: Vec<EpisodeLink>,
    has_signature: bool,
}

impl<'l> RecordTarget<'l> {
    /// A target that hands everything to a loader.
    pub fn new(loader: &'l mut RecordLoader) -> RecordTarget<'l> {
        RecordTarget {
            loader,
            packer: TitlePacker::with_any_order_of_akas(true),
            packed: Vec::new(),
            films: Vec::new(),
            known_for: Vec::new(),
            episodes: Vec::new(),
            has_signature: false,
        }
    }
}

/// The key of a row.
fn stored(key: ImdbKey) -> Key {
    Key::from_reference(key.number().into())
        .expect("numbers of IMDb are below those of other names")
}

/// The id of a stored key, if it is one that these files can have.
fn id_of(key: Key) -> Option<ImdbKey> {
    let number = u32::try_from(key.reference()).ok()?;
    (number <= limits::MAX_IMDB_ID).then(|| ImdbKey::from_number(number))
}

fn year(year: Option<u32>) -> Option<Released> {
    Released::new(u16::try_from(year?).ok()?, None, None)
}

/// The text, if there is one.
fn known(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// The items of a list, which is bounded.
struct Items<'a, const MOST: usize> {
    items: [&'a str; MOST],
    count: usize,
}

impl<'a, const MOST: usize> Items<'a, MOST> {
    fn new(list: &'a str, separator: char) -> Items<'a, MOST> {
        let mut split = Items {
            items: [""; MOST],
            count: 0,
        };
        for item in list
            .split(separator)
            .filter(|item| !item.is_empty())
            .take(MOST)
        {
            split.items[split.count] = item;
            split.count += 1;
        }
        split
    }

    fn as_slice(&self) -> &[&'a str] {
        &self.items[..self.count]
    }
}

impl ImdbTarget for RecordTarget<'_> {
    fn stored_titles(&self, each: &mut dyn FnMut(&MovieRef<'_>)) -> Result<(), StoreError> {
        self.loader.stored_titles(each)
    }

    fn stored_hashes(&mut self, signature: Option<u64>) -> Result<StoredHashes, StoreError> {
        self.has_signature = signature.is_some();
        let chunks = |rows: SourceHashes| {
            let key = |first: i64| Key::from_value(first).and_then(id_of);
            let rows = rows.into_iter();
            rows.filter_map(|(first, hashes)| Some((key(first)?, hashes)))
                .collect()
        };
        let [titles, people] = self.loader.source_hashes(signature)?.map(chunks);
        Ok(StoredHashes { titles, people })
    }

    fn store_hashes(
        &mut self,
        kind: HashKind,
        first: ImdbKey,
        hashes: &[u8],
    ) -> Result<(), StoreError> {
        if !self.has_signature {
            return Ok(());
        }
        let prefix = match kind {
            HashKind::Titles => IdPrefix::Title,
            HashKind::People => IdPrefix::Person,
        };
        self.loader.store_hashes(prefix, stored(first), hashes)
    }

    fn unchanged(&mut self, titles: u64, people: u64) {
        self.loader.unchanged(titles, people);
    }

    fn title(&mut self, title: &ImdbTitle<'_>) -> Result<(), StoreError> {
        let packer = &mut self.packer;
        packer.begin();
        if let Some(kind) = title.kind {
            packer.kind(kind);
        }
        if let Some(adult) = title.adult {
            packer.adult(adult);
        }
        if let Some(ended) = year(title.ended) {
            packer.ended(ended);
        }
        if let Some(place) = title.series {
            packer.series(stored(place.series), place.season, place.episode);
        }
        let text = TitleText {
            title: title.movie.title,
            original_title: title.movie.original_title,
        };
        title
            .rows
            .akas()
            .for_each(|aka| pack_aka(packer, text, &aka));
        for credit in title.rows.credits() {
            let name = title.names.and_then(|names| names.get(credit.person));
            pack_credit(packer, &credit, name);
        }
        let details = self.packer.finish();
        self.loader.title(&title.movie, stored(title.key), details)
    }

    fn titles_end(&mut self, taken: TakenTitles) -> Result<(), StoreError> {
        let votes = move |title: Key| taken.votes(title.reference());
        self.loader.titles_end(Box::new(votes))
    }

    fn series(
        &mut self,
        series: ImdbKey,
        episodes: &[(ImdbKey, EpisodePlace)],
    ) -> Result<(), StoreError> {
        self.episodes.clear();
        let links = episodes.iter().map(|(title, place)| EpisodeLink {
            season: place.season,
            episode: place.episode,
            title: stored(*title),
        });
        self.episodes.extend(links);
        self.packed.clear();
        pack_series(&mut self.episodes, &mut self.packed);
        self.loader.series(stored(series), &self.packed)
    }

    fn person(&mut self, person: &ImdbPerson<'_>) -> Result<(), StoreError> {
        self.films.clear();
        let films = person.films.iter().map(|(title, votes)| Film {
            title: stored(*title),
            votes: *votes,
        });
        self.films.extend(films);
        self.known_for.clear();
        self.known_for
            .extend(person.known_for.iter().map(|key| stored(*key)));
        let professions = Items::<{ limits::MAX_LABELS }>::new(person.professions, ',');
        let parts = PersonParts {
            born: year(person.born),
            died: year(person.died),
            professions: professions.as_slice(),
            known_for: &self.known_for,
        };
        self.packed.clear();
        pack_person(&parts, &mut self.films, &mut self.packed);
        self.loader
            .person(stored(person.key), person.name, &self.packed)
    }
}

fn pack_aka(packer: &mut TitlePacker, text: TitleText<'_>, aka: &AkaRow<'_>) {
    let types = Items::<{ limits::MAX_LABELS }>::new(aka.types, LIST_SEPARATOR);
    let attributes = Items::<{ limits::MAX_LABELS }>::new(aka.attributes, LIST_SEPARATOR);
    let aka = AkaParts {
        title: aka.title,
        region: known(aka.region),
        language: known(aka.language),
        types: types.as_slice(),
        attributes: attributes.as_slice(),
    };
    packer.aka(text, &aka);
}

/// Packs a credit into the list of its category.
fn pack_credit(packer: &mut TitlePacker, credit: &CreditRow<'_>, name: Option<&str>) {
    let list = match credit.category {
        "director" => CreditList::Directors,
        "writer" => CreditList::Writers,
        "actor" | "actress" | "self" | "archive_footage" | "archive_sound" => CreditList::Cast,
        _ => CreditList::Crew,
    };
    let has_category = matches!(list, CreditList::Cast | CreditList::Crew);
    let roles = if list == CreditList::Cast {
        credit.characters
    } else {
        ""
    };
    let characters = Items::<{ limits::MAX_CHARACTERS }>::new(roles, LIST_SEPARATOR);
    let parts = CreditParts {
        person: stored(credit.person),
        full_name: name,
        category: known(credit.category).filter(|_| has_category),
        job: known(credit.job).filter(|_| list != CreditList::Cast),
        characters: characters.as_slice(),
    };
    packer.credit(list, &parts);
}
