//! The views. They belong to the connection and are not stored, so that a file contains no code.
//! docs/sql.md describes their columns.

/// Creates the views. `json_each` calls a function of a record once for a row.
pub(super) const CREATE: &str = "
CREATE TEMP VIEW titles AS
SELECT movie.name, movie.id, movie.title, movie.original_title, movie.released,
       movie.runtime_minutes, movie.genres, movie.rating, movie.votes,
       value ->> 'type' AS type, value ->> 'adult' AS adult, value ->> 'ended' AS ended,
       value ->> '$.series.name' AS series, value ->> '$.series.season' AS season,
       value ->> '$.series.episode' AS episode, value ->> 'plot' AS plot,
       value ->> 'poster' AS poster, value ->> 'language' AS language,
       value ->> 'country' AS country, value ->> 'rated' AS rated,
       value ->> 'awards' AS awards, value ->> 'website' AS website
FROM movie, json_each('[' || record(movie.name) || ']');

CREATE TEMP VIEW other_titles AS
SELECT movie.name, aka.key + 1 AS position, aka.value ->> 'title' AS title,
       aka.value ->> 'region' AS region, aka.value ->> 'language' AS language,
       aka.value ->> 'types' AS types, aka.value ->> 'attributes' AS attributes
FROM movie, json_each(record(movie.name), '$.akas') AS aka;

CREATE TEMP VIEW credits AS
SELECT movie.name, list.key AS list, credit.key + 1 AS position,
       credit.value ->> 'name' AS person_name, credit.value ->> 'person' AS person,
       credit.value ->> 'category' AS category, credit.value ->> 'job' AS job,
       credit.value ->> 'characters' AS characters
FROM movie, json_each(record(movie.name)) AS list, json_each(list.value) AS credit
WHERE list.key IN ('directors', 'writers', 'cast', 'crew');

CREATE TEMP VIEW people AS
SELECT person.key AS person_key, value ->> 'name' AS person_name, person.person,
       value ->> 'born' AS born, value ->> 'died' AS died,
       value ->> 'professions' AS professions, value ->> 'known_for' AS known_for,
       value ->> 'credits' AS credits
FROM person, json_each('[' || person_record(person_name(person.key)) || ']');

CREATE TEMP VIEW films AS
SELECT person.key AS person_key, person_name(person.key) AS person_name, person.person,
       film.key + 1 AS position, movie.name, movie.title, movie.released, movie.votes
FROM person, json_each(person_films(person.key)) AS film, movie
WHERE movie.name = film.value;

CREATE TEMP VIEW episodes AS
SELECT title_name(series.key) AS series, episode.value ->> 'season' AS season,
       episode.value ->> 'episode' AS episode, episode.value ->> 'name' AS name
FROM series, json_each(series_episodes(series.key)) AS episode;
";
