//! The fields of [`Details`] as sections of a packed title.

use super::akas::{self, AkaParts};
use super::bytes::{PackedError, PackedReader};
use super::credits::{self, Credit, CreditList, CreditParts};
use super::key::{IdPrefix, Key};
use super::text::TitleText;
use super::title::{TitlePacker, section};
use super::words::TITLE_TYPES;
use crate::movie::{
    Aka, CastMember, CrewMember, Details, PersonRef, Released, SeasonCount, SeriesPlace,
};

/// The names of keys, and the keys of names.
pub trait RecordNames {
    /// The error of a look-up.
    type Error: From<PackedError>;

    fn name(&mut self, prefix: IdPrefix, key: Key) -> Result<String, Self::Error>;

    fn full_name(&mut self, person: Key) -> Result<Option<String>, Self::Error>;

    /// The title of a movie.
    fn title(&mut self, name: &str) -> Result<Option<String>, Self::Error>;
}

impl TitlePacker {
    /// Packs details. `key` gives the keys of people and of the series; `with_names`: full names
    /// are stored in the title.
    pub fn pack<E>(
        &mut self,
        text: TitleText<'_>,
        details: &Details,
        with_names: bool,
        mut key: impl FnMut(IdPrefix, &str) -> Result<Key, E>,
    ) -> Result<&[u8], E> {
        self.begin();
        let mut target = PackTarget {
            packer: self,
            text,
            with_names,
            key: &mut key,
        };
        pack_fields(&mut target, details)?;
        Ok(self.finish())
    }
}

/// The target of packing the fields of [`Details`].
struct PackTarget<'t, 'x, E> {
    packer: &'t mut TitlePacker,
    text: TitleText<'x>,
    with_names: bool,
    key: &'t mut dyn FnMut(IdPrefix, &str) -> Result<Key, E>,
}

/// The source of the names and texts of a packed title.
pub(super) struct UnpackSource<'s, N> {
    pub text: TitleText<'s>,
    pub names: &'s mut N,
}

/// A type of a field in packed form.
trait PackedField: Sized {
    fn pack<E>(&self, number: u64, target: &mut PackTarget<'_, '_, E>) -> Result<(), E>;

    fn unpack<N: RecordNames>(
        number: u64,
        reader: &mut PackedReader<'_>,
        source: &mut UnpackSource<'_, N>,
    ) -> Result<Self, N::Error>;
}

macro_rules! fields {
    ($($(#[doc = $doc:literal])+ $number:literal $field:ident $name:literal: $type:ty, $rule:ident $(($max:expr))?;)*) => {
        fn pack_fields<E>(target: &mut PackTarget<'_, '_, E>, details: &Details) -> Result<(), E> {
            $(PackedField::pack(&details.$field, $number, target)?;)*
            Ok(())
        }

        /// Reads one section into its field. A number of a later version is refused: the file
        /// has a later schema version then.
        pub(super) fn unpack_field<N: RecordNames>(
            number: u64,
            reader: &mut PackedReader<'_>,
            source: &mut UnpackSource<'_, N>,
            details: &mut Details,
        ) -> Result<(), N::Error> {
            match number {
                $($number => details.$field = PackedField::unpack($number, reader, source)?,)*
                _ => return Err(reader.error().into()),
            }
            Ok(())
        }
    };
}

catalogue_protocol::for_each_detail!(fields);

impl PackedField for Option<String> {
    fn pack<E>(&self, number: u64, target: &mut PackTarget<'_, '_, E>) -> Result<(), E> {
        match self {
            Some(kind) if number == section::KIND => target.packer.kind(kind),
            Some(text) => target.packer.text(number, text),
            None => {}
        }
        Ok(())
    }

    fn unpack<N: RecordNames>(
        number: u64,
        reader: &mut PackedReader<'_>,
        _source: &mut UnpackSource<'_, N>,
    ) -> Result<Self, N::Error> {
        if number == section::KIND {
            return Ok(Some(reader.known_word(&TITLE_TYPES)?));
        }
        Ok(Some(reader.rest()?.to_owned()))
    }
}

impl PackedField for Option<bool> {
    fn pack<E>(&self, _number: u64, target: &mut PackTarget<'_, '_, E>) -> Result<(), E> {
        self.iter().for_each(|adult| target.packer.adult(*adult));
        Ok(())
    }

    fn unpack<N: RecordNames>(
        _number: u64,
        reader: &mut PackedReader<'_>,
        _source: &mut UnpackSource<'_, N>,
    ) -> Result<Self, N::Error> {
        match reader.number()? {
            0 => Ok(Some(false)),
            1 => Ok(Some(true)),
            _ => Err(reader.error().into()),
        }
    }
}

impl PackedField for Option<Released> {
    fn pack<E>(&self, _number: u64, target: &mut PackTarget<'_, '_, E>) -> Result<(), E> {
        self.iter().for_each(|date| target.packer.ended(*date));
        Ok(())
    }

    fn unpack<N: RecordNames>(
        _number: u64,
        reader: &mut PackedReader<'_>,
        _source: &mut UnpackSource<'_, N>,
    ) -> Result<Self, N::Error> {
        let date = reader.date()?;
        date.map(Some).ok_or(reader.error().into())
    }
}

impl PackedField for Vec<Aka> {
    fn pack<E>(&self, _number: u64, target: &mut PackTarget<'_, '_, E>) -> Result<(), E> {
        for aka in self {
            let [types, attributes] = [&aka.types, &aka.attributes]
                .map(|list| list.iter().map(String::as_str).collect::<Vec<_>>());
            let parts = AkaParts {
                title: &aka.title,
                region: aka.region.as_deref(),
                language: aka.language.as_deref(),
                types: &types,
                attributes: &attributes,
            };
            target.packer.aka(target.text, &parts);
        }
        Ok(())
    }

    fn unpack<N: RecordNames>(
        _number: u64,
        reader: &mut PackedReader<'_>,
        source: &mut UnpackSource<'_, N>,
    ) -> Result<Self, N::Error> {
        Ok(akas::unpack(reader, source.text)?)
    }
}

/// The parts of a person in a list.
struct CreditRef<'a> {
    name: &'a str,
    person: Option<&'a String>,
    category: Option<&'a String>,
    job: Option<&'a String>,
    characters: &'a [String],
}

impl<E> PackTarget<'_, '_, E> {
    fn credit(&mut self, number: u64, credit: CreditRef<'_>) -> Result<(), E> {
        let index = (number - section::CREDITS) as usize;
        let characters: Vec<&str> = credit.characters.iter().map(String::as_str).collect();
        let parts = CreditParts {
            person: (self.key)(IdPrefix::Person, credit.name)?,
            full_name: (credit.person.filter(|_| self.with_names)).map(String::as_str),
            category: credit.category.map(String::as_str),
            job: credit.job.map(String::as_str),
            characters: &characters,
        };
        self.packer.credit(CreditList::ALL[index], &parts);
        Ok(())
    }
}

/// Reads a list of people; `make` has the name, the full name and the rest of each.
fn unpack_credits<N: RecordNames, T>(
    number: u64,
    reader: &mut PackedReader<'_>,
    source: &mut UnpackSource<'_, N>,
    make: impl Fn(String, Option<String>, Credit<'_>) -> T,
) -> Result<Vec<T>, N::Error> {
    let list = CreditList::ALL[(number - section::CREDITS) as usize];
    let count = reader.number()?;
    let mut people = Vec::with_capacity(reader.capacity(count));
    for _ in 0..count {
        let credit = credits::take(reader, list)?;
        let name = source.names.name(IdPrefix::Person, credit.person)?;
        let person = match credit.full_name {
            Some(person) => Some(person.to_owned()),
            None => source.names.full_name(credit.person)?,
        };
        people.push(make(name, person, credit));
    }
    Ok(people)
}

macro_rules! credit_list {
    ($type:ident: $($field:ident),* / $make:expr) => {
        impl PackedField for Vec<$type> {
            fn pack<E>(&self, number: u64, target: &mut PackTarget<'_, '_, E>) -> Result<(), E> {
                self.iter().try_for_each(|credit| {
                    let mut parts = CreditRef {
                        name: &credit.name,
                        person: credit.person.as_ref(),
                        category: None,
                        job: None,
                        characters: &[],
                    };
                    $(CreditPart::set(&credit.$field, &mut parts.$field);)*
                    target.credit(number, parts)
                })
            }

            fn unpack<N: RecordNames>(
                number: u64,
                reader: &mut PackedReader<'_>,
                source: &mut UnpackSource<'_, N>,
            ) -> Result<Self, N::Error> {
                unpack_credits(number, reader, source, $make)
            }
        }
    };
}

/// A field of a credit that only some lists have.
trait CreditPart<'a, P> {
    fn set(&'a self, part: &mut P);
}

impl<'a> CreditPart<'a, Option<&'a String>> for Option<String> {
    fn set(&'a self, part: &mut Option<&'a String>) {
        *part = self.as_ref();
    }
}

impl<'a> CreditPart<'a, &'a [String]> for Vec<String> {
    fn set(&'a self, part: &mut &'a [String]) {
        *part = self;
    }
}

credit_list!(PersonRef: job / |name, person, credit| PersonRef {
    name,
    person,
    job: credit.job.map(str::to_owned),
});
credit_list!(CastMember: category, characters / |name, person, credit| CastMember {
    name,
    person,
    category: credit.category.map(str::to_owned),
    characters: credit.characters,
});
credit_list!(CrewMember: category, job / |name, person, credit| CrewMember {
    name,
    person,
    category: credit.category.map(str::to_owned),
    job: credit.job.map(str::to_owned),
});

impl PackedField for Option<SeriesPlace> {
    fn pack<E>(&self, _number: u64, target: &mut PackTarget<'_, '_, E>) -> Result<(), E> {
        if let Some(place) = self {
            let series = (target.key)(IdPrefix::Title, &place.name)?;
            target.packer.series(series, place.season, place.episode);
        }
        Ok(())
    }

    fn unpack<N: RecordNames>(
        _number: u64,
        reader: &mut PackedReader<'_>,
        source: &mut UnpackSource<'_, N>,
    ) -> Result<Self, N::Error> {
        let (series, season, episode) = take_series(reader)?;
        let name = source.names.name(IdPrefix::Title, series)?;
        Ok(Some(SeriesPlace {
            title: source.names.title(&name)?,
            name,
            season,
            episode,
        }))
    }
}

/// They come from the episodes, and are not stored.
impl PackedField for Option<Vec<SeasonCount>> {
    fn pack<E>(&self, _number: u64, _target: &mut PackTarget<'_, '_, E>) -> Result<(), E> {
        Ok(())
    }

    fn unpack<N: RecordNames>(
        _number: u64,
        reader: &mut PackedReader<'_>,
        _source: &mut UnpackSource<'_, N>,
    ) -> Result<Self, N::Error> {
        Err(reader.error().into())
    }
}

/// The series of an episode, the season and the number.
pub(super) type SeriesNumbers = (Key, Option<u32>, Option<u32>);

/// Reads the section of the series.
pub(super) fn take_series(reader: &mut PackedReader<'_>) -> Result<SeriesNumbers, PackedError> {
    Ok((reader.key()?, reader.maybe()?, reader.maybe()?))
}
