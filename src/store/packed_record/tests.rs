//! Records come back from their bytes, and damaged bytes give an error.

use proptest::prelude::*;

use super::akas::AkaParts;
use super::credits::{CreditList, CreditParts};
use super::person::PersonFields;
use super::*;
use crate::movie::{
    Aka, CastMember, CrewMember, Details, PersonRef, Released, SeasonCount, SeriesPlace,
};

/// Names that are ids, and others by their index in a list.
#[derive(Default)]
struct TestNames(Vec<String>);

impl TestNames {
    fn key(&mut self, prefix: IdPrefix, name: &str) -> Key {
        Key::from_imdb(prefix, name).unwrap_or_else(|| {
            let known = self.0.iter().position(|known| known == name);
            let id = known.unwrap_or_else(|| {
                self.0.push(name.to_owned());
                self.0.len() - 1
            });
            Key::from_other(id as u64).unwrap()
        })
    }
}

impl RecordNames for TestNames {
    type Error = PackedError;

    fn name(&mut self, prefix: IdPrefix, key: Key) -> Result<String, PackedError> {
        let other = key.other().and_then(|id| self.0.get(id as usize).cloned());
        key.imdb_name(prefix).or(other).ok_or(PackedError(0))
    }

    fn full_name(&mut self, _person: Key) -> Result<Option<String>, PackedError> {
        Ok(None)
    }

    fn title(&mut self, _name: &str) -> Result<Option<String>, PackedError> {
        Ok(None)
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Zé ]{1,12}",
        Just("Self".to_owned()),
        Just("producer".to_owned())
    ]
}

fn maybe() -> impl Strategy<Value = Option<String>> {
    proptest::option::of(text())
}

fn person() -> impl Strategy<Value = String> {
    prop_oneof![
        (0..40_000_000_u32).prop_map(|number| format!("nm{number:07}")),
        text()
    ]
}

fn date() -> impl Strategy<Value = Option<Released>> {
    let parts = (
        1..=9999_u16,
        proptest::option::of((1..=12_u8, proptest::option::of(1..=28_u8))),
    );
    proptest::option::of(parts).prop_map(|parts| {
        let (year, rest) = parts?;
        Released::new(
            year,
            rest.map(|(month, _)| month),
            rest.and_then(|(_, day)| day),
        )
    })
}

fn aka() -> impl Strategy<Value = Aka> {
    let title = prop_oneof![
        text(),
        Just("Episode #1.5".into()),
        Just("Folge #1.5".into()),
        Just("Alt".into())
    ];
    let region = prop_oneof![maybe(), Just(Some("DE".into()))];
    let language = prop_oneof![maybe(), Just(Some("de".into()))];
    let types = prop_oneof![
        Just(vec![]),
        Just(vec!["original".to_owned()]),
        proptest::collection::vec(text(), 0..3)
    ];
    let attributes = prop_oneof![Just(vec![]), proptest::collection::vec(text(), 0..3)];
    (title, region, language, types, attributes).prop_map(
        |(title, region, language, types, attributes)| Aka {
            title,
            region,
            language,
            types,
            attributes,
        },
    )
}

prop_compose! {
    fn details()(
        plain in (maybe(), proptest::option::of(any::<bool>()), date(), maybe(), maybe(), maybe()),
        akas in proptest::collection::vec(aka(), 0..6),
        directors in proptest::collection::vec((person(), maybe()), 0..4),
        cast in proptest::collection::vec((person(), maybe(), proptest::collection::vec(text(), 0..5)), 0..4),
        crew in proptest::collection::vec((person(), maybe(), maybe()), 0..4),
        series in proptest::option::of((person(), proptest::option::of(any::<u32>()), proptest::option::of(0..9_u32))),
    ) -> Details {
        let (kind, adult, ended, plot, poster, website) = plain;
        let full = |name: &str| Some(format!("The {name}"));
        Details {
            kind, adult, ended, plot, poster, website,
            akas,
            writers: directors.iter().map(|(name, _)| PersonRef { person: full(name), name: name.clone(), job: None }).collect(),
            directors: directors.into_iter().map(|(name, job)| PersonRef { person: full(&name), name, job }).collect(),
            cast: cast.into_iter().map(|(name, category, characters)| CastMember { person: full(&name), name, category, characters }).collect(),
            crew: crew.into_iter().map(|(name, category, job)| CrewMember { person: full(&name), name, category, job }).collect(),
            series: series.map(|(name, season, episode)| SeriesPlace { name, title: None, season, episode }),
            ..Details::default()
        }
    }
}

const TEXTS: [TitleText<'static>; 2] = [
    TitleText {
        title: "Episode #1.5",
        original_title: None,
    },
    TitleText {
        title: "Alt",
        original_title: Some("Folge #1.5"),
    },
];

fn pack(text: TitleText<'_>, details: &Details, names: &mut TestNames) -> Vec<u8> {
    let mut packer = TitlePacker::default();
    let key = |prefix, name: &str| Ok::<_, PackedError>(names.key(prefix, name));
    packer.pack(text, details, true, key).unwrap().to_vec()
}

proptest! {
    #[test]
    fn details_come_back(details in details(), which in 0..2_usize) {
        let (text, mut names) = (TEXTS[which], TestNames::default());
        let bytes = pack(text, &details, &mut names);
        prop_assert_eq!(bytes.is_empty(), details.is_empty());
        let packed = PackedTitle::new(&bytes);
        prop_assert_eq!(&packed.unpack(text, &mut names).unwrap(), &details);
        prop_assert_eq!(packed.kind().unwrap(), details.kind.as_deref());
        let series = details.series.as_ref();
        let expected = series.map(|place| (names.key(IdPrefix::Title, &place.name), place.season, place.episode));
        prop_assert_eq!(packed.series().unwrap(), expected);
        let people = details.directors.iter().map(|p| &p.name).chain(details.cast.iter().map(|p| &p.name));
        let people = people.chain(details.crew.iter().map(|p| &p.name));
        let mut people: Vec<Key> = people.map(|name| names.key(IdPrefix::Person, name)).collect();
        people.sort_unstable();
        people.dedup();
        prop_assert_eq!(packed.people().unwrap(), people);
        for end in 1..bytes.len() {
            // A cut between two sections leaves a shorter record.
            if let Ok(less) = PackedTitle::new(&bytes[..end]).unpack(text, &mut names) {
                prop_assert_ne!(&less, &details);
            }
        }
    }

    /// Other programs can write any bytes into the file.
    #[test]
    fn damaged_details_are_read_or_refused(
        details in details(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        noise in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let mut names = TestNames::default();
        let mut bytes = pack(TEXTS[0], &details, &mut names);
        if !bytes.is_empty() {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        for bytes in [&bytes, &noise] {
            read_packed_records(bytes);
        }
    }

    #[test]
    fn people_come_back(
        dates in (date(), date()),
        professions in proptest::collection::vec(text(), 0..4),
        known_for in proptest::collection::vec(0..50_000_000_u64, 0..4),
        films in proptest::collection::btree_map(0..20_000_000_000_u64, proptest::option::of(any::<u32>()), 0..40),
    ) {
        let key = |reference: u64| Key::from_reference(reference).unwrap();
        let mut films: Vec<Film> = films.into_iter()
            .map(|(reference, votes)| Film { title: key(reference), votes })
            .collect();
        let borrowed: Vec<&str> = professions.iter().map(String::as_str).collect();
        let known_for: Vec<Key> = known_for.into_iter().map(key).collect();
        let (born, died) = dates;
        let parts = PersonParts { born, died, professions: &borrowed, known_for: &known_for };
        let mut bytes = Vec::new();
        pack_person(&parts, &mut films, &mut bytes);
        let record = PersonRecord::new(&bytes).unwrap();
        prop_assert_eq!(record.credits(), films.len() as u64);
        prop_assert_eq!(record.all_films().unwrap(), films.clone());
        prop_assert_eq!(&record.fields, &PersonFields { born, died, professions, known_for });
        prop_assert!(films.is_sorted_by_key(|film| film.votes.map_or(1, |votes| -i64::from(votes))));
        for end in 0..bytes.len() {
            let films = PersonRecord::new(&bytes[..end]).and_then(|record| record.all_films());
            prop_assert!(films.is_err());
        }
    }

    #[test]
    fn episodes_come_back(
        episodes in proptest::collection::vec((proptest::option::of(0..4_u32), proptest::option::of(0..30_u32), 0..50_000_000_u64), 0..60),
    ) {
        let mut episodes: Vec<EpisodeLink> = episodes.into_iter()
            .map(|(season, episode, reference)| EpisodeLink { season, episode, title: Key::from_reference(reference).unwrap() })
            .collect();
        let mut bytes = Vec::new();
        pack_series(&mut episodes, &mut bytes);
        prop_assert_eq!(unpack_series(&bytes).unwrap(), episodes.clone());
        prop_assert!(episodes.is_sorted_by_key(EpisodeLink::place));
        let counts: u32 = seasons(&bytes).unwrap().iter().map(|season| season.episodes).sum();
        prop_assert_eq!(counts as usize, episodes.len());
        for end in 0..bytes.len() {
            prop_assert!(unpack_series(&bytes[..end]).is_err());
        }
    }
}

/// The sizes that an import of many millions depends on.
#[test]
fn generated_titles_and_frequent_words_take_few_bytes() {
    let text = TEXTS[0];
    let mut packer = TitlePacker::with_any_order_of_akas(true);
    packer.begin();
    packer.kind("tvEpisode");
    let bare = packer.finish().len();
    packer.begin();
    packer.kind("tvEpisode");
    for (title, region, language) in [
        ("Folge #1.5", "DE", "de"),
        ("Episódio #1.5", "PT", "pt"),
        ("エピソード #1.5", "JP", "ja"),
    ] {
        let aka = AkaParts {
            title,
            region: Some(region),
            language: Some(language),
            ..AkaParts::default()
        };
        packer.aka(text, &aka);
    }
    let original = AkaParts {
        title: "Episode #1.5",
        types: &["original"],
        ..AkaParts::default()
    };
    packer.aka(text, &original);
    assert_eq!(packer.finish().len() - bare, 4);
    packer.begin();
    packer.kind("tvEpisode");
    let credit = CreditParts {
        person: Key::from_imdb(IdPrefix::Person, "nm0000008").unwrap(),
        full_name: None,
        category: Some("self"),
        job: None,
        characters: &["Self"],
    };
    packer.credit(CreditList::Cast, &credit);
    assert_eq!(packer.finish().len() - bare, 6);
}

/// A number in the bytes that promises many items reserves no memory for them.
#[test]
fn a_promise_of_many_items_takes_no_memory() {
    let mut bytes = vec![1, 4, 12, 0];
    bytes.extend([0xff; 8]);
    bytes.extend([0x7f, 0, 0]);
    let mut names = TestNames::default();
    assert!(
        PackedTitle::new(&bytes)
            .unpack(TEXTS[0], &mut names)
            .is_err()
    );
    let count = SeasonCount {
        season: None,
        episodes: u32::MAX,
    };
    let mut bytes = vec![1, 1, 0];
    crate::search::postings::push_number(&mut bytes, count.episodes.into());
    assert_eq!(seasons(&bytes), Ok(vec![count]));
    assert!(unpack_series(&bytes).is_err());
}
