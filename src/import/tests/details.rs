//! Tests of details in the spellings of real files.

use super::*;
use crate::movie::Details;

/// The known details of a movie, as `field=value`.
fn known(details: &Details) -> Vec<String> {
    let person = |name: &str, person: &Option<String>, more: &[Option<&str>]| {
        let full = person.as_deref().filter(|full| *full != name);
        let words = [Some(name), full].into_iter().chain(more.iter().copied());
        words.flatten().collect::<Vec<_>>().join("/")
    };
    let mut known = Vec::new();
    for field in crate::movie::DETAIL_FIELDS {
        let people: Vec<String> = match field.name {
            "directors" => details
                .directors
                .iter()
                .map(|p| person(&p.name, &p.person, &[p.job.as_deref()]))
                .collect(),
            "writers" => details
                .writers
                .iter()
                .map(|p| person(&p.name, &p.person, &[p.job.as_deref()]))
                .collect(),
            "cast" => details
                .cast
                .iter()
                .map(|p| {
                    let played: Vec<Option<&str>> =
                        p.characters.iter().map(|c| Some(c.as_str())).collect();
                    person(&p.name, &p.person, &played)
                })
                .collect(),
            "crew" => details
                .crew
                .iter()
                .map(|p| person(&p.name, &p.person, &[p.category.as_deref()]))
                .collect(),
            "akas" => details
                .akas
                .iter()
                .map(|aka| {
                    person(
                        &aka.title,
                        &None,
                        &[aka.region.as_deref(), aka.language.as_deref()],
                    )
                })
                .collect(),
            name => Some(details.plain(name).into_owned())
                .filter(|text| !text.is_empty())
                .into_iter()
                .collect(),
        };
        if !people.is_empty() {
            known.push(format!("{}={}", field.name, people.join("+")));
        }
    }
    known
}

/// The details of all movies of a file, and the values that could not be read.
fn read(text: &[u8], options: &ImportOptions) -> (Vec<Vec<String>>, Vec<String>) {
    let files = Files::new();
    let mut movies = open(&files.write("f", text), options).unwrap();
    let mut all = Vec::new();
    while let Some(row) = movies.next_view() {
        let row = row.unwrap_or_else(|error| panic!("{error}"));
        let details = row.details.cloned().unwrap_or_default();
        details.check().unwrap();
        all.push(known(&details));
    }
    let dropped = movies.notes().unreported.drain(..);
    let dropped = dropped
        .map(|error| files.shorten(&error.to_string()))
        .collect();
    (all, dropped)
}

#[track_caller]
fn details(text: &str, expected: &[&[&str]]) {
    let (found, dropped) = read(text.as_bytes(), &ImportOptions::default());
    assert_eq!(found, expected, "{text}");
    assert!(dropped.is_empty(), "{dropped:?}");
}

#[test]
fn answers_of_omdb_are_read() {
    details(
        "{\"Title\":\"Kite\",\"Year\":\"1999\",\"Rated\":\"Not Rated\",\"Director\":\"Ann Lee, Bo Ek\",\"Writer\":\"Cy Fox (novel), Ann Lee (screenplay, story)\",\"Actors\":\"Dee Ash, Sam Roe, Jr.\",\"Plot\":\"A kite &amp; a wind.\",\"Language\":\"English, French\",\"Country\":\"United States\",\"Awards\":\"N/A\",\"Poster\":\"https://p.example/k.jpg\",\"imdbID\":\"tt0000101\",\"Type\":\"series\",\"Website\":\"N/A\",\"Response\":\"True\"}\n",
        &[&[
            "type=tvSeries",
            "directors=Ann Lee+Bo Ek",
            "writers=Cy Fox/novel+Ann Lee/screenplay, story",
            "cast=Dee Ash+Sam Roe, Jr.",
            "plot=A kite & a wind.",
            "poster=https://p.example/k.jpg",
            "language=English, French",
            "country=United States",
            "rated=Not Rated",
        ]],
    );
}

#[test]
fn dumps_of_tmdb_are_read() {
    details(
        "adult,genres,homepage,id,imdb_id,original_language,overview,poster_path,production_countries,spoken_languages,status,title,video,vote_average,belongs_to_collection\n\
         False,[],http://k.example/,862,tt0000862,en,\"A kite, flown.\",/rhIRbceoE9lR4veEXuwCC2wARtG.jpg,\"[{'iso_3166_1': 'US', 'name': 'United States of America'}, {'iso_3166_1': 'FR', 'name': 'France'}]\",\"[{'iso_639_1': 'en', 'name': 'English'}]\",Released,Kite,False,7.7,\n\
         True,[],,863,tt0000863,fr,No overview found.,,[],[],Released,Wind,False,7,\n",
        &[
            &[
                "adult=false",
                "plot=A kite, flown.",
                "poster=https://image.tmdb.org/t/p/w500/rhIRbceoE9lR4veEXuwCC2wARtG.jpg",
                "language=English",
                "country=United States of America, France",
                "website=http://k.example/",
            ],
            &["adult=true", "language=fr"],
        ],
    );
    let credits = r#"[{"id":7,"title":"Kite","credits":{"cast":[{"id":31,"name":"Dee Ash","character":"Eve / Narrator (voice)","order":0},{"id":32,"name":"Sam Roe","character":"","order":1}],"crew":[{"job":"Director","department":"Directing","name":"Ann Lee"},{"job":"Screenplay","department":"Writing","name":"Cy Fox"},{"job":"Editor","department":"Editing","name":"Bo Ek"}]}}]"#;
    let expected: &[&str] = &[
        "directors=Ann Lee",
        "writers=Cy Fox/Screenplay",
        "cast=Dee Ash/Eve/Narrator (voice)+Sam Roe",
        "crew=Bo Ek/editor",
    ];
    details(credits, &[expected]);
    let table = "movie_id,title,cast,crew\n7,Kite,\"[{\"\"cast_id\"\": 1, \"\"character\"\": \"\"Eve\"\", \"\"name\"\": \"\"Dee Ash\"\"}]\",\"[{\"\"job\"\": \"\"Director\"\", \"\"name\"\": \"\"Ann Lee\"\"}]\"\n";
    details(table, &[&["directors=Ann Lee", "cast=Dee Ash/Eve"]]);
}

#[test]
fn sets_of_kaggle_are_read() {
    details(
        "Poster_Link,Series_Title,Released_Year,Certificate,Runtime,Genre,IMDB_Rating,Overview,Meta_score,Director,Star1,Star2,Star3,Star4,No_of_Votes,Gross\n\
         https://x.example/a.jpg,Kite,1999,U/A,142 min,Drama,9.3,\"One, two\",80,Ann Lee,Dee Ash,Sam Roe,,Dee Ash,2343110,\n",
        &[&[
            "directors=Ann Lee",
            "cast=Dee Ash+Sam Roe",
            "plot=One, two",
            "poster=https://x.example/a.jpg",
            "rated=U/A",
        ]],
    );
    details(
        "show_id,type,title,director,cast,country,date_added,release_year,rating,duration,listed_in,description\n\
         s1,TV Show,Kite,,\"Dee Ash, Sam Roe\",\"France, Belgium\",\"May 1, 2021\",1999,TV-MA,2 Seasons,Dramas,Wind.\n",
        &[&[
            "type=tvSeries",
            "cast=Dee Ash+Sam Roe",
            "plot=Wind.",
            "country=France, Belgium",
            "rated=TV-MA",
        ]],
    );
    details(
        "color,director_name,actor_2_name,actor_1_name,movie_title,language,country,content_rating,title_year,actor_3_name,actor_1_facebook_likes\n\
         Color,Ann Lee,Sam Roe,Dee Ash,Kite,English,USA,PG-13,1999,Bo Ek,1000\n",
        &[&[
            "directors=Ann Lee",
            "cast=Dee Ash+Sam Roe+Bo Ek",
            "language=English",
            "country=USA",
            "rated=PG-13",
        ]],
    );
}

#[test]
fn comments_of_users_are_not_imported() {
    details(
        "Position,Const,Created,Modified,Description,Title,Original Title,URL,Title Type,Year,Directors\n\
         1,tt0000101,2024-01-01,,my favourite,Kite,Kite,https://x/,TV Mini Series,1999,\"Ann Lee, Bo Ek\"\n",
        &[&["type=tvMiniSeries", "directors=Ann Lee+Bo Ek"]],
    );
    details(
        "Position,Name,Year,URL,Description\n1,Kite,1999,https://x/,with Ann\n",
        &[&[]],
    );
}

#[test]
fn files_of_media_servers_are_read() {
    details(
        "<movie><title>Kite</title><outline>Short.</outline><plot>Long.</plot><mpaa>Rated PG</mpaa><country>France</country><country>Italy</country>\
         <director>Ann Lee</director><credits>Cy Fox</credits><credits>Bo Ek</credits><thumb aspect=\"landscape\">https://x.example/l.jpg</thumb>\
         <thumb aspect=\"poster\">https://x.example/p.jpg</thumb><actor><name>Dee Ash</name><role>Eve</role><thumb>https://x.example/d.jpg</thumb></actor>\
         <actor><name>Sam Roe</name></actor></movie>\n<tvshow><title>Wind</title><enddate>2003-05-01</enddate></tvshow>\n",
        &[
            &[
                "type=movie",
                "directors=Ann Lee",
                "writers=Cy Fox+Bo Ek",
                "cast=Dee Ash/Eve+Sam Roe",
                "plot=Long.",
                "poster=https://x.example/p.jpg",
                "country=France, Italy",
                "rated=PG",
            ],
            &["type=tvSeries", "ended=2003-05-01"],
        ],
    );
    details(
        r#"[{"title":"Kite","originalTitle":"Cerf-volant","alternateTitles":[{"sourceType":"tmdb","title":"The Kite"}],"year":1999,"overview":"Wind.","images":[{"coverType":"fanart","remoteUrl":"https://x.example/f.jpg"},{"coverType":"poster","url":"/p","remoteUrl":"https://x.example/p.jpg"}],"certification":"PG","website":"www.k.example","ratings":{"imdb":{"votes":12,"value":7.5,"type":"user"}},"imdbId":"tt0000101"}]"#,
        &[&[
            "akas=The Kite",
            "plot=Wind.",
            "poster=https://x.example/p.jpg",
            "rated=PG",
            "website=http://www.k.example",
        ]],
    );
}

#[test]
fn values_of_other_columns_are_not_taken() {
    let (found, dropped) = read(
        b"show_id,type,title,release_year,rating,duration,listed_in\ns1,Movie,Kite,1999,74 min,,Movies\n",
        &ImportOptions::default(),
    );
    assert_eq!(found, [["type=movie"]]);
    let expected = "f:2: column `rating`: rated `74 min` is a running time";
    assert_eq!(dropped, [expected]);
    details(
        r#"[{"title":"Kite","year":1999,"summary":"<p><b>Kite</b> flies, 1 < 2.</p>","image":{"original":"https://x.example/o.jpg"},"awards":{"wins":1,"text":"1 win."}}]"#,
        &[&[
            "plot=Kite flies, 1 < 2.",
            "poster=https://x.example/o.jpg",
            "awards=1 win.",
        ]],
    );
    details("title,rating,score\nKite,PG,7\n", &[&["rated=PG"]]);
    details(
        "<movie><title>Kite</title><outline>Short.</outline></movie>\n",
        &[&["type=movie", "plot=Short."]],
    );
}

#[test]
fn records_written_by_hand() {
    details(
        r#"{"name":"k","title":"Kite","type":"movie","adult":false,"ended":"2001","akas":[{"title":"Drachen","region":"DE","language":"de"}],"directors":[{"name":"nm0000338","person":"Ann Lee"}],"writers":[{"name":"cy","person":"Cy Fox","job":"novel"}],"cast":[{"name":"nm0000008","person":"Dee Ash","category":"actor","characters":["Eve","Ann"]}],"language":"English"}"#,
        &[&[
            "type=movie",
            "adult=false",
            "ended=2001",
            "akas=Drachen/DE/de",
            "directors=nm0000338/Ann Lee",
            "writers=cy/Cy Fox/novel",
            "cast=nm0000008/Dee Ash/Eve/Ann",
            "language=English",
        ]],
    );
}

#[test]
fn texts_with_several_names_are_split() {
    for (text, expected) in [
        ("Ann Lee", "Ann Lee"),
        ("Ann Lee|Bo Ek", "Ann Lee+Bo Ek"),
        ("Ann Lee; Bo Ek;", "Ann Lee+Bo Ek"),
        ("Ann Lee & Bo Ek", "Ann Lee+Bo Ek"),
        ("Ann Lee and Bo Ek", "Ann Lee+Bo Ek"),
        ("Ann and Bo Ek", "Ann and Bo Ek"),
        (
            "Ann Lee, Sam Roe, Jr., Bo Ek III",
            "Ann Lee+Sam Roe, Jr.+Bo Ek III",
        ),
        ("Ann Lee, ann lee, Ann Lee", "Ann Lee+ann lee"),
        ("Ann Lee, Bo\nEk", "Ann Lee+Bo Ek"),
        ("Ann Lee\nBo Ek", "Ann Lee+Bo Ek"),
        ("Ann Lee (II)", "Ann Lee"),
        ("['Ann Lee', \"Bo O'Ek\"]", "Ann Lee+Bo O'Ek"),
        ("[{'name': 'Ann Lee', 'id': 3}]", "Ann Lee"),
        ("nm0000001,nm0000002", "nm0000001+nm0000002"),
        ("N/A", ""),
        ("[]", ""),
        ("Ann Lee, N/A", "Ann Lee"),
    ] {
        let row = format!("title;director\nKite;\"{}\"\n", text.replace('"', "\"\""));
        let (found, _) = read(row.as_bytes(), &ImportOptions::default());
        let wanted = if expected.is_empty() {
            vec![]
        } else {
            vec![format!("directors={expected}")]
        };
        assert_eq!(found, [wanted], "{text}");
    }
}

#[test]
fn a_detail_that_cannot_be_read_is_left_unknown_and_reported() {
    let (found, dropped) = read(
        b"title,type,website,ended,Is Adult,plot\nKite,Concert,a page,soon,perhaps,Wind.\n",
        &ImportOptions::default(),
    );
    assert_eq!(found, [["plot=Wind."]]);
    let starts = [
        "f:2: type `Concert` is none of movie, tvSeries",
        "f:2: column `Is Adult`: adult `perhaps` is neither",
        "f:2: ended `soon` is not a date",
        "f:2: website `a page` is no address",
    ];
    assert_eq!(dropped.len(), starts.len(), "{dropped:?}");
    for (error, start) in dropped.iter().zip(starts) {
        assert!(error.starts_with(start), "{error}");
    }
}

#[test]
fn details_of_later_objects_are_read() {
    let mut text = "{\"title\":\"Kite\",\"year\":1999}\n".repeat(150);
    text += "{\"title\":\"Wind\",\"plot\":\"A wind.\",\"director\":\"Ann Lee\"}\n";
    let (found, _) = read(text.as_bytes(), &ImportOptions::default());
    assert_eq!(found[150], ["directors=Ann Lee", "plot=A wind."]);
    assert!(found[..150].iter().all(Vec::is_empty));
}

#[test]
fn lines_of_html_stay_apart_and_escaped_brackets_are_text() {
    for (plot, expected) in [
        ("<p>One.</p><p>Two.</p>", "One. Two."),
        ("x<br/>y<b>z</b>", "x yz"),
        ("a &lt;space&gt; b &amp; c", "a <space> b & c"),
    ] {
        let object = format!("{{\"title\":\"Kite\",\"plot\":\"{plot}\"}}\n");
        details(&object, &[&[&format!("plot={expected}")]]);
    }
}

#[test]
fn other_titles_of_tmdb_are_read() {
    details(
        r#"{"title":"Kite","alternative_titles":{"titles":[{"iso_3166_1":"DE","title":"Drachen"}]}}"#,
        &[&["akas=Drachen/DE"]],
    );
    details(
        "title\taka\nKite\t[REC]|(Untitled)\n",
        &[&["akas=[REC]+(Untitled)"]],
    );
}
