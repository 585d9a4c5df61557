//! Forms that are neither tables nor JSON, and encodings.

use super::forms::{Form, form};

pub(super) const FORMS: &[Form] = &[
    form("a list of titles", b"Kite\nThe Good, the Bad and the Ugly (1966)\n# comment\n\nWind, The (2001)\n", &["kite | Kite", "the-good-the-bad-and-the-ugly-1966 | The Good, the Bad and the Ugly | 1966", "the-wind-2001 | The Wind | 2001"]),
    form("a list with numbers", b"1. Kite (1999)\n2. 2001 (1968)\n10. Wind\n", &["kite-1999 | Kite | 1999", "2001-1968 | 2001 | 1968", "wind | Wind"]),
    form("a list with bullets", b"- Kite (1999)\n- Wind\n", &["kite-1999 | Kite | 1999", "wind | Wind"]),
    Form { errors: &["no column of `f` is a title; its columns are `- title: Kite`"], ..form("yaml", b"- title: Kite\n  year: 1999\n", &[]) },
    Form { errors: &["`f` is a key or a certificate, not a text file with movies"], ..form("a certificate", b"-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUJgPdJ0\n-----END CERTIFICATE-----\n", &[]) },
    Form { errors: &["`f` is an error message of a web server, not a text file with movies, fetch the file again"], ..form("an answer of a web server", b"404: Not Found", &[]) },
    Form { errors: &["no column of `f` is a title; its columns are `a:x:0:0:me:/home/a:/bin/sh`"], ..form("a list of accounts", b"a:x:0:0:me:/home/a:/bin/sh\nb:x:1:1:you:/home/b:/bin/sh\n", &[]) },
    Form { errors: &["no column of `f` is a title; its columns are `import os`"], ..form("a program", b"import os\n\nclass Kite:\n    def fly(self):\n        return os.name == 'kite'\n", &[]) },
    Form { errors: &["no column of `f` is a title; its columns are `MIIBszCCAVmgAwIBAgIUJgPdJ0MIIBszCCAVmgAwIBAgIUJgPdJ0`"], ..form("a key", b"MIIBszCCAVmgAwIBAgIUJgPdJ0MIIBszCCAVmgAwIBAgIUJgPdJ0\nMIIB\n", &[]) },
    form("titles with colons and signs", b"Kite: Part 2: Wind (1999)\n1 + 1 = 2\nWhat?\nWind\n", &["kite-part-2-wind-1999 | Kite: Part 2: Wind | 1999", "1-1-2 | 1 + 1 = 2", "what | What?", "wind | Wind"]),
    form("titles that are numbers", b"300\n1917 (2019)\n", &["300 | 300", "1917-2019 | 1917 | 2019"]),
    form("UTF-16 with a mark", b"\xff\xfet\0i\0t\0l\0e\0\n\0C\0a\0f\0\xe9\0\n\0", &["café | Café"]),
    form("UTF-16 of the other order", b"\xfe\xff\0t\0i\0t\0l\0e\0\n\0C\0a\0f\0\xe9\0\n", &["café | Café"]),
    form("UTF-8 with a mark", b"\xef\xbb\xbftitle\nCaf\xc3\xa9\n", &["café | Café"]),
    Form { flags: "--encoding windows-1252", ..form("Windows-1252", b"title\nCaf\xe9 \x93x\x94\n", &["café-x | Café “x”"]) },
    Form { flags: "--encoding cp1251", ..form("Windows-1251", b"title\n\xcc\xee\xf1\xea\xe2\xe0\n", &["москва | Москва"]) },
    Form { flags: "--encoding shift_jis", ..form("Shift-JIS", b"title,year\n\x8e\xb5\x90l\x82\xcc\x8e\x98,1954\n", &["七人の侍-1954 | 七人の侍 | 1954"]) },
    Form { flags: "--encoding gbk", ..form("GBK", b"title,year\n\xb0\xd4\xcd\xf5\xb1\xf0\xbc\xa7,1993\n", &["霸王别姬-1993 | 霸王别姬 | 1993"]) },
    Form { flags: "--encoding shift_jis", errors: &["f:3: byte 0xFF at position 2 of the value in column 1 is not in the encoding of the file"], ..form("what Shift-JIS does not have", b"title,year\nA,1999\nB\x81\x20,1999\n", &["a-1999 | A | 1999"]) },
    form("a movie of Kodi", b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<movie>\n  <title>Kite &amp; Wind</title>\n  <originaltitle>Cerf-volant</originaltitle>\n  <year>1999</year>\n  <premiered>1999-05-01</premiered>\n  <runtime>95</runtime>\n  <ratings><rating name=\"imdb\" max=\"10\" default=\"true\"><value>7.5</value><votes>1204</votes></rating></ratings>\n  <genre>Drama</genre><genre>War</genre>\n  <uniqueid type=\"imdb\" default=\"true\">tt0000101</uniqueid>\n</movie>\n", &["tt0000101 | Kite & Wind / Cerf-volant | 1999-05-01 | 95 min | Drama+War | 7.5 of 1204"]),
    form("a library of Kodi", b"<videodb>\n<movie><title>Kite</title><id>tt0000101</id></movie>\n<movie><title>Wind</title><rating>6.5</rating><id>tt0000102</id></movie>\n</videodb>\n", &["tt0000101 | Kite", "tt0000102 | Wind | 6.5"]),
    Form { errors: &["`f` is an sql dump, not a text file with movies, export the table as csv first"], ..form("a dump of SQL", b"CREATE TABLE movie (title TEXT);\nINSERT INTO movie VALUES ('Kite');\n", &[]) },
    Form { errors: &["`f` is an html page, not a text file with movies, save its table as csv first"], ..form("a page", b"<!DOCTYPE html><html><body>Kite</body></html>", &[]) },
    Form { errors: &["`f` is a parquet file, not a text file with movies, save it as csv or json lines first"], ..form("parquet", b"PAR1\x15\x04", &[]) },
];
