//! Reads names of people in the spellings of files.

use std::borrow::Cow;
use std::hash::Hash;

use super::cell::Cell;
use super::distinct::{DistinctItem, DistinctList};
use super::lists::{self, Members};
use super::nulls::is_null;
use super::titles;
use crate::config::limits;
use crate::import::errors::RecordError;
use crate::import::field::Field;
use crate::movie::{CastMember, CrewMember, PersonRef};

/// A person, and the job or the character in a movie.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Credit {
    /// IMDb's id if the file has it, otherwise the full name.
    name: String,
    person: Option<String>,
    job: Option<String>,
    department: Option<String>,
    characters: Vec<String>,
}

/// Parts of one name that can follow a comma.
const SUFFIXES: [&str; 10] = [
    "jr", "jr.", "sr", "sr.", "ii", "iii", "iv", "md", "ph.d.", "esq.",
];

impl DistinctItem for Credit {
    fn key(&self) -> impl Hash + Eq {
        (&self.name, &self.job)
    }

    fn join(&mut self, same: Credit) {
        for character in same.characters {
            self.add_character(character);
        }
    }
}

/// The people of one field.
type Credits = DistinctList<Credit>;

impl Cell<'_> {
    /// People: a list, or a text that separates their names.
    ///
    /// # Errors
    /// Another value, or more people than the field takes.
    pub fn into_credits(self, field: Field) -> Result<Vec<Credit>, RecordError> {
        // A list of the crew may contain directors and writers, too.
        let lists = if field == Field::Crew { 3 } else { 1 };
        let mut credits = Credits::new(lists * limits::MAX_CREDITS);
        self.add_credits(field, &mut credits)?;
        credits.into_items(field)
    }

    fn add_credits(self, field: Field, credits: &mut Credits) -> Result<(), RecordError> {
        match self.known() {
            Cell::Missing => {}
            Cell::Text(text) => match lists::in_brackets(&text, field)? {
                Some(list) => list.add_credits(field, credits)?,
                None => add_text(credits, &text),
            },
            Cell::Columns(cells) => {
                for cell in cells {
                    cell.add_credits(field, credits)?;
                }
            }
            Cell::List(members) => {
                for member in members {
                    match member.known() {
                        _ if credits.is_over() => break,
                        Cell::Text(text) => add(credits, Credit::from_text(&text)),
                        member => member.add_credits(field, credits)?,
                    }
                }
            }
            Cell::Object(members) => add(credits, Credit::from_members(&members)),
            other => {
                let reason = format!("{field} is {}, it has to be names of people", other.shown());
                return Err(RecordError::with_field(field, reason));
            }
        }
        Ok(())
    }
}

fn add(credits: &mut Credits, credit: Option<Credit>) {
    if let Some(credit) = credit {
        credits.add(credit);
    }
}

/// Adds the people of a text.
fn add_text(credits: &mut Credits, text: &str) {
    let text = titles::decode_entities(text);
    // A new line between names with commas is white space.
    let separators: [&[char]; 4] = [&['|'], &[';'], &[',', '、', '，', '·', '•'], &['\n', '\r']];
    let separator = separators
        .iter()
        .find(|chars| text.trim().contains(**chars));
    let Some(separator) = separator else {
        return add_joined(credits, &text);
    };
    let mut parts = outside_brackets(&text, separator).peekable();
    while let Some(part) = parts.next().filter(|_| !credits.is_over()) {
        let mut name = Cow::Borrowed(part);
        while let Some(suffix) = parts.next_if(|part| is_suffix(part)) {
            let name = name.to_mut();
            name.push_str(", ");
            name.push_str(suffix.trim());
        }
        add_joined(credits, &name);
    }
}

fn is_suffix(part: &str) -> bool {
    let part = part.trim();
    SUFFIXES
        .iter()
        .any(|suffix| suffix.eq_ignore_ascii_case(part))
}

/// The parts of a text between separators that are not in brackets.
fn outside_brackets<'t>(text: &'t str, separator: &'t [char]) -> impl Iterator<Item = &'t str> {
    let mut depth = 0_u32;
    text.split(move |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && separator.contains(&c)
    })
}

/// Adds the people of a text like `Phil Lord & Christopher Miller`. They are two if both have a
/// first and a last name.
fn add_joined(credits: &mut Credits, text: &str) {
    for joint in [" & ", " and ", " / "] {
        let parts: Vec<&str> = text.split(joint).map(str::trim).collect();
        if parts.len() > 1 && parts.iter().all(|part| part.contains(' ')) {
            return parts.iter().for_each(|part| add_joined(credits, part));
        }
    }
    add(credits, Credit::from_text(text));
}

/// Whether a text is an id of a person, as IMDb writes it.
fn is_imdb_id(text: &str) -> bool {
    let digits = text.strip_prefix("nm").unwrap_or_default();
    (7..=10).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

impl Credit {
    fn new(full_name: &str) -> Option<Credit> {
        let name = titles::clean(&titles::decode_entities(full_name)).into_owned();
        if is_null(&name) {
            return None;
        }
        let is_id = is_imdb_id(&name);
        Some(Credit {
            person: (!is_id).then(|| name.clone()),
            name,
            ..Credit::default()
        })
    }

    /// `Mario Puzo (novel)`: a name, and the job or the character.
    fn from_text(text: &str) -> Option<Credit> {
        let text = text.trim();
        let Some((name, inside)) = titles::last_brackets(text) else {
            return Credit::new(text);
        };
        let mut credit = Credit::new(name)?;
        let is_number = !inside.is_empty() && inside.chars().all(|c| "IVX".contains(c));
        if !is_number {
            credit.job = Some(titles::clean(inside).into_owned()).filter(|job| !job.is_empty());
        }
        Some(credit)
    }

    /// An object such as `{"id": 31, "name": "Ann Lee", "character": "Eve"}`.
    fn from_members(members: &Members<'_>) -> Option<Credit> {
        let text = |keys: &[&str]| lists::text_of(members, keys);
        let ids = ["imdb_id", "imdbid", "nconst", "id", "imdb"];
        let mut ids = ids.iter().filter_map(|key| text(&[key]));
        let id = ids.find(|id| is_imdb_id(id));
        let person = lists::member(members, &["person", "actor", "full_name", "primaryname"]);
        let name = text(&["name", "title"]);
        let mut credit = match (person, name) {
            (Some(Cell::Object(inner)), _) => Credit::from_members(inner)?,
            (Some(person), name) => {
                let person = Credit::new(&lists::text(person)?)?;
                let name = name.unwrap_or_else(|| person.name.clone());
                Credit { name, ..person }
            }
            (None, name) => Credit::new(&name?)?,
        };
        credit.name = id.unwrap_or(credit.name);
        credit.job = text(&["job", "jobs"]);
        credit.department = text(&["department", "category"]);
        match lists::member(members, &["characters", "character", "role", "roles"]) {
            Some(Cell::Text(played)) => {
                played.split(" / ").for_each(|played| credit.plays(played));
            }
            Some(played) => {
                let names = lists::names(played.clone());
                names.iter().for_each(|name| credit.plays(name));
            }
            None => {}
        }
        Some(credit)
    }

    fn plays(&mut self, character: &str) {
        self.add_character(titles::clean(character).into_owned());
    }

    /// Adds a character. Those after the first one beyond the limit are not compared, because the
    /// credit is refused anyway.
    fn add_character(&mut self, character: String) {
        let is_full = self.characters.len() > limits::MAX_CHARACTERS;
        if !is_full && !is_null(&character) && !self.characters.contains(&character) {
            self.characters.push(character);
        }
    }

    /// The credit of a director or writer.
    pub fn into_person(self) -> PersonRef {
        let Credit {
            name, person, job, ..
        } = self;
        PersonRef { name, person, job }
    }

    /// The credit of a member of the cast. The text in brackets is the character.
    pub fn into_cast(mut self) -> CastMember {
        let played = self.job.take().filter(|job| {
            !["uncredited", "voice", "credit only"].contains(&job.to_ascii_lowercase().as_str())
        });
        if let Some(played) = played {
            self.plays(played.strip_prefix("as ").unwrap_or(&played));
        }
        let Credit {
            name,
            person,
            department,
            characters,
            ..
        } = self;
        let is_category =
            |category: &String| ["actor", "actress", "self"].contains(&category.as_str());
        CastMember {
            name,
            person,
            category: department.filter(is_category),
            characters,
        }
    }

    /// The credit of another member of the crew.
    pub fn into_crew(self) -> CrewMember {
        let Credit {
            name,
            person,
            job,
            department,
            ..
        } = self;
        let category = job.or(department).map(|job| job.to_lowercase());
        CrewMember {
            name,
            person,
            category,
            job: None,
        }
    }

    /// Whether the person directed the movie.
    pub fn is_director(&self) -> bool {
        self.job.as_deref() == Some("Director")
    }

    /// Whether the person wrote the movie.
    pub fn is_writer(&self) -> bool {
        self.department.as_deref() == Some("Writing")
    }
}
