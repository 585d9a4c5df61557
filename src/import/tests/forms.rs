//! One small file in each format, and the movies that its import must give.

use super::*;
use crate::import::DateOrder;

/// A file and its movies.
pub(super) struct Form {
    pub name: &'static str,
    /// The options that a user gives, as on the command line.
    pub flags: &'static str,
    pub file: &'static [u8],
    pub movies: &'static [&'static str],
    pub errors: &'static [&'static str],
}

pub(super) const fn form(
    name: &'static str,
    file: &'static [u8],
    movies: &'static [&'static str],
) -> Form {
    Form {
        name,
        flags: "",
        file,
        movies,
        errors: &[],
    }
}

fn options(flags: &str) -> ImportOptions {
    let mut options = ImportOptions::default();
    let mut words = flags.split(' ').filter(|word| !word.is_empty());
    while let Some(flag) = words.next() {
        let mut value = || words.next().unwrap().replace('+', " ");
        match flag {
            "--lenient" => options.lenient = true,
            "--dates" => options.dates = Some(value().parse::<DateOrder>().unwrap()),
            "--rating-scale" => options.rating_scale = value().parse().ok(),
            "--encoding" => options.encoding = Some(value()),
            "--skip-lines" => options.skip_lines = value().parse().unwrap(),
            "--columns" => options.columns = value().split(',').map(str::to_owned).collect(),
            "--key" => options.key = Some(value()),
            "--map" => options.maps.push(value().parse().unwrap()),
            "--prefix" => options.prefix = value(),
            other => panic!("no flag {other}"),
        }
    }
    options
}

#[test]
fn every_form_gives_its_movies() {
    let forms: Vec<&Form> = TABLES
        .iter()
        .chain(JSON)
        .chain(super::forms_text::FORMS)
        .collect();
    assert!(forms.len() >= 60, "{} forms", forms.len());
    let mut wrong = String::new();
    for form in forms {
        let files = Files::new();
        let path = files.write("f", form.file);
        let (movies, errors) = match open(&path, &options(form.flags)) {
            Ok(_) => {
                let outcome = files.import(&path, &options(form.flags));
                (outcome.movies, outcome.errors)
            }
            Err(error) => (Vec::new(), vec![files.shorten(&error.to_string())]),
        };
        if movies != form.movies || errors != form.errors {
            wrong += &format!(
                "{}:\n  movies {movies:#?}\n  instead of {:#?}\n  errors {errors:#?}\n  instead of {:#?}\n",
                form.name, form.movies, form.errors
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

const TABLES: &[Form] = &[
    form("a line of a spreadsheet before the header", b"My list,,\n,,\nTitle,Year,Seen\nKite,1999,yes\n", &["kite-1999 | Kite | 1999"]),
    form("certificates in the column of ratings", b"name,rating,year,score,votes\nKite,PG-13,1999,7.5,927000.0\nWind,R,2001,8,12\nSun,Not Rated,2002,,\n", &["kite-1999 | Kite | 1999 | 7.5 of 927000", "wind-2001 | Wind | 2001 | 8 of 12", "sun-2002 | Sun | 2002"]),
    form("running times in seconds", b"title,runtime\nA,5400\nB,6300.0\nC,900\nD,2h\n", &["a | A | 90 min", "b | B | 105 min", "c | C | 15 min", "d | D | 120 min"]),
    form("running times in milliseconds", b"title,duration_ms\nA,5400000\n", &["a | A | 90 min"]),
    form("a long running time", b"title,runtime\nA,\"1,420\"\nB,90\nC,24 min. per ep.\nD,95'\n", &["a | A | 1420 min", "b | B | 90 min", "c | C | 24 min", "d | D | 95 min"]),
    form("movies without votes", b"title,vote_average,vote_count\nA,0.0,0\nB,0.0,3\nC,6.5,0\n", &["a | A | of 0", "b | B | 0 of 3", "c | C | 6.5 of 0"]),
    form("a year of Box Office Mojo", b"Rank,Release,Gross,Running Time,Release Date\n1,Kite,\"$636,225,983\",1 hr 54 min,\"Jul 21, 2023\"\n", &["kite-2023 | Kite | 2023-07-21 | 114 min"]),
    form("a year that is none, in imdb_top_1000.csv", b"Series_Title,Released_Year,IMDB_Rating,No_of_Votes\nKite,PG,7.5,12\n", &["kite | Kite | 7.5 of 12"]),
    form("columns in Chinese", "片名,年份,类型,评分\n风筝,1999,剧情,8.5\n".as_bytes(), &["风筝-1999 | 风筝 | 1999 | 剧情 | 8.5"]),
    form("commas", b"title,year\nKite,1999\n", &["kite-1999 | Kite | 1999"]),
    form("semicolons and a decimal comma", b"Titel;Jahr;Bewertung\nDrachen;1999;7,5\n", &["drachen-1999 | Drachen | 1999 | 7.5"]),
    form("tabs", b"title\tyear\nKite\t1999\n", &["kite-1999 | Kite | 1999"]),
    form("pipes", b"movie id|movie title|release date\n7|Kite (1999)|01-Jan-1999\n", &["7 | Kite | 1999-01-01"]),
    form("two colons", b"id::title::year\n7::Kite: A Story::1999\n", &["7 | Kite: A Story | 1999"]),
    form("a line sep=", b"sep=;\r\ntitle;year\r\nKite, again;1999\r\n", &["kite-again-1999 | Kite, again | 1999"]),
    form("lines that end in CR", b"title,year\rKite,1999\rWind,2001\r", &["kite-1999 | Kite | 1999", "wind-2001 | Wind | 2001"]),
    form("a table of Markdown", b"| Title | Year |\n|---|:---:|\n| Kite | 1999 |\n", &["kite-1999 | Kite | 1999"]),
    form("blank and comment lines", b"# my list\n\ntitle,year\n\n# the best\nKite,1999\n   \n#Wind,2001\n", &["kite-1999 | Kite | 1999", "wind-2001 | #Wind | 2001"]),
    form("a preamble", b"Movies of the club\nwritten in May\n\ntitle,year\nKite,1999\n", &["kite-1999 | Kite | 1999"]),
    Form { flags: "--skip-lines 2", ..form("lines that are skipped", b"title,old\n---,---\ntitle,year\nKite,1999\n", &["kite-1999 | Kite | 1999"]) },
    Form { flags: "--columns title,-,year", ..form("no header", b"Kite,x,1999\nWind,y,2001\n", &["kite-1999 | Kite | 1999", "wind-2001 | Wind | 2001"]) },
    form("backslashes before quotes", b"\"title\",\"year\"\n\"The \\\"Kite\\\", again\",\"1999\"\n\"C:\\\\\",\"2001\"\n", &["the-kite-again-1999 | The \"Kite\", again | 1999", "c-2001 | C:\\ | 2001"]),
    form("quotes inside quotes", b"title,year\nThe \"Kite\" Man,1999\n\"A \"kite\" here\",2001\n", &["the-kite-man-1999 | The \"Kite\" Man | 1999", "a-kite-here-2001 | A \"kite\" here | 2001"]),
    Form { errors: &["f:2: the value in column 1 has text after its closing quote, double the quotes inside of it"], ..form("text after a quote", b"title,year\n\"Kite\" (again),1999\nWind,2001\n", &["wind-2001 | Wind | 2001"]) },
    form("spaces around quotes", b"title, year\n\"Kite, again\" , \"1999\"\n", &["kite-again-1999 | Kite, again | 1999"]),
    form("a newline in quotes", b"title,year\n\"Kite\nagain\",1999\n", &["kite-again-1999 | Kite again | 1999"]),
    form("rows that end early", b"Const,Title,Year,Genres\ntt0000101,Kite\ntt0000102,Wind,2001\n", &["tt0000101 | Kite", "tt0000102 | Wind | 2001"]),
    form("a single column", b"title\nKite\nWind, and Rain\nSun\n", &["kite | Kite", "wind-and-rain | Wind, and Rain", "sun | Sun"]),
    form("day first by one date of the file", b"title,date\nA,07/05/2010\nB,25/08/2010\n", &["a-2010 | A | 2010-05-07", "b-2010 | B | 2010-08-25"]),
    form("month first by one date of the file", b"title,date\nA,07/05/2010\nB,08/25/2010\n", &["a-2010 | A | 2010-07-05", "b-2010 | B | 2010-08-25"]),
    Form { flags: "--dates month-first", ..form("month first by option", b"title,date\nA,07/05/2010\n", &["a-2010 | A | 2010-07-05"]) },
    Form { errors: &["f:2: column `date`: released `07/05/2010` may be day or month first, 2010-05-07 or 2010-07-05"], ..form("both orders in one file", b"title,date\nA,07/05/2010\nB,25/08/2010\nC,08/25/2010\n", &["b-2010 | B | 2010-08-25", "c-2010 | C | 2010-08-25"]) },
    form("dates in words", b"title;released\nA;June 13, 1980 (United States)\nB;8-Nov-13\nC;13. Juni 1980\n", &["a-1980 | A | 1980-06-13", "b-2013 | B | 2013-11-08", "c-1980 | C | 1980-06-13"]),
    form("years in brackets", b"name,year\nA,(2003)\nB,(I) (2018)\nC,-1999\n", &["a-2003 | A | 2003", "b-2018 | B | 2018", "c-1999 | C | 1999"]),
    form("the next column where the best is empty", b"Const,Title,Year,Release Date\ntt0000001,A,2019,\ntt0000002,B,2020,N/A\ntt0000003,C,2021,2021-02-03\n", &["tt0000001 | A | 2019", "tt0000002 | B | 2020", "tt0000003 | C | 2021-02-03"]),
    form("years of spreadsheets", b"title,year\nA,1999.0\nB,0\nC,2006-2007\n", &["a-1999 | A | 1999", "b | B", "c-2006 | C | 2006"]),
    form("running times", b"title,runtime\nA,2h 22m\nB,1h\nC,PT1H5M\nD,2:05\nE,142 Minutes\n", &["a | A | 142 min", "b | B | 60 min", "c | C | 65 min", "d | D | 125 min", "e | E | 142 min"]),
    form("numbers with units", b"title;votes;rating\nA;1.2M;8.1/10\nB;1 234 567;81%\nC;1.234;\xe2\x98\x85\xe2\x98\x85\xe2\x98\x85\xe2\x98\x86\xe2\x98\x86\n", &["a | A | 8.1 of 1200000", "b | B | 8.1 of 1234567", "c | C | 6 of 1234"]),
    Form { flags: "--rating-scale 5", ..form("ratings out of five", b"title,rating\nA,4.5\nB,3/4\n", &["a | A | 9", "b | B | 7.5"]) },
    form("words for nothing", b"title,year,rating,votes,runtime,genre\nNone,N/A,Not rated,-,NaN,none\n", &["none | None"]),
    form("genres of Python", b"title,genres\nA,\"['Drama', 'War']\"\nB,\"[{'id': 1, 'name': 'Drama'}, {'id': 2, 'name': \"\"Children's\"\"}]\"\nC,[]\n", &["a | A | Drama+War", "b | B | Drama+Children's", "c | C"]),
    form("genres of PostgreSQL and of slashes", b"title;genres\nA;{Drama,\"Science Fiction\"}\nB;Drama / War\nC;Drama & War\nD;Thriller/Suspense\nE;Action Science Fiction\n", &["a | A | Drama+Science Fiction", "b | B | Drama+War", "c | C | Drama+War", "d | D | Thriller/Suspense", "e | E | Action+Science Fiction"]),
    form("entities", b"title,genres\nTom &amp; Ann&#39;s Caf&eacute;,Drama &amp; War\n", &["tom-anns-café | Tom & Ann's Café | Drama+War"]),
    form("titles with years", b"id,title,genre\n1,Kite (1999),War\n2,\"Kite, The (2001)\",Drama\n", &["1 | Kite | 1999 | War", "2 | The Kite | 2001 | Drama"]),
    form("MovieLens with an index and links", b",movieId,title,genres,imdbId,tmdbId\n0,1,\"Kite, The (Cerf-volant, Le) (1999)\",War|Drama,0000101,7\n", &["1 | The Kite / Le Cerf-volant | 1999 | War+Drama"]),
    form("MovieLens's movies.dat", b"1::Kite, The (1999)::Animation|Children's\n2::Wind (2001)::Drama\n", &["1 | The Kite | 1999 | Animation+Children's", "2 | Wind | 2001 | Drama"]),
    form("MovieLens's u.item in Latin-1", b"1|Caf\xe9, Le (1995)|01-Jan-1995||http://x/|0|0|0|0|0|1|0|0|1|0|0|0|0|0|0|0|0|0|0\n2|Wind (1996)|01-Jan-1996||http://x/|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|1|0\n", &["1 | Le Café | 1995-01-01 | Comedy+Drama", "2 | Wind | 1996-01-01 | War"]),
    form("IMDb's list", b"Position,Const,Created,Modified,Description,Title,Original Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres,Num Votes,Release Date,Directors,Your Rating,Date Rated\n1,tt0000101,2024-01-01,2024-01-01,,The Kite,Cerf-volant,https://x/,Movie,7.5,95,1999,\"Drama, War\",1204,1999-06-01,Ann,9,2024-02-02\n", &["tt0000101 | The Kite / Cerf-volant | 1999-06-01 | 95 min | Drama+War | 7.5 of 1204"]),
    form("IMDb's ratings", b"Const,Your Rating,Date Rated,Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres,Num Votes,Release Date,Directors\ntt0000101,9,2024-02-02,The Kite,https://x/,Movie,7.5,95,1999,Drama,1204,1999-06-01,Ann\n", &["tt0000101 | The Kite | 1999-06-01 | 95 min | Drama | 7.5 of 1204"]),
    form("IMDb's titles as csv", b",tconst,titleType,primaryTitle,originalTitle,isAdult,startYear,endYear,runtimeMinutes,genres\n0,tt0000901,short,Kite,Kite,0,1899,\\N,2,\"Documentary,Short\"\n", &["tt0000901 | Kite | 1899 | 2 min | Documentary+Short"]),
    form("Letterboxd's watched movies", b"Date,Name,Year,Letterboxd URI\n2024-01-05,Kite,1999,https://boxd.it/1\n", &["kite-1999 | Kite | 1999"]),
    form("Letterboxd's ratings", b"Date,Name,Year,Letterboxd URI,Rating\n2024-01-05,Kite,1999,https://boxd.it/1,4.5\n", &["kite-1999 | Kite | 1999 | 9"]),
    form("Letterboxd's diary", b"Date,Name,Year,Letterboxd URI,Rating,Rewatch,Tags,Watched Date\n2024-01-05,Kite,1999,https://boxd.it/1,4,,,2024-01-04\n2024-03-05,Kite,1999,https://boxd.it/2,5,Yes,,2024-03-04\n", &["kite-1999 | Kite | 1999 | 8", "kite-1999 | Kite | 1999 | 10"]),
    form("a list of Letterboxd", b"Letterboxd list export v7\nDate,Name,Tags,URL,Description\n2024-01-01,Best,,https://boxd.it/l,\n\nPosition,Name,Year,URL,Description\n1,Kite,1999,https://boxd.it/1,\n2,Wind,2001,https://boxd.it/2,good\n", &["kite-1999 | Kite | 1999", "wind-2001 | Wind | 2001"]),
    form("imdb_top_1000.csv", b"Poster_Link,Series_Title,Released_Year,Certificate,Runtime,Genre,IMDB_Rating,Overview,Meta_score,Director,Star1,No_of_Votes,Gross\nhttps://x/,Kite,1999,A,142 min,Drama,9.3,\"One, two\",80,Ann,Bob,\"2,343,110\",\"28,341,469\"\n", &["kite-1999 | Kite | 1999 | 142 min | Drama | 9.3 of 2343110"]),
    form("netflix_titles.csv", b"show_id,type,title,director,cast,country,date_added,release_year,rating,duration,listed_in,description\ns1,Movie,Kite,,,,\"September 25, 2021\",1999,PG-13,90 min,\"Dramas, Children & Family Movies\",x\ns2,TV Show,Wind,,,,\"September 24, 2021\",2001,TV-MA,2 Seasons,TV Dramas,x\n", &["s1 | Kite | 1999 | 90 min | Dramas+Children & Family Movies", "s2 | Wind | 2001 | TV Dramas"]),
    form("movies_metadata.csv", b"adult,belongs_to_collection,genres,id,imdb_id,original_title,release_date,runtime,title,vote_average,vote_count\nFalse,,\"[{'id': 16, 'name': 'Animation'}]\",862,tt0000862,Kite,1995-10-30,81.0,Kite,7.7,5415.0\n", &["tt0000862 | Kite | 1995-10-30 | 81 min | Animation | 7.7 of 5415"]),
    form("movies_metadata.csv without one id of IMDb", b"belongs_to_collection,id,imdb_id,title,vote_average\n,862,tt0000862,Kite,7.7\n,863,,Wind,6\n", &["862 | Kite | 7.7", "863 | Wind | 6"]),
    form("tmdb_5000_movies.csv", b"budget,genres,homepage,id,keywords,original_title,release_date,runtime,status,title,vote_average,vote_count\n1,\"[{\"\"id\"\": 28, \"\"name\"\": \"\"Action\"\"}]\",http://x/,19995,[],Kite,2009-12-10,162,Released,Kite,7.2,11800\n", &["19995 | Kite | 2009-12-10 | 162 min | Action | 7.2 of 11800"]),
    form("a spreadsheet in Spanish", b"T\xc3\xadtulo;A\xc3\xb1o;Duraci\xc3\xb3n;G\xc3\xa9nero;Nota\nCometa;1999;95 min;Drama;7,5\n", &["cometa-1999 | Cometa | 1999 | 95 min | Drama | 7.5"]),
    Form { flags: "--lenient", ..form("values that are left unknown", b"title,year,rating\nKite,soon,PG-13\nWind,2001,7\n", &["kite | Kite", "wind-2001 | Wind | 2001 | 7"]) },
    Form { flags: "--lenient", errors: &["f:3: title is missing, a movie cannot be without one"], ..form("a title that is missing in spite of it", b"title,year\nKite,1999\n,2001\n", &["kite-1999 | Kite | 1999"]) },
    Form { errors: &["f:2: the row has 3 columns and the header 2, a separator may need quotes"], ..form("too many values", b"title,year\nThe Good, the Bad,1966\n", &[]) },
];

const JSON: &[Form] = &[
    form("TVmaze", br#"[{"id":1,"name":"Kite","genres":["Drama"],"premiered":"1999-06-24","rating":{"average":6.5},"externals":{"imdb":"tt0000101"}}]"#, &["tt0000101 | Kite | 1999-06-24 | Drama | 6.5"]),
    form("GeoJSON", br#"{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"coordinates":[1,2]},"properties":{"title":"Kite","year":1999}}]}"#, &["kite-1999 | Kite | 1999"]),
    form("json array", br#"[{"title":"Kite","year":1999}]"#, &["kite-1999 | Kite | 1999"]),
    form("json lines", b"{\"title\":\"Kite\",\"year\":1999}\n{\"title\":\"Wind\",\"year\":\"2001\"}\n", &["kite-1999 | Kite | 1999", "wind-2001 | Wind | 2001"]),
    form("json objects", b"{\n \"title\": \"Kite\"\n}\n{\n \"title\": \"Wind\"\n}\n", &["kite | Kite", "wind | Wind"]),
    form("a list below a key", br#"{"movies":[{"title":"Kite"}],"count":1}"#, &["kite | Kite"]),
    form("pages of TMDB", b"{\"page\":1,\"results\":[{\"id\":7,\"title\":\"Kite\",\"release_date\":\"1999-01-02\",\"vote_average\":7.1,\"vote_count\":12}],\"total_pages\":2}\n{\"page\":2,\"results\":[{\"id\":8,\"title\":\"Wind\",\"release_date\":\"\",\"vote_average\":6,\"vote_count\":3}]}\n", &["7 | Kite | 1999-01-02 | 7.1 of 12", "8 | Wind | 6 of 3"]),
    form("objects by id", br#"{"tt01":{"title":"Kite","year":1999},"tt02":{"title":"Wind"}}"#, &["tt01 | Kite | 1999", "tt02 | Wind"]),
    form("GraphQL", br#"{"data":{"films":{"edges":[{"node":{"title":"Kite","year":1999}}]}}}"#, &["kite-1999 | Kite | 1999"]),
    form("Trakt's history", br#"[{"rated_at":"2024-01-01","rating":9,"type":"movie","movie":{"title":"Kite","year":1999,"ids":{"trakt":7,"slug":"kite-1999","imdb":"tt0000101","tmdb":8}}}]"#, &["tt0000101 | Kite | 1999 | 9"]),
    form("lines with a movie inside", b"{\"n\":1,\"movie\":{\"title\":\"Kite\",\"year\":1999}}\n{\"n\":2,\"movie\":{\"title\":\"Wind\",\"year\":2001}}\n", &["kite-1999 | Kite | 1999", "wind-2001 | Wind | 2001"]),
    form("TMDB's daily ids", b"{\"adult\":false,\"id\":7,\"original_title\":\"Kite\",\"popularity\":1.5,\"video\":false}\n", &["7 | Kite"]),
    form("answers of OMDb", b"{\"Title\":\"Kite\",\"Year\":\"2008\xe2\x80\x932013\",\"Released\":\"N/A\",\"Runtime\":\"1 h 30 min\",\"Genre\":\"Crime, Drama\",\"imdbRating\":\"9.5\",\"imdbVotes\":\"1,234,567\",\"imdbID\":\"tt0000747\",\"Ratings\":[{\"Source\":\"x\",\"Value\":\"9.5/10\"}],\"Response\":\"True\"}\n{\"Response\":\"False\",\"Error\":\"Movie not found!\"}\n", &["tt0000747 | Kite | 2008 | 90 min | Crime+Drama | 9.5 of 1234567"]),
    form("Meilisearch's movies", br#"[{"id":2,"title":"Kite","overview":"x","genres":["Drama"],"poster":"https://x/","release_date":593395200},{"id":3,"title":"Wind","overview":"x","genres":[],"poster":"https://x/","release_date":-55123200}]"#, &["2 | Kite | 1988-10-21 | Drama", "3 | Wind | 1968-04-03"]),
    form("Wikipedia's movie data", br#"[{"title":"Kite","year":1999,"cast":["Ann"],"genres":["Drama","War"],"href":"Kite_(film)"}]"#, &["kite-1999 | Kite | 1999 | Drama+War"]),
    form("a dump of MongoDB", b"{\"_id\":{\"$oid\":\"573a1390\"},\"title\":\"Kite\",\"year\":{\"$numberInt\":\"1893\"},\"runtime\":{\"$numberInt\":\"1\"},\"imdb\":{\"rating\":{\"$numberDouble\":\"6.2\"},\"votes\":{\"$numberInt\":\"1189\"},\"id\":{\"$numberInt\":\"5\"}},\"released\":{\"$date\":{\"$numberLong\":\"-2418768000000\"}}}\n", &["573a1390 | Kite | 1893-05-09 | 1 min | 6.2 of 1189"]),
    form("hits of a search engine", b"{\"_index\":\"m\",\"_source\":{\"title\":\"Kite\",\"year\":1999}}\n", &["kite-1999 | Kite | 1999"]),
    form("movies and series of different names", br#"[{"id":1,"title":"Kite","release_date":"1999-01-02"},{"id":2,"name":"Wind","first_air_date":"2001-02-03"}]"#, &["1 | Kite | 1999-01-02", "2 | Wind | 2001-02-03"]),
];
