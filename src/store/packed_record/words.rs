//! The lists of frequent words. A word is stored as its index, so lists only grow at their ends;
//! a test has the hash of each. The first 63 words of a list take one byte.

use std::sync::LazyLock;

use hashbrown::HashMap;

/// A list of words, and the index of each.
pub(super) struct Words {
    list: &'static [&'static str],
    indexes: LazyLock<HashMap<&'static str, u64>>,
}

macro_rules! words {
    ($($(#[doc = $doc:literal])+ $name:ident = $words:literal;)*) => {
        $($(#[doc = $doc])+
        pub(super) static $name: Words = {
            const LIST: &[&str] = &split::<{ count($words) }>($words);
            Words { list: LIST, indexes: LazyLock::new(|| indexes(LIST)) }
        };)*

        #[cfg(test)]
        pub(super) static ALL: &[(&str, &Words)] = &[$((stringify!($name), &$name)),*];
    };
}

words! {
    /// IMDb's types of titles.
    TITLE_TYPES = "tvEpisode,movie,short,tvSeries,video,tvMovie,tvMiniSeries,tvSpecial,videoGame,\
tvShort,tvPilot,radioSeries,radioEpisode,podcastSeries,podcastEpisode,musicVideo,game,series,episode";
    /// Regions of IMDb: those of ISO 3166-1, former states, and groups of states.
    REGIONS = "US,GB,DE,FR,JP,IN,ES,IT,PT,CA,BR,RU,PL,HU,GR,TR,BG,AR,MX,XWW,SE,DK,FI,NO,RO,HK,KR,UA,\
RS,VN,AU,CN,TW,NL,BE,CZ,SK,HR,SI,LT,LV,EE,IL,IR,TH,PH,ID,CL,CO,PE,VE,UY,EG,ZA,AT,CH,IE,NZ,SG,MY,\
SUHH,XYU,CSHH,DDDE,XWG,XEU,XAS,XAU,XSA,XSI,XKO,XKV,XPI,XNA,YUCS,CSXX,BUMM,VDVN,ZRCD,AN,EH,IS,GE,AZ,\
AM,KZ,UZ,BY,MD,MK,BA,AL,ME,CY,MT,LU,MC,LI,SM,AD,VA,DO,EC,BO,PY,PA,CR,GT,HN,SV,NI,CU,PR,JM,TT,BS,BB,\
HT,GP,MQ,GF,RE,AE,SA,QA,KW,BH,OM,YE,JO,LB,SY,IQ,PS,AF,PK,BD,LK,NP,BT,MV,MM,KH,LA,MN,KP,MO,TL,BN,PG,\
FJ,MA,DZ,TN,LY,SD,SS,ET,ER,DJ,SO,KE,UG,TZ,RW,BI,CD,CG,GA,CM,CF,TD,NE,NG,BJ,TG,GH,CI,BF,ML,SN,GM,GN,\
GW,SL,LR,MR,CV,ST,GQ,AO,ZM,ZW,MW,MZ,BW,NA,SZ,LS,MG,MU,SC,KM,KG,TJ,TM,FO,GL,GI,IM,JE,GG,AX,AW,CW,SX,\
BQ,VG,VI,KY,BM,TC,AI,MS,AG,DM,GD,KN,LC,VC,BZ,GY,SR,NC,PF,WF,PM,YT,BL,MF,WS,AS,TO,TV,KI,NR,VU,SB,MH,\
FM,PW,GU,MP,CK,NU,TK,NF,CC,CX,HM,AQ,IO,SH,FK,GS,BV,SJ,TF,UM,PN";
    /// Languages of IMDb.
    LANGUAGES = "en,ja,hi,fr,de,it,es,pt,ru,tr,bg,cmn,yue,zh,ko,he,ar,fa,uk,pl,hu,el,sv,da,fi,no,nb,\
nn,ro,cs,sk,sl,hr,sr,bs,mk,sq,lt,lv,et,th,vi,id,ms,tl,ta,te,ml,kn,bn,mr,gu,pa,ur,ka,hy,az,kk,uz,be,\
ca,gl,eu,qbn,qbo,qbp,qal,qac,cy,ga,gd,is,af,zu,xh,st,tn,sw,am,mn,my,ne,si,la,eo,yi,lb,fro,gsw,mi,\
haw,iu,ku,ps,ky,tg,tk,km,lo,rm,roa,cr,jv,su,wo,prs,sd,as,or,bho,rn,rw,yo,ig,ha,so,ti,mt,fo,kl,myv";
    /// Types of other titles.
    AKA_TYPES = "imdbDisplay,original,alternative,working,dvd,festival,tv,video";
    /// Attributes of other titles.
    ATTRIBUTES = "literal title,new title,transliterated title,complete title,second part title,\
first part title,third part title,short title,long title,original subtitled version,dubbed version,\
reissue title,informal title,literal English title,informal literal title,alternative spelling,\
alternative transliteration,original script title,promotional title,informal English title,\
poster title,cable TV title,DVD menu title,DVD box title,video box title,video catalogue title,\
X-rated version,R-rated version,director's cut,restored version,extended version,series title,\
pre-release title,review title,segment title,syndication title,recut version,approximation of \
mirrored title,bootleg title,incorrect title,rerun title,script title,censored version,English \
translation of working title,Blu-ray title,3-D version,IMAX version,8mm release title,16mm release \
title,16mm rental title,new syndication title,orthographically correct title,armed forces circuit \
title,anthology series,fake working title,copyright title,cut version,modern translation,soft porn \
version,theatrical title,TV listings title,daytime version title,American edited version,first \
episode title,last season title,second season title,third season title,fourth season title,weekend \
title,late Sunday edition,subtitle,racier version,video CD title,MIFED title,summer title,game box \
title,non-modified Hepburn romanization,Yiddish dubbed,Hakka dubbed title,Mandarin dubbed title";
    /// Categories of the cast. The first six take no byte of their own.
    CAST_CATEGORIES = "actor,actress,self,archive_footage,archive_sound,host";
    /// Categories of the crew. The first six take no byte of their own.
    CREW_CATEGORIES = "producer,cinematographer,composer,editor,production_designer,casting_director,\
writer,director,assistant_director,stunts,miscellaneous,soundtrack,music_department,sound_department,\
art_department,camera_department,costume_designer,costume_department,make_up_department,art_director,\
set_decorator,visual_effects,special_effects,animation_department,editorial_department,\
casting_department,production_manager,location_management,script_department,\
transportation_department,executive,publicist,legal,manager,talent_agent,choreographer,\
music_artist,accountant,electrical_department,podcaster";
    /// Jobs of the crew and of writers.
    JOBS = "producer,director of photography,executive producer,written by,screenplay,created by,\
creator,story,co-producer,casting director,associate producer,line producer,novel,by,writer,\
story by,screenplay by,co-director,production designer,supervising producer,co-executive producer,\
based on the novel by,based on characters created by,developed by,dialogue,adaptation,idea,play,\
scenario,script,head writer,staff writer,book,original story,consulting producer,teleplay,\
teleplay by,story editor,segment director,segment producer,delegate producer,field producer,\
series producer,creative producer,assistant producer,coordinating producer,post producer,\
executive story editor,director,lyrics,music,characters,concept,format,manga,comic,short story,\
based on the book by,based on the play by,original concept,original idea,documentary,narration,\
narration written by,additional writing,additional dialogue,contributing writer,segment,continuity,\
libretto,poem,article,text,treatment,titles,intertitles,cinematographer,composer,editor,\
camera operator,supervising director,animation director,episode director,showrunner,\
production manager,unit production manager,co-writer,co-creator,original screenplay,\
screenplay and story,series creator,based on a concept by,based on an idea by,commissioning editor,\
executive in charge of production,managing producer,production executive,presenter,\
presented by,research,researcher,chief writer,writing supervisor,main writer,video producer,\
supervising editor,live director,stage director,television director,game designer,game director,\
lead designer,scenario writer,original author,original work,author,dialogues,dialogue writer";
    /// Frequent characters.
    CHARACTERS = "Self,Self - Host,Self - Guest,Self - Presenter,Self - Panelist,Self - Contestant,\
Self - Narrator,Narrator,Host,Self - Co-Host,Self - Audience Member,Self - Interviewee,\
Self - Correspondent,Self - Reporter,Self - Judge,Self - Musical Guest,Self - Commentator,\
Self - Performer,Self - Moderator,Self - Anchor,Self - Participant,Self - Newsreader,Self - Actor,\
Self - Director,Self - Politician,Self - Player,Self - Announcer,Various,Various Characters,\
Additional Voices,Mother,Father,Doctor,Nurse,Policeman,Police Officer,Waiter,Waitress,Bartender,\
Reporter,Man,Woman,Boy,Girl,Judge,Priest,Detective,Soldier,Guard,Student,Teacher,Secretary,Driver,\
Dancer,Singer,Receptionist,Cop,Lawyer,Journalist,Taxi Driver,Announcer,Voice,Maria,Anna,John";
    /// Professions of people.
    PROFESSIONS = "actor,actress,producer,writer,director,composer,editor,cinematographer,soundtrack,\
miscellaneous,camera_department,art_department,sound_department,music_department,\
make_up_department,editorial_department,animation_department,assistant_director,visual_effects,\
costume_department,production_manager,art_director,stunts,script_department,casting_department,\
special_effects,location_management,production_designer,costume_designer,electrical_department,\
transportation_department,executive,set_decorator,casting_director,manager,publicist,legal,\
talent_agent,podcaster,music_artist,assistant,choreographer,accountant,archive_footage,\
archive_sound,production_department,studio,self,host,commentator,electrical";
}

/// The number of words in a list.
const fn count(words: &str) -> usize {
    let bytes = words.as_bytes();
    let (mut at, mut count) = (0, 1);
    while at < bytes.len() {
        if bytes[at] == b',' {
            count += 1;
        }
        at += 1;
    }
    count
}

/// The words of a list, which are separated by commas.
const fn split<const N: usize>(words: &'static str) -> [&'static str; N] {
    let mut list = [""; N];
    let mut rest = words.as_bytes();
    let mut index = 0;
    while index < N {
        let mut end = 0;
        while end < rest.len() && rest[end] != b',' {
            end += 1;
        }
        let (word, after) = rest.split_at(end);
        list[index] = match str::from_utf8(word) {
            Ok(word) => word,
            Err(_) => panic!("a list of words is not UTF-8"),
        };
        rest = match after.split_first() {
            Some((_, after)) => after,
            None => after,
        };
        index += 1;
    }
    list
}

fn indexes(list: &'static [&'static str]) -> HashMap<&'static str, u64> {
    list.iter().copied().zip(0..).collect()
}

impl Words {
    pub fn index(&self, word: &str) -> Option<u64> {
        self.indexes.get(word).copied()
    }

    pub fn word(&self, index: u64) -> Option<&'static str> {
        self.list.get(usize::try_from(index).ok()?).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::limits;

    /// Files hold the indexes. A list that was released only grows at its end.
    #[test]
    fn no_word_moves() {
        let lengths_and_sums = ALL.iter().map(|(name, words)| {
            let bytes = words
                .list
                .iter()
                .flat_map(|word| word.bytes().chain([b',']));
            let sum = bytes.fold(0_u32, |sum, byte| {
                sum.wrapping_mul(31).wrapping_add(byte.into())
            });
            format!("{name} {} {sum:08x}", words.list.len())
        });
        let expected: [&str; 10] = [
            "TITLE_TYPES 19 1993415b",
            "REGIONS 270 167cca0c",
            "LANGUAGES 121 15585a0e",
            "AKA_TYPES 8 56fd6baa",
            "ATTRIBUTES 80 c9f39572",
            "CAST_CATEGORIES 6 50e75530",
            "CREW_CATEGORIES 40 5a4b2e52",
            "JOBS 118 84bc0174",
            "CHARACTERS 65 3c6f90ef",
            "PROFESSIONS 51 7001e34d",
        ];
        assert_eq!(lengths_and_sums.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn every_word_is_there_once_and_comes_back() {
        for (name, words) in ALL {
            assert_eq!(
                words.indexes.len(),
                words.list.len(),
                "{name} has a word twice"
            );
            for word in words.list {
                let index = words.index(word).unwrap();
                assert_eq!(words.word(index), Some(*word));
                let is_label = (1..=limits::MAX_LABEL_BYTES).contains(&word.len());
                assert!(is_label && *word == word.trim(), "{word:?}");
            }
            assert_eq!(words.word(words.list.len() as u64), None);
            assert_eq!(words.index(""), None);
        }
    }
}
