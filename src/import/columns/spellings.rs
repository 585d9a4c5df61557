//! The names that columns usually have.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::import::field::Field;

/// Columns known to hold each field, as [`spelling`] writes them, the best first.
const KNOWN_SPELLINGS: &[(Field, &str)] = &[
    (
        Field::Name,
        "name tconst const imdbid imdbtitleid idsimdb externalidsimdbid imdb imdbconst \
         titleid externalsimdb movieid filmid tmdbid idstmdb idstrakt showid id",
    ),
    (
        Field::Title,
        "title primarytitle movietitle filmtitle seriestitle moviename filmname movie film \
         movies films titles titlename titulo titre titel titolo tytul nombre pelicula \
         filmtitel filme название 片名 タイトル 제목",
    ),
    (
        Field::OriginalTitle,
        "originaltitle originalname titreoriginal originaltitel titulooriginal \
         titolooriginale 原名 原題",
    ),
    (
        Field::Released,
        "released releasedate datereleased dateofrelease releasedat releasedon datepublished \
         originalreleasedate originallyavailableat firstairdate firstaired incinemas \
         intheatersdate premiered premieredate releaseyear releasedyear yearofrelease \
         startyear titleyear movieyear filmyear year yearreleased productionyear yr jahr \
         erscheinungsjahr produktionsjahr ano anno annee rok год erscheinungsdatum \
         fechadeestreno datedesortie jaar ar vuosi 上映日期 公開日 年份 年 公開年 연도 date",
    ),
    (
        Field::RuntimeMinutes,
        "runtimeminutes runtimemins runtimemin runtime runningtimeminutes runningtimemins \
         runningtimemin runningtime durationminutes durationmins durationmin duration \
         lengthminutes lengthmin length minutes laufzeit laufzeitmin spieldauer dauer \
         duracion duracao duree durata runtimeseconds durationseconds durationsec durationinseconds lengthseconds runtimems durationms speelduur speltid varighed varighet kesto 片长 上映時間 длительность",
    ),
    (
        Field::Genres,
        "genres genre majorgenre maingenre listedin genero generos genere generi gattung \
         category categories kategorie gatunek жанр жанры 类型 シャンル 장르",
    ),
    (
        Field::Rating,
        "imdbrating imdbscore imdbratings averagerating averagevote voteaverage avgvote \
         avgrating communityrating rating userscore userrating ratingsimdbvalue ratingstmdbvalue \
         ratingsvalue ratingaverage ratingsaverage ratingvalue score bewertung wertung nota calificacion puntuacion voto ocena betyg beoordeling arvosana реитинг оценка 评分 評価 평점 \
         yourrating myrating myscore",
    ),
    (
        Field::Votes,
        "imdbvotes numvotes votecount votescount numvotedusers numberofvotes noofvotes \
         totalvotes ratingcount ratingscount numratings votes stimmen votos 评价人数 ratingsimdbvotes \
         ratingstmdbvotes ratingsvotes",
    ),
    (
        Field::Kind,
        "type titletype kind mediatype contenttype movietype typ tipo",
    ),
    (Field::Adult, "adult isadult"),
    (
        Field::Ended,
        "ended endyear yearended lastairdate lastaired enddate",
    ),
    (
        Field::Akas,
        "akas aka alsoknownas alternativetitle alternativetitles alternativetitlestitles \
         alternatetitle alternatetitles othertitles titlesynonyms synonyms",
    ),
    (
        Field::Directors,
        "directors director directorname directornames directedby regie regisseur regia \
         regista realisateur realisation realizador direccion direcao diretor режиссер 导演 監督 감독",
    ),
    (
        Field::Writers,
        "writers writer writername writernames writtenby screenwriter screenwriters \
         screenplay screenplayby authors drehbuch guion guionista sceneggiatura scenario \
         scenariste roteiro сценарии",
    ),
    (
        Field::Cast,
        "cast actors actor stars starring castmembers creditscast mainactors mainstars \
         topcast fullcast star star1 star2 star3 star4 star5 actor1name actor2name actor3name \
         actor1 actor2 actor3 actor4 actor5 darsteller besetzung schauspieler acteurs reparto \
         actores elenco актеры 主演 出演",
    ),
    (Field::Crew, "crew creditscrew"),
    (
        Field::Plot,
        "plot overview synopsis plotsummary summary storyline description movieinfo \
         longdescription shortdescription plotoutline fullplot handlung inhalt beschreibung \
         sinopsis sinopse descripcion resume trama описание 简介",
    ),
    (
        Field::Poster,
        "poster posterurl posterlink posterpath posterimage postersrc imageurl image coverurl \
         cover thumbnail imageoriginal imagemedium images",
    ),
    (
        Field::Language,
        "language languages spokenlanguages originallanguage lang sprache sprachen \
         originalsprache idioma idiomas langue langues lingua язык 语言",
    ),
    (
        Field::Country,
        "country countries productioncountries countryoforigin countriesoforigin \
         origincountry productioncountry land lander herkunftsland produktionsland pais \
         paises pays paese страна 国家 制片国家",
    ),
    (
        Field::Rated,
        "rated certificate certification contentrating mpaa mpaarating agerating agecertification \
         parentalrating maturityrating filmrating fsk altersfreigabe",
    ),
    (
        Field::Awards,
        "awards awardstext award auszeichnungen premios",
    ),
    (
        Field::Website,
        "website homepage officialsite officialwebsite",
    ),
];

/// The field of each known spelling, and the rank of the spelling in its field.
static FIELDS: LazyLock<HashMap<&str, (Field, usize)>> = LazyLock::new(|| {
    let all = Field::ALL.into_iter().flat_map(|field| {
        let known = known_spellings(field).enumerate();
        known.map(move |(place, spelling)| (spelling, (field, place)))
    });
    all.collect()
});

/// The columns known to hold a field.
pub(crate) fn known_spellings(field: Field) -> impl Iterator<Item = &'static str> {
    let known = KNOWN_SPELLINGS.iter().filter(move |(of, _)| *of == field);
    known.flat_map(|(_, spellings)| spellings.split(' '))
}

/// The place of a spelled column among the known ones.
pub(crate) fn rank(spelled: &str, field: Field) -> Option<usize> {
    let (known, place) = FIELDS.get(spelled)?;
    (*known == field).then_some(*place)
}

/// Text without case, accents, spaces and punctuation: `Running Time min` and
/// `running_time_min` are the same column, `Amélie` and `AMELIE` the same title.
pub fn spelling(column: &str) -> String {
    if column.is_ascii() {
        let letters = column.chars().filter(char::is_ascii_alphanumeric);
        return letters.map(|c| c.to_ascii_lowercase()).collect();
    }
    column
        .nfkd()
        .map(without_stroke)
        .filter(|c| c.is_alphanumeric() && !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .nfc()
        .collect()
}

/// A letter without its stroke, which is no accent for Unicode.
fn without_stroke(letter: char) -> char {
    match letter {
        'ł' | 'Ł' => 'l',
        'ø' | 'Ø' => 'o',
        'đ' | 'Đ' => 'd',
        'ı' => 'i',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_spelling_is_known_for_two_fields_or_written_as_no_column_is() {
        let all = Field::ALL.iter().flat_map(|field| known_spellings(*field));
        let mut seen = Vec::new();
        for known in all {
            assert_eq!(spelling(known), known);
            assert!(!seen.contains(&known), "{known}");
            seen.push(known);
        }
    }

    #[test]
    fn the_documentation_lists_every_spelling() {
        let page = include_str!("../../../docs/importing.md");
        for field in Field::ALL {
            let spellings: Vec<&str> = known_spellings(field).collect();
            let spellings = spellings.join("`, `");
            let row = format!("| `{field}` | `{spellings}` |");
            assert!(page.contains(&row), "{row}");
        }
    }

    #[test]
    fn accents_and_punctuation_do_not_matter() {
        for (column, spelled) in [
            ("Runtime (mins)", "runtimemins"),
            ("Título", "titulo"),
            ("Durée", "duree"),
            ("Tytuł", "tytul"),
            ("År", "ar"),
            ("ids.imdb", "idsimdb"),
            ("Année", "annee"),
            ("タイトル", "タイトル"),
        ] {
            assert_eq!(spelling(column), spelled);
        }
    }
}
