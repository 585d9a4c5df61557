//! Queries with the name of a person and the words or the year of a movie: `pacino heat`,
//! `tarantino 1994`.

use std::rc::Rc;

use super::budget::QueryError;
use super::corpus::Corpus;
use super::people;
use super::query::IndexSearch;
use super::request::Search;
use super::row_lookup::RowLookup;
use crate::config::limits;
use crate::search::{Interpretation, PersonFilm, Query, Score};
use crate::store::packed_record::Key;
use crate::store::records::Records;

/// Maximum number of people of one name that are searched.
const NAMESAKES: usize = 3;

/// A person that some words of a query name, and the other words of the query.
struct PersonReading {
    score: Score,
    person: Key,
    others: Rc<Query>,
}

impl IndexSearch<'_> {
    /// Interpretations with a person: the first, the last or all words are the name. The other words
    /// are in the title of a movie that names the person, or are its year.
    pub(super) fn with_person(&self) -> Result<Vec<Interpretation>, QueryError> {
        if self.corpus == Corpus::People {
            return Ok(Vec::new());
        }
        let mut readings = self.readings()?;
        readings.sort_by_key(|reading| std::cmp::Reverse(reading.score));
        readings.truncate(limits::MAX_PEOPLE_OF_QUERY);
        let mut found = Vec::new();
        let mut left = limits::MAX_FILMS_OF_QUERY;
        for PersonReading { person, others, .. } in readings {
            let films = Records::new(self.path, self.connection).best_films(person, left)?;
            left -= films.len();
            let mut interpretations = others.of_person();
            let mut rows = RowLookup::new(**self, |_, _| ())?;
            rows.interpret(interpretations.clone());
            let mut matching = Vec::new();
            for (_, name) in films {
                if let Some((votes, score)) = rows.plain_score(&name)? {
                    matching.push(PersonFilm { score, votes, name });
                }
            }
            if matching.is_empty() {
                continue;
            }
            let matching: Rc<[PersonFilm]> = matching.into();
            for interpretation in &mut interpretations {
                interpretation.films = Some(Rc::clone(&matching));
            }
            found.append(&mut interpretations);
        }
        Ok(found)
    }

    /// The people with names that the first or the last words can mean.
    fn readings(&self) -> Result<Vec<PersonReading>, QueryError> {
        let mut readings = Vec::new();
        let query = &self.search.query;
        let most = limits::MAX_PERSON_WORDS.min(query.len().saturating_sub(1));
        for words in 1..=most {
            if let Some((person, others)) = query.split_at(words) {
                self.read_person(person.complete(), others, &mut readings)?;
            }
            if let Some((others, person)) = query.split_at(query.len() - words)
                && !person.ends_with_few_letters()
            {
                // Only the last word of the query may be the beginning of a longer one.
                self.read_person(person, others.complete(), &mut readings)?;
            }
        }
        if query.len() <= limits::MAX_PERSON_WORDS && query.can_be_a_person() {
            self.read_person(query.clone(), Query::default(), &mut readings)?;
        }
        Ok(readings)
    }

    /// Adds the best known people of that name.
    fn read_person(
        &self,
        name: Query,
        others: Query,
        readings: &mut Vec<PersonReading>,
    ) -> Result<(), QueryError> {
        let interpretations = name.interpretations();
        let search = Search::new(name, NAMESAKES);
        let index = self.with_search(Corpus::People, &search)?;
        let mut rows = RowLookup::new(*index, |person, found| {
            people::key_of(person.name).map(|key| (found.score, key))
        })?;
        rows.interpret(interpretations);
        let others = Rc::new(others);
        let found = index.page(&mut rows, NAMESAKES, None)?.rows;
        readings.extend(found.into_iter().flatten().map(|(score, person)| {
            let others = Rc::clone(&others);
            PersonReading {
                score,
                person,
                others,
            }
        }));
        Ok(())
    }
}
