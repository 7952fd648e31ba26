"""What `taikubot check` says of files, in English, Finnish and Swedish.

The one table of what editors are told; every finding is made from it. Editors are no programmers:
a sentence says what is wrong and what to write, without the words of a program. Where the English
one repeats another program's words (`{original}`), the others say the same in words of their own.
"""

from __future__ import annotations

from bot.knowledge.message import Wording

# The file as such

NO_FILE = Wording(
    en="there is no such file; put it back or write it",
    fi="tiedosto puuttuu; palauta se tai kirjoita se",
    sv="filen saknas; lägg tillbaka den eller skriv den",
)
UNREADABLE = Wording(
    en="cannot be read ({original}); let the program read it, or remove it",
    fi="tiedostoa ei voi lukea; anna ohjelmalle lukuoikeus tai poista tiedosto",
    sv="filen kan inte läsas; ge programmet läsrätt eller ta bort filen",
)
TOO_LARGE = Wording(
    en="the file is over {millions},000,000 bytes; split it into several",
    fi="tiedosto on yli {millions} megatavun kokoinen; jaa se useaan tiedostoon",
    sv="filen är större än {millions} megabyte; dela upp den i flera",
)
NOT_UTF8 = Wording(
    en="this line is not UTF-8; save the file with the encoding UTF-8",
    fi="tämän rivin merkistö ei ole UTF-8; tallenna tiedosto UTF-8-merkistöllä",
    sv="den här radens teckenkodning är inte UTF-8; spara filen med kodningen UTF-8",
)
CONTROL_CHARACTER = Wording(
    en="a control character stands here; delete it, or save the file as UTF-8",
    fi="tässä on näkymätön ohjausmerkki; poista se tai tallenna tiedosto UTF-8-merkistöllä",
    sv="här finns ett osynligt styrtecken; ta bort det eller spara filen med kodningen UTF-8",
)
EMPTY_FILE = Wording(
    en="the file is empty; write its fields or remove it",
    fi="tiedosto on tyhjä; kirjoita sen kentät tai poista tiedosto",
    sv="filen är tom; skriv dess fält eller ta bort filen",
)
NO_FIELDS = Wording(
    en="the file must hold fields (`key: value`), not a list or a single text",
    fi="tiedostossa pitää olla kenttiä (`kenttä: arvo`), ei luetteloa eikä pelkkää tekstiä",
    sv="filen ska bestå av fält (`fält: värde`), inte av en lista eller en enda text",
)
ANCHOR = Wording(
    en="anchors and aliases (&{anchor}, *{anchor}) are not used here; write it out",
    fi=(
        "viittauksia (&{anchor}, *{anchor}) ei käytetä; kirjoita teksti kokonaan, ja jos se "
        "alkaa merkillä & tai *, pane sen ympärille lainausmerkit"
    ),
    sv=(
        "hänvisningar (&{anchor}, *{anchor}) används inte; skriv ut hela texten, och om den börjar "
        "med & eller *, sätt citattecken runt den"
    ),
)
TOO_DEEP = Wording(
    en="this is nested too deeply",
    fi="tässä on liian monta sisäkkäistä tasoa",
    sv="här finns för många nivåer inuti varandra",
)
FIELD_TWICE = Wording(
    en="`{field}` stands here twice (see line {first}): keep one",
    fi="kenttä `{field}` on tässä kahteen kertaan (katso riviä {first}): jätä niistä vain toinen",
    sv="fältet `{field}` finns här två gånger (se rad {first}): behåll bara det ena",
)
NOT_READ = Wording(
    en="this file is not read: its name must end with .yaml, in small letters",
    fi="tätä tiedostoa ei lueta: nimen lopussa pitää olla .yaml pienillä kirjaimilla",
    sv="den här filen läses inte: namnet ska sluta med .yaml, med små bokstäver",
)
FILE_TWICE = Wording(
    en="{other} stands beside it: keep one of the two",
    fi="samassa kansiossa on myös {other}: jätä niistä vain toinen",
    sv="i samma mapp finns också {other}: behåll bara den ena",
)

# Lines that are no YAML

COLON_IN_TEXT = Wording(
    en=(
        "this is not YAML: {original}; a text with a colon needs quotes around it, "
        "and lines that belong together begin equally far in"
    ),
    fi=(
        "riviä ei voi lukea: jos tekstissä on kaksoispiste, pane tekstin ympärille lainausmerkit; "
        "yhteen kuuluvat rivit alkavat samasta kohdasta"
    ),
    sv=(
        "raden kan inte läsas: sätt citattecken runt en text som innehåller kolon; rader som hör "
        "ihop börjar lika långt in"
    ),
)
NO_COLON = Wording(
    en="this is not YAML: {original}; write `field: text`, with a colon and a space",
    fi="riviä ei voi lukea: kirjoita `kenttä: teksti`, siis kaksoispiste ja välilyönti",
    sv="raden kan inte läsas: skriv `fält: text`, alltså kolon och mellanslag",
)
TAB = Wording(
    en="this is not YAML: {original}; indent with spaces",
    fi="riviä ei voi lukea: sisennä välilyönneillä, älä sarkaimella",
    sv="raden kan inte läsas: gör indraget med mellanslag, inte med tabb",
)
TAB_OR_SIGN = Wording(
    en=(
        "this is not YAML: {original}; indent with spaces, and put quotes around a text that "
        "begins with a sign"
    ),
    fi=(
        "riviä ei voi lukea: sisennä välilyönneillä, älä sarkaimella, ja pane lainausmerkit "
        "tekstin ympärille, jos se alkaa erikoismerkillä"
    ),
    sv=(
        "raden kan inte läsas: gör indraget med mellanslag, inte med tabb, och sätt citattecken "
        "runt en text som börjar med ett specialtecken"
    ),
)
BACKSLASH = Wording(
    en="this is not YAML: {original}; put single quotes around a text with a backslash",
    fi=(
        "riviä ei voi lukea: jos tekstissä on kenoviiva (\\), pane sen ympärille "
        "yksinkertaiset lainausmerkit (')"
    ),
    sv=(
        "raden kan inte läsas: sätt enkla citattecken (') runt en text som innehåller "
        "omvänt snedstreck (\\)"
    ),
)
OPEN_QUOTE = Wording(
    en="this is not YAML: {original}; the quote that opens here is not closed",
    fi="tästä alkaa lainausmerkki, jolla ei ole paria: lisää lainausmerkki tekstin loppuun",
    sv="här börjar ett citattecken som saknar par: sätt ett citattecken i slutet av texten",
)
OPEN_BRACKET = Wording(
    en="this is not YAML: {original}",
    fi=(
        "riviä ei voi lukea: sulje jokainen [ ja {{ ja erota arvot pilkuilla (virhe voi olla jo "
        "edellisillä riveillä)"
    ),
    sv=(
        "raden kan inte läsas: stäng varje [ och {{ och skilj värdena åt med komma (felet kan "
        "finnas redan på raderna före)"
    ),
)
WRONG_INDENT = Wording(
    en="this is not YAML: {original}",
    fi=(
        "rivi ei sovi edellisten jatkoksi: yhteen kuuluvat rivit alkavat samasta kohdasta, ja "
        "lainausmerkit pannaan koko tekstin ympärille"
    ),
    sv=(
        "raden passar inte ihop med raderna före: rader som hör ihop börjar lika långt in, och "
        "citattecken sätts runt hela texten"
    ),
)
BEGINS_WITH_SIGN = Wording(
    en="this is not YAML: {original}",
    fi="riviä ei voi lukea: pane lainausmerkit tekstin ympärille, jos se alkaa erikoismerkillä",
    sv="raden kan inte läsas: sätt citattecken runt en text som börjar med ett specialtecken",
)
AFTER_BLOCK_SIGN = Wording(
    en="this is not YAML: {original}",
    fi=(
        "merkin | tai > jälkeen ei kirjoiteta mitään samalle riville: teksti alkaa seuraavalta "
        "riviltä sisennettynä"
    ),
    sv=(
        "efter tecknet | eller > skrivs inget på samma rad: texten börjar på nästa rad, med indrag"
    ),
)
TWO_DOCUMENTS = Wording(
    en="this is not YAML: {original}",
    fi="rivillä `---` tai `...` alkaisi toinen tiedosto: poista rivi",
    sv="med `---` eller `...` skulle en annan fil börja: ta bort raden",
)
NOT_YAML = Wording(
    en="this is not YAML: {original}",
    fi="riviä ei voi lukea: tarkista sisennys, kaksoispisteet, lainausmerkit ja sulkeet",
    sv="raden kan inte läsas: kontrollera indrag, kolon, citattecken och parenteser",
)

# Fields

MISSING = Wording(
    en="`{name}` is missing",
    fi="kenttä `{name}` puuttuu",
    sv="fältet `{name}` saknas",
)
LANGUAGE_MISSING = Wording(
    en="`{name}` is missing: write the text in this language as well",
    fi="`{name}` puuttuu: kirjoita teksti myös tällä kielellä",
    sv="`{name}` saknas: skriv texten också på det språket",
)
UNKNOWN_FIELD = Wording(
    en="`{name}` is not a field here",
    fi="tässä ei ole kenttää `{name}`: korjaa nimi tai poista kenttä",
    sv="fältet `{name}` finns inte här: rätta namnet eller ta bort fältet",
)
NOT_AMONG_FIELDS = Wording(
    en="`{name}` is not a field here; there are: {known}",
    fi="tässä ei ole kenttää `{name}`; kentät ovat: {known}",
    sv="fältet `{name}` finns inte här; fälten är: {known}",
)
WRONG_CHOICE = Wording(
    en="`{name}` must be {choices}, not `{given}`",
    fi="kentän `{name}` arvon pitää olla {choices}, ei `{given}`",
    sv="fältet `{name}` ska vara {choices}, inte `{given}`",
)
EITHER = Wording(en="{others} or {last}", fi="{others} tai {last}", sv="{others} eller {last}")
NOT_A_DAY_IN = Wording(
    en="`{name}`: `{given}` is not a date: write 2026-12-10",
    fi="`{name}`: `{given}` ei ole päivämäärä: kirjoita se näin: 2026-12-10",
    sv="`{name}`: `{given}` är inget datum: skriv det så här: 2026-12-10",
)
NOT_A_TIME_IN = Wording(
    en="`{name}`: {original}",
    fi="kentässä `{name}` pitää olla aika: kirjoita se näin: 2026-12-10 08:30",
    sv="i fältet `{name}` ska det stå en tid: skriv den så här: 2026-12-10 08:30",
)
FILE_NAME = Wording(
    en="the file's name: `{given}` is not a key: write a-z, 0-9 and hyphens between",
    fi=(
        "tiedoston nimi `{given}` ei kelpaa: käytä pieniä kirjaimia a–z, numeroita ja niiden "
        "välissä väliviivoja"
    ),
    sv=(
        "filnamnet `{given}` går inte att använda: skriv små bokstäver a–z, siffror och "
        "bindestreck mellan dem"
    ),
)
INTENT_FILE_NAME = Wording(
    en="the file's name: `{given}` is not a key: write a-z and underscores between",
    fi=(
        "tiedoston nimi `{given}` ei kelpaa: käytä pieniä kirjaimia a–z ja niiden välissä "
        "alaviivoja"
    ),
    sv=(
        "filnamnet `{given}` går inte att använda: skriv små bokstäver a–z och understreck "
        "mellan dem"
    ),
)
NOT_A_KEY = Wording(
    en="`{name}`: `{given}` is not a key: write a-z, 0-9 and hyphens between",
    fi=(
        "`{name}`: tunnus `{given}` ei kelpaa: käytä pieniä kirjaimia a–z, numeroita ja niiden "
        "välissä väliviivoja"
    ),
    sv=(
        "`{name}`: `{given}` går inte att använda: skriv små bokstäver a–z, siffror och "
        "bindestreck mellan dem"
    ),
)
NOT_A_FILE = Wording(
    en=(
        "`{name}`: `{given}` is not a key: write the name of the file that is meant, without .yaml"
    ),
    fi="`{name}`: `{given}` ei kelpaa: kirjoita tarkoitetun tiedoston nimi ilman päätettä .yaml",
    sv=("`{name}`: `{given}` går inte att använda: skriv namnet på filen som avses, utan .yaml"),
)
NOT_AN_ADDRESS = Wording(
    en="`{name}`: `{given}` is not a web address: write https://…",
    fi="`{name}`: `{given}` ei ole verkko-osoite: kirjoita koko osoite, https://…",
    sv="`{name}`: `{given}` är ingen webbadress: skriv hela adressen, https://…",
)
NOTHING_IN_LIST = Wording(
    en="`{name}` holds nothing that can be used: write at least one",
    fi="kenttä `{name}` on tyhjä: kirjoita siihen ainakin yksi",
    sv="fältet `{name}` är tomt: skriv minst en",
)
NEEDS_FIELDS = Wording(
    en="`{name}` must have fields of its own, not a single text",
    fi="kentän `{name}` alla pitää olla omia kenttiä, kukin omalla rivillään, ei pelkkää tekstiä",
    sv="under fältet `{name}` ska det finnas egna fält, vart och ett på sin rad, inte bara en text",
)
NEEDS_NAMED = Wording(
    en="`{name}`: {original}",
    fi="kentän `{name}` alla pitää olla omia kenttiä, kukin omalla rivillään (`nimi: arvo`)",
    sv="under fältet `{name}` ska det finnas egna fält, vart och ett på sin rad (`namn: värde`)",
)
NEEDS_LIST = Wording(
    en="`{name}` must be a list (each item on a line beginning with `- `)",
    fi="kentän `{name}` pitää olla luettelo: [arvo, arvo], tai jokaisella rivillä `- ` ja arvo",
    sv="fältet `{name}` ska vara en lista: [värde, värde], eller på varje rad `- ` och ett värde",
)
LIST_OF_FILE = Wording(
    en="`{name}:` must be a list",
    fi="kohdan `{name}:` pitää olla luettelo",
    sv="`{name}:` ska vara en lista",
)
NEEDS_TEXT = Wording(
    en="`{name}` must be a text",
    fi="kentän `{name}` pitää olla tekstiä",
    sv="fältet `{name}` ska vara en text",
)
EMPTY_TEXT = Wording(
    en="`{name}`: {original}",
    fi="kenttä `{name}` on tyhjä: kirjoita siihen teksti tai poista rivi",
    sv="fältet `{name}` är tomt: skriv en text där eller ta bort raden",
)
TEXT_TOO_LONG = Wording(
    en="`{name}`: {original}",
    fi="kenttä `{name}` on liian pitkä: siihen mahtuu {most} merkkiä",
    sv="fältet `{name}` är för långt: det rymmer {most} tecken",
)
LIST_TOO_LONG = Wording(
    en="`{name}`: {original}",
    fi="luettelo `{name}` on liian pitkä: siihen mahtuu {most} kohtaa",
    sv="listan `{name}` är för lång: den rymmer {most} punkter",
)
NEEDS_NUMBER = Wording(
    en="`{name}`: {original}",
    fi="kentän `{name}` pitää olla kokonaisluku",
    sv="fältet `{name}` ska vara ett heltal",
)
NUMBER_TOO_SMALL = Wording(
    en="`{name}`: {original}",
    fi="kentän `{name}` pitää olla vähintään {least}",
    sv="fältet `{name}` ska vara minst {least}",
)
NEEDS_TRUTH = Wording(
    en="`{name}`: {original}",
    fi="kentän `{name}` pitää olla true (kyllä) tai false (ei)",
    sv="fältet `{name}` ska vara true (ja) eller false (nej)",
)
NOT_A_COLOUR = Wording(
    en="`{name}`: {original}",
    fi='`{name}`: `{given}` ei ole väri: kirjoita se lainausmerkkeihin näin: "#0b6158"',
    sv='`{name}`: `{given}` är ingen färg: skriv den inom citattecken så här: "#0b6158"',
)
NOT_USABLE = Wording(
    en="`{name}`: {original}",
    fi="kentän `{name}` arvo ei kelpaa: katso mallia toisesta samanlaisesta tiedostosta",
    sv="fältet `{name}` har ett värde som inte går att använda: se efter i en annan sådan fil",
)
KEY_IS_FILE_NAME = Wording(
    en="leave `key` out: the file's name is the key",
    fi="poista kenttä `key`: tunnus on tiedoston nimi",
    sv="ta bort fältet `key`: filens namn gäller i stället",
)
KEY_IS_TITLE = Wording(
    en="leave `key` out: it is made from the title",
    fi="poista kenttä `key`: tunnus tehdään otsikosta",
    sv="ta bort fältet `key`: det görs av rubriken",
)

# Dates, times and addresses

YEAR_OUT_OF_RANGE = Wording(
    en="`{given}`: the year must be from {first} to {last}",
    fi="`{given}`: vuoden pitää olla väliltä {first}–{last}",
    sv="`{given}`: året ska vara mellan {first} och {last}",
)
NO_SUCH_MONTH = Wording(
    en="`{given}` is not a date: month must be in 1..12",
    fi="`{given}` ei ole päivämäärä: kuukauden pitää olla väliltä 1–12",
    sv="`{given}` är inget datum: månaden ska vara mellan 1 och 12",
)
NO_SUCH_DAY = Wording(
    en="`{given}` is not a date: day is out of range for month",
    fi="`{given}` ei ole päivämäärä: siinä kuussa ei ole sellaista päivää",
    sv="`{given}` är inget datum: den månaden har ingen sådan dag",
)
NOT_A_DAY = Wording(
    en="`{given}` is not a date: write 2026-12-10",
    fi="`{given}` ei ole päivämäärä: kirjoita se näin: 2026-12-10",
    sv="`{given}` är inget datum: skriv det så här: 2026-12-10",
)
NOT_A_DATE = Wording(
    en="`{given}` is not a date: write 2017, 2017-01 or 2017-01-25",
    fi="`{given}` ei ole päivämäärä: kirjoita 2017, 2017-01 tai 2017-01-25",
    sv="`{given}` är inget datum: skriv 2017, 2017-01 eller 2017-01-25",
)
NOT_A_TIME = Wording(
    en="`{given}` is not a time: write 2026-12-10 08:30, without a time zone",
    fi="`{given}` ei ole aika: kirjoita se näin: 2026-12-10 08:30, ilman aikavyöhykettä",
    sv="`{given}` är ingen tid: skriv den så här: 2026-12-10 08:30, utan tidszon",
)
NO_SUCH_HOUR = Wording(
    en="`{given}` is not a time: hour must be in 0..23",
    fi="`{given}` ei ole aika: tunnin pitää olla väliltä 0–23",
    sv="`{given}` är ingen tid: timmen ska vara mellan 0 och 23",
)
NO_SUCH_MINUTE = Wording(
    en="`{given}` is not a time: minute must be in 0..59",
    fi="`{given}` ei ole aika: minuutin pitää olla väliltä 0–59",
    sv="`{given}` är ingen tid: minuten ska vara mellan 0 och 59",
)
SINCE_WITHOUT_DATE = Wording(
    en="`since` begins a time that `date` ends: give `date` as well",
    fi="`since` on ajan alku ja `date` sen loppu: kirjoita myös `date`",
    sv="`since` är början på en tid och `date` dess slut: skriv också `date`",
)
SINCE_AFTER_DATE = Wording(
    en="`since` must not be later than `date`",
    fi="`since` ei saa olla myöhempi kuin `date`",
    sv="`since` får inte vara senare än `date`",
)
NOT_AN_EMAIL = Wording(
    en="`{given}` is not an e-mail address: write name@example.fi",
    fi="`{given}` ei ole sähköpostiosoite: kirjoita se näin: nimi@esimerkki.fi",
    sv="`{given}` är ingen e-postadress: skriv den så här: namn@exempel.fi",
)
NOT_A_PHONE = Wording(
    en="`{given}` is not a phone number: write it as 0400 123 456",
    fi="`{given}` ei ole puhelinnumero: kirjoita se näin: 0400 123 456",
    sv="`{given}` är inget telefonnummer: skriv det så här: 0400 123 456",
)
UNREACHABLE = Wording(
    en="give `url` or `email`, so that people can reach it",
    fi="kirjoita `url` tai `email`, jotta yhteyden voi ottaa",
    sv="skriv `url` eller `email`, så att man kan ta kontakt",
)
NOT_HTTPS = Wording(
    en="`{given}`: Teams wants an address that begins with https://",
    fi="`{given}`: Teamsiä varten osoitteen alussa pitää olla https://",
    sv="`{given}`: för Teams ska adressen börja med https://",
)
TOO_LONG_FOR_TEAMS = Wording(
    en="`{language}` has {length} characters, Teams takes {longest}: make it shorter",
    fi="kohdassa `{language}` on {length} merkkiä, Teamsissä saa olla {longest}: lyhennä tekstiä",
    sv="`{language}` har {length} tecken, i Teams ryms {longest}: förkorta texten",
)
NO_LANGUAGE = Wording(
    en="give the text in at least one language (fi, sv, en)",
    fi="kirjoita teksti ainakin yhdellä kielellä (fi, sv, en)",
    sv="skriv texten på minst ett språk (fi, sv, en)",
)

# Meetings

END_BEFORE_START = Wording(
    en="`end` must be later than `start`",
    fi="loppuajan (`end`) pitää olla alkuajan (`start`) jälkeen",
    sv="sluttiden (`end`) ska vara efter starttiden (`start`)",
)
NOWHERE = Wording(
    en="give `place`, `online` or both, so that people find the meeting",
    fi="kirjoita `place` (paikka), `online` (verkko-osoite) tai molemmat, jotta tapaaminen löytyy",
    sv="skriv `place` (plats), `online` (på nätet) eller båda, så att folk hittar till träffen",
)
TIME_SKIPPED = Wording(
    en="{time} does not exist: the clocks are changed that night; choose another time",
    fi="aikaa {time} ei ole, koska kelloja siirretään sinä yönä; valitse toinen aika",
    sv="tiden {time} finns inte, eftersom klockan ställs om den natten; välj en annan tid",
)
TIME_TWICE = Wording(
    en="{time} happens twice: the clocks are changed that night; choose another time",
    fi="aika {time} tulee kahdesti, koska kelloja siirretään sinä yönä; valitse toinen aika",
    sv="tiden {time} finns två gånger, eftersom klockan ställs om den natten; välj en annan tid",
)
DAY_OFF_RULE = Wording(
    en="the meeting does not fall on {day} by its rule: write a day that it gives",
    fi="toistumissäännön mukaan tapaamista ei ole {day}: kirjoita jokin säännön antama päivä",
    sv="enligt regeln för upprepning är det ingen träff {day}: skriv en dag som regeln ger",
)
NO_RULE = Wording(
    en="`{rule}` is not a recurrence rule: write for example FREQ=MONTHLY;BYDAY=2TH",
    fi=(
        "`{rule}` ei ole toistumissääntö: kirjoita esimerkiksi FREQ=MONTHLY;BYDAY=2TH "
        "(joka kuun toinen torstai)"
    ),
    sv=(
        "`{rule}` är ingen regel för upprepning: skriv till exempel FREQ=MONTHLY;BYDAY=2TH "
        "(andra torsdagen i varje månad)"
    ),
)
WRONG_RULE = Wording(
    en="`{rule}` is not a recurrence rule: {original}",
    fi="`{rule}` ei ole toistumissääntö: jokin sen päivistä tai luvuista on mahdoton",
    sv="`{rule}` är ingen regel för upprepning: någon dag eller något tal i den är omöjligt",
)
ONE_RULE = Wording(
    en="write one recurrence rule",
    fi="kirjoita vain yksi toistumissääntö",
    sv="skriv bara en regel för upprepning",
)
RULE_WITHOUT_DAYS = Wording(
    en="`{rule}` names no day in the first years: write one that comes true",
    fi="`{rule}` ei anna yhtään päivää ensi vuosina: kirjoita sääntö, joka toteutuu",
    sv="`{rule}` ger ingen dag under de första åren: skriv en regel som infaller",
)
RULE_WITH_TIME = Wording(
    en="{parts}: the time of day comes from `start`",
    fi="poista {parts}: kellonaika tulee kentästä `start`",
    sv="ta bort {parts}: klockslaget kommer från fältet `start`",
)
TWO_ENDS = Wording(
    en="a recurrence rule has COUNT or UNTIL, not both",
    fi="toistumissäännössä on joko COUNT tai UNTIL, ei molempia",
    sv="en regel för upprepning har antingen COUNT eller UNTIL, inte båda",
)
RULE_NEEDS_MONTH = Wording(
    en="`{rule}`: a day of the month, or which of the days, needs FREQ=MONTHLY or FREQ=YEARLY",
    fi=(
        "`{rule}`: kuukauden päivä tai viikonpäivän järjestysnumero vaatii kohdan FREQ=MONTHLY "
        "tai FREQ=YEARLY"
    ),
    sv=(
        "`{rule}`: en dag i månaden eller en veckodags ordningsnummer kräver FREQ=MONTHLY eller "
        "FREQ=YEARLY"
    ),
)

# What has to fit between files

NO_TIME_ZONE = Wording(
    en="`{zone}` is not a time zone: write Europe/Helsinki",
    fi="`{zone}` ei ole aikavyöhyke: kirjoita Europe/Helsinki",
    sv="`{zone}` är ingen tidszon: skriv Europe/Helsinki",
)
NOT_AMONG_NETWORKS = Wording(
    en="there is no `{key}` among the networks: {known}",
    fi="verkostoa `{key}` ei ole; verkostot ovat: {known}",
    sv="nätverket `{key}` finns inte; nätverken är: {known}",
)
NOT_AMONG_REGIONS = Wording(
    en="there is no `{key}` among the regions: {known}",
    fi="maakuntaa `{key}` ei ole; maakunnat ovat: {known}",
    sv="landskapet `{key}` finns inte; landskapen är: {known}",
)
NO_REGION = Wording(
    en="there is no region `{key}`",
    fi="maakuntaa `{key}` ei ole tiedostossa regions.yaml",
    sv="landskapet `{key}` finns inte i filen regions.yaml",
)
NOT_A_NETWORK = Wording(
    en='`{given}` is not a network\'s key: write pirkanmaa, or "*" for all',
    fi='`{given}` ei ole verkoston tunnus: kirjoita esimerkiksi pirkanmaa, tai "*" eli kaikki',
    sv='`{given}` är inget nätverk: skriv till exempel pirkanmaa, eller "*" för alla',
)
REGION_TAKEN = Wording(
    en="another network covers `{key}` already",
    fi="maakunta `{key}` kuuluu jo toiseen verkostoon",
    sv="landskapet `{key}` hör redan till ett annat nätverk",
)
LISTED_TWICE = Wording(
    en="`{key}` stands in this list twice: keep one",
    fi="`{key}` on tässä luettelossa kahdesti: jätä niistä vain toinen",
    sv="`{key}` finns två gånger i den här listan: behåll bara den ena",
)
PERSON_TWICE = Wording(
    en="{name} stands in {other} too, and is named twice in answers",
    fi="{name} on myös tiedostossa {other}, joten nimi on vastauksissa kahdesti",
    sv="{name} finns också i filen {other} och nämns därför två gånger i svaren",
)
NO_SOURCE = Wording(
    en="source `{key}` is not listed under `sources:` ({known})",
    fi="lähdettä `{key}` ei ole kohdassa `sources:` (siellä on: {known})",
    sv="källan `{key}` finns inte under `sources:` (där finns: {known})",
)
NONE = Wording(en="none", fi="ei mitään", sv="inget")
NO_INTENT = Wording(
    en="there is no intent `{intent}` in intents/",
    fi="kansiossa intents/ ei ole tiedostoa `{intent}`.yaml",
    sv="i mappen intents/ finns ingen fil `{intent}`.yaml",
)
QUESTION_TOO_LONG = Wording(
    en=(
        "`{question}`, the {language} question of that intent, is longer than the 32 characters "
        "of a command"
    ),
    fi=(
        "sen tiedoston kysymys `{question}` ({language}) on pidempi kuin komennon 32 merkkiä: "
        "kirjoita tähän lyhyempi `title`"
    ),
    sv=(
        "frågan `{question}` ({language}) i den filen är längre än ett kommandos 32 tecken: "
        "skriv en kortare `title` här"
    ),
)

# Phrases: how they are written

IN_PHRASE = Wording(
    en="the phrase `{phrase}`: {fault}",
    fi="lause `{phrase}`: {fault}",
    sv="frasen `{phrase}`: {fault}",
)
IN_LIST = Wording(
    en="in the list `{name}`: {fault}",
    fi="sanalistassa `{name}`: {fault}",
    sv="i ordlistan `{name}`: {fault}",
)
BRACKETS_TOO_DEEP = Wording(
    en="the brackets are nested too deeply; write several lines instead",
    fi="liian monta sisäkkäistä sulkuparia; kirjoita mieluummin useita rivejä",
    sv="för många parenteser inuti varandra; skriv hellre flera rader",
)
BRACKET_MISSING = Wording(
    en="`{bracket}` is missing", fi="`{bracket}` puuttuu", sv="`{bracket}` saknas"
)
BRACKET_ALONE = Wording(
    en="`{bracket}` has no partner; brackets come in pairs",
    fi="merkiltä `{bracket}` puuttuu pari; sulkeet kirjoitetaan pareittain",
    sv="`{bracket}` saknar sitt par; parenteser skrivs parvis",
)
NOT_A_SLOT = Wording(
    en="`{slot}` is not a slot; there are: {known}",
    fi="merkintää `{slot}` ei ole; aaltosulkeisiin voi kirjoittaa: {known}",
    sv="beteckningen `{slot}` finns inte; inom klammerparenteser kan man skriva: {known}",
)
NO_WORD_LIST = Wording(
    en="there is no word list `{name}`; write it under `lists:`",
    fi="sanalistaa `{name}` ei ole; kirjoita se kohtaan `lists:`",
    sv="ordlistan `{name}` finns inte; skriv den under `lists:`",
)
NOT_A_LANGUAGE = Wording(
    en="`{code}` is not a language here: fi, sv or en",
    fi="botti ei osaa kieltä `{code}`: kirjoita fi, sv tai en",
    sv="boten kan inte språket `{code}`: skriv fi, sv eller en",
)
PHRASES_MISSING = Wording(
    en="phrases in `{language}` are missing",
    fi="lauseet kielellä `{language}` puuttuvat",
    sv="fraserna på språket `{language}` saknas",
)

# Phrases: whether they help

SHARED = Wording(
    en="the wording `{text}` stands in {place} as well; keep it where it belongs",
    fi="lause `{text}` on myös toisaalla ({place}); jätä se vain sinne, minne se kuuluu",
    sv="frasen `{text}` finns också på annat håll ({place}); behåll den bara där den hör hemma",
)
WORDED_LIKE = Wording(
    en=(
        "{phrase} is worded like {rival} in {place}: who asks one may get the answer of the other; "
        "move it there, or write more phrases like it here"
    ),
    fi=(
        "{phrase} muistuttaa lausetta {rival} ({place}): kysyjä voi saada väärän vastauksen; "
        "siirrä lause sinne tai kirjoita tänne lisää sen kaltaisia"
    ),
    sv=(
        "{phrase} liknar frasen {rival} ({place}): den som frågar kan få fel svar; "
        "flytta frasen dit eller skriv fler liknande här"
    ),
)
ADDS_NOTHING = Wording(
    en="{phrase} adds nothing: all it stands for is in {places}; remove it",
    fi="{phrase} ei tuo mitään lisää: kaikki sen muodot ovat jo muualla ({places}); poista lause",
    sv="{phrase} tillför inget: allt den står för finns redan ({places}); ta bort frasen",
)
ADDS_LITTLE = Wording(
    en=(
        "{phrase} adds next to nothing: its words stand in other orders in {places}; "
        "remove it, or ask in other words"
    ),
    fi=(
        "{phrase} ei tuo juuri mitään lisää: samat sanat ovat jo toisessa järjestyksessä "
        "({places}); poista lause tai kysy toisin sanoin"
    ),
    sv=(
        "{phrase} tillför nästan inget: samma ord finns redan i annan ordning ({places}); "
        "ta bort frasen eller fråga med andra ord"
    ),
)
LINE_OF = Wording(
    en="{intent}.yaml line {line}", fi="{intent}.yaml, rivi {line}", sv="{intent}.yaml, rad {line}"
)
BOTH = Wording(en="{first} and {second}", fi="{first} ja {second}", sv="{first} och {second}")
AND_ELSEWHERE = Wording(
    en="{places} and elsewhere", fi="{places} ja muualla", sv="{places} och på andra ställen"
)
TOO_FEW = Wording(
    en=(
        "too few phrases to be understood well: {counts}; {enough} or more in each language are "
        "advised, each another idea of asking"
    ),
    fi=(
        "lauseita on liian vähän, jotta botti ymmärtäisi hyvin: {counts}; hyvä määrä on "
        "vähintään {enough} kullakin kielellä, kukin oma tapansa kysyä"
    ),
    sv=(
        "fraserna är för få för att boten ska förstå bra: {counts}; det behövs minst {enough} på "
        "varje språk, var och en ett eget sätt att fråga"
    ),
)
COUNT_IN = Wording(
    en="{count} in `{language}`",
    fi="`{language}` {count}",
    sv="`{language}` {count}",
)

# Answers

ANSWERS_MISSING = Wording(
    en="the answers {names} are missing",
    fi="puuttuvat vastaukset: {names}",
    sv="svar som saknas: {names}",
)
ANSWER_UNUSED = Wording(
    en="`{name}` is never used; the answers of this intent are: {known}",
    fi="vastausta `{name}` ei käytetä koskaan; tämän tiedoston vastaukset ovat: {known}",
    sv="svaret `{name}` används aldrig; den här filens svar är: {known}",
)
BUTTON_TOO_LONG = Wording(
    en="a button holds {longest} characters; this has {length}",
    fi="painikkeeseen mahtuu {longest} merkkiä; tässä on {length}",
    sv="en knapp rymmer {longest} tecken; här finns {length}",
)
NO_NETWORK_SLOT = Wording(
    en="write `{{network}}` where the network's name belongs",
    fi="kirjoita `{{network}}` siihen, mihin verkoston nimi kuuluu",
    sv="skriv `{{network}}` där nätverkets namn hör hemma",
)
TAG_NOT_CLOSED = Wording(
    en="the template cannot be read: {original}",
    fi="merkinnältä `{{% {tag} %}}` puuttuu loppu: kirjoita `{{% end{tag} %}}`",
    sv="`{{% {tag} %}}` saknar ett slut: skriv `{{% end{tag} %}}`",
)
TAG_MISPLACED = Wording(
    en="the template cannot be read: {original}",
    fi=(
        "merkintä `{{% {tag} %}}` on tuntematon tai väärässä paikassa: käytössä ovat if, for, set "
        "ja include; if päättyy merkintään endif ja for merkintään endfor"
    ),
    sv=(
        "`{{% {tag} %}}` är okänt eller står på fel ställe: if, for, set och include kan användas, "
        "och if avslutas med endif och for med endfor"
    ),
)
TEMPLATE_BROKEN = Wording(
    en="the template cannot be read: {original}",
    fi=(
        "vastausta ei voi lukea: tarkista, että jokaisella {{{{, {{%, sulkeella ja lainausmerkillä "
        "on parinsa"
    ),
    sv=(
        "svaret kan inte läsas: kontrollera att varje {{{{, {{%, parentes och citattecken har "
        "sitt par"
    ),
)
UNKNOWN_TAG = Wording(
    en="this tag is not used here; there are: if, for, set, include",
    fi="tätä merkintää ei käytetä; käytössä ovat if, for, set ja include",
    sv="den här beteckningen används inte; if, for, set och include kan användas",
)
NOTHING_TO_INCLUDE = Wording(
    en="there is no answer `{name}` to include; write `intent.variant`",
    fi="vastausta `{name}` ei ole; kirjoita tiedoston ja vastauksen nimi näin: contacts.card",
    sv="svaret `{name}` finns inte; skriv filens och svarets namn så här: contacts.card",
)
NAMES_MISSING = Wording(
    en="`{name}` needs names that are not known here: {missing}",
    fi="vastaus `{name}` tarvitsee tietoja, joita tässä ei ole: {missing}",
    sv="svaret `{name}` behöver uppgifter som inte finns här: {missing}",
)
NO_TEST = Wording(
    en="there is no test `{name}`",
    fi="ehtoa `is {name}` ei ole; katso mallia muista vastauksista",
    sv="villkoret `is {name}` finns inte; se efter i andra svar",
)
UNKNOWN_NAME = Wording(
    en="`{name}` is not known here; there are: {known}",
    fi="tässä ei voi käyttää tietoa `{name}`; käytössä ovat: {known}",
    sv="uppgiften `{name}` kan inte användas här; det som finns är: {known}",
)
UNKNOWN_PART = Wording(
    en="`.{name}` is not a field here; there are: {known}",
    fi="tässä ei voi käyttää tietoa `.{name}`; käytössä ovat: {known}",
    sv="uppgiften `.{name}` kan inte användas här; det som finns är: {known}",
)
NO_FILTER = Wording(
    en="there is no filter `{name}`; there are: {known}",
    fi="muotoilua `| {name}` ei ole; käytössä ovat: {known}",
    sv="formateringen `| {name}` finns inte; det som finns är: {known}",
)

# What is old

OLD = Wording(
    en="old: this source is {age} days old ({dates})",
    fi="vanhaa tietoa: lähde on {age} päivää vanha ({dates})",
    sv="gammal uppgift: källan är {age} dagar gammal ({dates})",
)
OLD_AND_USED = Wording(
    en="old: this source is {age} days old ({dates}); {count} statements rest on it",
    fi="vanhaa tietoa: lähde on {age} päivää vanha ({dates}); siihen nojaavia väitteitä: {count}",
    sv=(
        "gammal uppgift: källan är {age} dagar gammal ({dates}); påståenden som bygger på den: "
        "{count}"
    ),
)
FROM_TO = Wording(en="{since} to {date}", fi="{since} – {date}", sv="{since} – {date}")

# What the command says at its end

MORE_WARNINGS = Wording(
    en="… and {count} more warnings: `taikubot check --all` shows them.",
    fi="… ja lisäksi varoituksia: {count}. `taikubot check --all` näyttää ne kaikki.",
    sv="… och dessutom varningar: {count}. `taikubot check --all` visar alla.",
)
NO_ERRORS = Wording(
    en="{content} and {intents}: no errors.",
    fi="{content} ja {intents}: ei virheitä.",
    sv="{content} och {intents}: inga fel.",
)
MEND_FIRST = Wording(
    en="Mend these first; `taikubot check` lists them all.",
    fi="Korjaa ensin nämä; `taikubot check` luettelee ne kaikki.",
    sv="Rätta de här först; `taikubot check` räknar upp alla.",
)
