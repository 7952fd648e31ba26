"""One wrong file at a time: the finding names its path and line, what is wrong and what to do."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from .world import World

COMMUNITY = "content/community.yaml"
NETWORK = "content/networks/north.yaml"
PERSON = "content/people/anna.yaml"
REGIONS = "content/places/regions.yaml"
TOWNS = "content/places/municipalities.yaml"
MEETING = "content/meetings/coffee.yaml"
CONTACTS = "intents/contacts.yaml"
LEXICON = "intents/lexicons/fi.yaml"

MONTHLY = "FREQ=MONTHLY;BYDAY=2TH"
START = "start: 2026-01-08 08:30\nend: 2026-01-08 10:00"
RECURRENCE = """\
recurrence:
  rrule: FREQ=MONTHLY;BYDAY=2TH
  skip:
    - 2026-03-12
    - 2026-04-09
  moved:
    2026-05-14:
      start: 2026-05-21 08:30
      end: 2026-05-21 10:00
cancelled_days:
  - 2026-06-11
"""


@dataclass(frozen=True)
class Damage:
    """An edit of one file, and what must be said of it."""

    kind: str
    file: str
    old: str
    new: str
    says: str
    below: int = 0
    """How many lines below the beginning of the edit the finding stands."""


def _rule(kind: str, rule: str, says: str) -> Damage:
    return Damage(kind, MEETING, MONTHLY, rule, says)


DAMAGES = [
    # Fields
    Damage(
        "unknown key",
        PERSON,
        "phone:",
        "telephone:",
        "`telephone` is not a field here; there are: name, role, organisation, phone, email,",
    ),
    Damage(
        "unknown key inside a field",
        MEETING,
        "  url: https://example.org/coffee",
        "  url: https://example.org/coffee\n  shared: public",
        "`online.shared` is not a field here",
        below=1,
    ),
    Damage(
        "unknown key of a listed place",
        TOWNS,
        "sv: Nederby,",
        "sv: Nederby, mayor: Nobody,",
        "`mayor` is not a field here; there are: fi, sv, en, region,",
    ),
    Damage(
        "unknown key beside a list",
        TOWNS,
        "municipalities:",
        "towns: []\nmunicipalities:",
        "`towns` is not a field here; there are: municipalities",
    ),
    Damage(
        "missing field",
        PERSON,
        "name: Anna Esimerkki\n",
        "",
        "`name` is missing",
    ),
    Damage(
        "missing language",
        PERSON,
        "role:\n  fi: koordinaattori\n  sv: koordinator\n",
        "role:\n  fi: koordinaattori\n",
        "`role.sv` is missing: write the text in this language as well",
    ),
    Damage(
        "language left empty",
        PERSON,
        "  sv: koordinator\n",
        "  sv:\n",
        "`role.sv` is missing: write the text in this language as well",
    ),
    Damage(
        "missing language in a list of statements",
        NETWORK,
        "  - fi: Se auttaa.\n    sv: Det hjälper.\n",
        "  - fi: Se auttaa.\n",
        "`goals.1.sv` is missing: write the text in this language as well",
    ),
    Damage(
        "duplicate key",
        PERSON,
        "phone: 0400 123 456",
        "phone: 0400 123 456\nphone: 0400 123 457",
        "`phone` stands here twice (see line 7): keep one",
        below=1,
    ),
    Damage(
        "duplicate key inside a field",
        PERSON,
        "  fi: koordinaattori",
        "  fi: koordinaattori\n  fi: vetäjä",
        "`fi` stands here twice (see line 3): keep one",
        below=1,
    ),
    Damage(
        "key inside a file",
        PERSON,
        "phone:",
        "key: anna\nphone:",
        "leave `key` out: the file's name is the key",
    ),
    Damage(
        "a text where fields belong",
        PERSON,
        "role:\n  fi: koordinaattori\n  sv: koordinator\n  en: coordinator",
        "role: koordinaattori",
        "`role` must have fields of its own, not a single text",
    ),
    Damage(
        "a text where a list belongs",
        PERSON,
        "networks: [north]",
        "networks: north",
        "`networks` must be a list (each item on a line beginning with `- `)",
    ),
    Damage(
        "a network's name where its key belongs",
        PERSON,
        "networks: [north]",
        "networks: [Länsi-Suomi, north]",
        "`networks.1`: `Länsi-Suomi` is not a key: "
        "write the name of the file that is meant, without .yaml",
    ),
    Damage(
        "a list where a text belongs",
        PERSON,
        "name: Anna Esimerkki",
        "name: [Anna, Esimerkki]",
        "`name` must be a text",
    ),
    Damage(
        "a word that is not among the choices",
        MEETING,
        "morning_coffee",
        "party",
        "there is no `party` among the kinds of meetings in community.yaml: network_meeting, "
        "seminar, morning_coffee",
    ),
    Damage(
        "a meeting without a place",
        MEETING,
        "online:\n  url: https://example.org/coffee\n",
        "",
        "give `place`, `online` or both, so that people find the meeting",
        below=-17,
    ),
    Damage(
        "a place to turn to without an address",
        COMMUNITY,
        "  email: office@example.org\n",
        "",
        "give `url` or `email`, so that people can reach it",
        below=-2,
    ),
    # References
    Damage(
        "unknown network",
        PERSON,
        "networks: [north]",
        "networks: [north, west]",
        "there is no `west` among the networks: north",
    ),
    Damage(
        "unknown network of a meeting",
        MEETING,
        "networks: [north]",
        "networks:\n  - north\n  - west",
        "there is no `west` among the networks: north",
        below=2,
    ),
    Damage(
        "unknown region of a person",
        PERSON,
        "regions: [north]",
        "regions: [east]",
        "there is no `east` among the regions: north, south",
    ),
    Damage(
        "unknown region of a network",
        NETWORK,
        "regions: [north]",
        "regions: [north, east]",
        "there is no `east` among the regions: north, south",
    ),
    Damage(
        "unknown region of a municipality",
        TOWNS,
        "region: south",
        "region: east",
        "there is no region `east`",
    ),
    Damage(
        "region covered twice",
        NETWORK,
        "regions: [north]",
        "regions: [north, north]",
        "another network covers `north` already",
    ),
    Damage(
        "municipality listed twice",
        TOWNS,
        "region: south}",
        "region: south}\n  - {fi: Ylikylä, sv: Överby, region: south}",
        "`ylikyla` stands in this list twice: keep one",
        below=1,
    ),
    Damage(
        "region listed twice",
        REGIONS,
        "in Southland}",
        "in Southland}\n  - {key: north, fi: N, sv: N, en: N, where: {fi: n, sv: n, en: n}}",
        "`north` stands in this list twice: keep one",
        below=1,
    ),
    Damage(
        "unknown source of a statement",
        NETWORK,
        "  en: The network started in 2017.\n  source: page",
        "  en: The network started in 2017.\n  source: paper",
        "source `paper` is not listed under `sources:` (page)",
        below=1,
    ),
    Damage(
        "unknown source in a list of statements",
        NETWORK,
        "    en: It helps.\n    source: page",
        "    en: It helps.\n    source: paper",
        "source `paper` is not listed under `sources:` (page)",
        below=1,
    ),
    Damage(
        "unknown source in the community",
        COMMUNITY,
        "  en: There is one network.\n  source: page",
        "  en: There is one network.\n  source: paper",
        "source `paper` is not listed under `sources:` (page)",
        below=1,
    ),
    # Dates and times
    Damage(
        "bad date",
        PERSON,
        "2024-01-01",
        "1.1.2024",
        "`1.1.2024` is not a date: write 2026-12-10",
    ),
    Damage(
        "a year alone where a day belongs",
        PERSON,
        "2024-01-01",
        "2024",
        "`2024` is not a date: write 2026-12-10",
    ),
    Damage(
        "a date that no calendar has",
        PERSON,
        "2024-01-01",
        "2023-02-29",
        "`2023-02-29` is not a date: day",
    ),
    Damage(
        "bad date of a source",
        NETWORK,
        "date: 2023-10-03",
        "date: lokakuu 2023",
        "`lokakuu 2023` is not a date: write 2017, 2017-01 or 2017-01-25",
    ),
    Damage(
        "a month that no year has",
        NETWORK,
        "date: 2023-10-03",
        "date: 2023-13",
        "`2023-13` is not a date: month must be in 1..12",
    ),
    Damage(
        "a year long ago",
        NETWORK,
        "date: 2023-10-03",
        "date: 0203-10-03",
        "`0203-10-03`: the year must be from 1900 to 2200",
    ),
    Damage(
        "bad time",
        MEETING,
        "end: 2026-01-08 10:00",
        "end: 2026-01-08T10:00:00+02:00",
        "`2026-01-08T10:00:00+02:00` is not a time: write 2026-12-10 08:30, without a time zone",
    ),
    Damage(
        "a time that no day has",
        MEETING,
        "end: 2026-01-08 10:00",
        "end: 2026-01-08 25:00",
        "`2026-01-08 25:00` is not a time: hour must be in 0..23",
    ),
    Damage(
        "a meeting in the year one",
        MEETING,
        "start: 2026-01-08 08:30",
        "start: 0001-01-01 00:30",
        "`0001-01-01 00:30`: the year must be from 1900 to 2200",
    ),
    Damage(
        "end before start",
        MEETING,
        "end: 2026-01-08 10:00",
        "end: 2026-01-08 08:00",
        "`end` must be later than `start`",
    ),
    Damage(
        "end before start of a moved meeting",
        MEETING,
        "end: 2026-05-21 10:00",
        "end: 2026-05-20 10:00",
        "`end` must be later than `start`",
    ),
    Damage(
        "ambiguous local time in autumn",
        MEETING,
        START + "\n" + RECURRENCE,
        "start: 2026-10-25 03:30\nend: 2026-10-25 05:00\n",
        "2026-10-25 03:30 happens twice: the clocks are changed that night; choose another time",
    ),
    Damage(
        "skipped local time in spring",
        MEETING,
        START + "\n" + RECURRENCE,
        "start: 2026-03-29 02:00\nend: 2026-03-29 03:30\n",
        "2026-03-29 03:30 does not exist: the clocks are changed that night; choose another time",
        below=1,
    ),
    Damage(
        "ambiguous local time of a moved meeting",
        MEETING,
        "      start: 2026-05-21 08:30\n      end: 2026-05-21 10:00",
        "      start: 2026-10-25 03:00\n      end: 2026-10-25 10:00",
        "2026-10-25 03:00 happens twice: the clocks are changed that night; choose another time",
    ),
    Damage(
        "skipped day that the rule does not give",
        MEETING,
        "2026-04-09",
        "2026-04-10",
        "the meeting does not fall on 2026-04-10 by its rule: write a day that it gives",
    ),
    Damage(
        "moved day that the rule does not give",
        MEETING,
        "2026-05-14:",
        "2026-05-15:",
        "the meeting does not fall on 2026-05-15 by its rule: write a day that it gives",
    ),
    Damage(
        "cancelled day that the rule does not give",
        MEETING,
        "2026-06-11",
        "2026-06-12",
        "the meeting does not fall on 2026-06-12 by its rule: write a day that it gives",
    ),
    Damage(
        "moved day that is no date",
        MEETING,
        "2026-05-14:",
        "toukokuussa:",
        "`toukokuussa` is not a date: write 2026-12-10",
    ),
    Damage(
        "unknown time zone",
        COMMUNITY,
        "Europe/Helsinki",
        "Europe/Lahti",
        "`Europe/Lahti` is not a time zone: write Europe/Helsinki",
    ),
    # Recurrence rules
    _rule("rule in words", "every month", "`every month` is not a recurrence rule: write for"),
    _rule("rule with BYHOUR", f"{MONTHLY};BYHOUR=9", "BYHOUR: the time of day comes from `start`"),
    _rule(
        "rule with COUNT and UNTIL",
        f"{MONTHLY};COUNT=30;UNTIL=20281231",
        "a recurrence rule has COUNT or UNTIL, not both",
    ),
    _rule(
        "rule that never comes true",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "`FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30` names no day in the first years: write one that",
    ),
    _rule(
        "rule that ends before it starts",
        f"{MONTHLY};UNTIL=20251231",
        "names no day in the first years",
    ),
    _rule("rule without steps", f"{MONTHLY};INTERVAL=0", "is not a recurrence rule: write for"),
    _rule("rule of a ninth week", "FREQ=MONTHLY;BYDAY=9TH", "is not a recurrence rule"),
    _rule("rule by the minute", "FREQ=MINUTELY", "is not a recurrence rule"),
    _rule("rule with a part twice", f"{MONTHLY};FREQ=DAILY", "is not a recurrence rule"),
    _rule("rule without a frequency", "BYDAY=2TH", "is not a recurrence rule"),
    _rule("rule until no day", f"{MONTHLY};UNTIL=20281399", "is not a recurrence rule"),
    _rule(
        "numbered weekday of a week",
        "FREQ=WEEKLY;BYDAY=2TH",
        "which of the days, needs FREQ=MONTHLY or FREQ=YEARLY",
    ),
    # Addresses
    Damage(
        "broken e-mail",
        PERSON,
        "anna@example.org",
        "anna(at)example.org",
        "`anna(at)example.org` is not an e-mail address: write name@example.fi",
    ),
    Damage(
        "broken phone number",
        PERSON,
        "0400 123 456",
        "040O 123 456",
        "`040O 123 456` is not a phone number: write it as 0400 123 456",
    ),
    Damage(
        "phone number with too few digits",
        PERSON,
        "0400 123 456",
        "04",
        "`04` is not a phone number: write it as 0400 123 456",
    ),
    Damage(
        "broken web address",
        MEETING,
        "https://example.org/coffee",
        "www.example.org",
        "`online.url`: `www.example.org` is not a web address: write https://…",
    ),
    Damage(
        "web address that would run a script",
        MEETING,
        "https://example.org/coffee",
        "javascript:alert(1)",
        "`online.url`: `javascript:alert(1)` is not a web address: write https://…",
    ),
    # Phrases
    Damage(
        "phrase with an unknown word list",
        CONTACTS,
        "<greet> kuka",
        "<hello> kuka",
        "the phrase `<hello> kuka koordinoi {place}`: there is no word list `hello`; write",
    ),
    Damage(
        "phrase with an unpaired bracket",
        CONTACTS,
        "[verkostosta]",
        "[verkostosta",
        "the phrase `<who> vastaa [verkostosta`: `]` is missing",
    ),
    Damage(
        "phrase with a closing bracket too many",
        CONTACTS,
        "(för nätverket|här)",
        "för nätverket|här)",
        "the phrase `vem svarar för nätverket|här)`: `)` has no partner; brackets come in pairs",
    ),
    Damage(
        "phrase with an unknown slot",
        CONTACTS,
        "{place}",
        "{town}",
        "the phrase `<greet> kuka koordinoi {town}`: `{town}` is not a slot; there are: person,",
    ),
    Damage(
        "phrases missing in a language",
        CONTACTS,
        "  en: |\n    who answers\n",
        "",
        "phrases in `en` are missing",
        below=-8,
    ),
    Damage(
        "phrases in a language that the bot does not speak",
        CONTACTS,
        "  en: |\n    who answers\n",
        "  en: |\n    who answers\n  de: |\n    wer antwortet\n",
        "`de` is not a language here: fi, sv or en",
        below=3,
    ),
    Damage(
        "broken word list of an intent",
        CONTACTS,
        "who: kuka|ketkä",
        "who: (kuka|ketkä",
        "in the list `who`: `)` is missing",
    ),
    Damage(
        "broken shared word list",
        LEXICON,
        "greet: hei|moi",
        "greet: hei|moi|<more>",
        "in the list `greet`: there is no word list `more`; write it under `lists:`",
    ),
    Damage(
        "kind of meeting without words",
        COMMUNITY,
        "    words: {fi: aamukahv*, sv: morgonkaff*, en: coffee*}",
        "    words: {fi: aamukahv*, sv: morgonkaff*}",
        "`morning_coffee` has no words in `en` by which people name it",
        below=-3,
    ),
    Damage(
        "word of two kinds of meetings",
        COMMUNITY,
        "    words: {fi: aamukahv*, sv: morgonkaff*, en: coffee*}",
        "    words: {fi: aamukahv*, sv: morgonkaff*, en: coffee*}\n"
        "  dinner:\n"
        "    name: {fi: Illallinen, sv: Middag, en: Dinner}\n"
        "    none: {fi: illallisia, sv: inga middagar, en: no dinners}\n"
        "    words: {fi: illalli*, sv: middag*|Morgonkaff*, en: dinner*}",
        "`Morgonkaff*` names `morning_coffee` as well",
        below=4,
    ),
    Damage(
        "wording that does two things",
        LEXICON,
        "follow_up_words:",
        "talk: {both: molemmat|kumpikin, other: toinen|Kumpikin}\nfollow_up_words:",
        "`kumpikin` stands under `both` too: it can do one thing only",
    ),
    Damage(
        "wording without a word",
        LEXICON,
        "follow_up_words:",
        "talk: {both: molemmat||kumpikin}\nfollow_up_words:",
        "two `|` with nothing between: write a wording there, or one `|`",
    ),
]


TEAMS_APP = """\
teams_app:
  developer: Example
  website: https://example.org
  short: {fi: a, sv: b, en: c}
  full: {fi: a, sv: b, en: c}
  commands:
    - intent: contacts
      title: {fi: Hei, sv: Hej, en: Hello}
      description: {fi: a, sv: b, en: c}
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("example.org", "example.org/ a", 3, "website"),
        ("https:", "http:", 3, "Teams wants an address that begins with https://"),
        ("developer: Example", f"developer: {'x' * 33}", 2, "developer"),
        ("short: {fi: a, sv: b", f"short: {{fi: a, sv: {'x' * 81}", 4, "`sv` has 81 characters"),
        ("en: Hello", f"en: {'x' * 33}", 8, "`en` has 33 characters, Teams takes 32"),
        ("intent: contacts", "intent: hallo", 7, "there is no intent `hallo` in intents/"),
        ("      title: {fi: Hei, sv: Hej, en: Hello}\n", "", 7, "the fi question of that intent"),
    ],
)
def test_how_teams_presents_the_bot_is_checked(
    world: World, old: str, new: str, line: int, says: str
) -> None:
    community = (world.root / COMMUNITY).read_text()
    world.write(COMMUNITY, community + TEAMS_APP)
    assert not world.findings()
    world.change("intents/contacts.yaml", "Kuka vastaa?", f"{'x' * 33}?")
    assert not world.findings()
    assert TEAMS_APP.count(old) == 1
    world.write(COMMUNITY, community + TEAMS_APP.replace(old, new))
    (finding,) = world.findings()
    assert finding.startswith(f"{COMMUNITY}:{community.count(chr(10)) + line}: error: ")
    assert says in finding


STATEMENTS = """\
privacy_statement: https://example.org/privacy
accessibility_statement:
  fi: https://example.org/fi
  sv: https://example.org/sv
  en: https://example.org/en
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("https://example.org/privacy", "http://example.org", 1, "begins with https://"),
        ("https://example.org/fi", "privacy.html", 3, "fi"),
        ("https://example.org/sv", "http://example.org/sv", 4, "begins with https://"),
        ("  sv: https://example.org/sv\n", "", 2, "sv"),
    ],
)
def test_addresses_of_statements_are_checked(
    world: World, old: str, new: str, line: int, says: str
) -> None:
    community = (world.root / COMMUNITY).read_text()
    world.write(COMMUNITY, community + STATEMENTS)
    assert not world.findings()
    assert STATEMENTS.count(old) == 1
    world.write(COMMUNITY, community + STATEMENTS.replace(old, new))
    (finding,) = world.findings()
    assert finding.startswith(f"{COMMUNITY}:{community.count(chr(10)) + line}: error: ")
    assert says in finding


def test_the_small_community_is_valid(world: World) -> None:
    assert world.findings() == []


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.kind)
def test_bad_content_is_named_by_path_and_line(world: World, damage: Damage) -> None:
    line = world.change(damage.file, damage.old, damage.new) + damage.below
    (found,) = world.findings()
    assert found.startswith(f"{damage.file}:{line}: error: ")
    assert damage.says in found


def test_every_error_is_listed_not_the_first_alone(world: World) -> None:
    phone = world.change(PERSON, "0400 123 456", "none")
    mail = world.change(PERSON, "anna@example.org", "none")
    source = world.change(
        NETWORK, "  en: It helps.\n    source: page", "  en: It helps.\n    source: x"
    )
    where = [finding.split(": ")[0] for finding in world.findings()]
    assert where == [f"{NETWORK}:{source + 1}", f"{PERSON}:{phone}", f"{PERSON}:{mail}"]


@pytest.mark.parametrize("name", ["Anna", "anna_esimerkki", "äiti", "anna-"])
def test_a_file_name_that_is_no_key_is_refused(world: World, name: str) -> None:
    text = (world.root / PERSON).read_text(encoding="utf-8")
    world.write(f"content/people/{name}.yaml", text)
    assert world.findings() == [
        f"content/people/{name}.yaml:1: error: the file's name: `{name}` is not a key: "
        "write a-z, 0-9 and hyphens between"
    ]


def test_two_files_of_one_key_are_refused(world: World) -> None:
    world.write("content/people/anna.yml", (world.root / PERSON).read_bytes())
    assert world.findings() == [
        "content/people/anna.yml:1: error: anna.yaml stands beside it: keep one of the two"
    ]


@pytest.mark.parametrize("name", ["bertil.yaml.txt", "bertil.yml.txt", "BERTIL.YAML"])
def test_a_file_that_was_meant_to_be_read_is_named(world: World, name: str) -> None:
    world.write(f"content/people/{name}", "name: Bertil\n")
    assert world.findings() == [
        f"content/people/{name}:1: warning: this file is not read: "
        "its name must end with .yaml, in small letters"
    ]
    assert set(world.knowledge().people) == {"anna"}


def test_a_copy_under_another_ending_is_nobody_s_business(world: World) -> None:
    world.write("content/people/anna.yaml.bak", (world.root / PERSON).read_bytes())
    world.write("content/people/notes.txt", "to do")
    assert world.findings() == []


def test_a_copied_person_whose_name_was_not_changed_is_warned_of(world: World) -> None:
    world.write("content/people/bertil.yaml", (world.root / PERSON).read_bytes())
    (found,) = world.findings()
    assert found.startswith("content/people/bertil.yaml:1: warning: ")
    assert "stands in anna.yaml too, and is named twice in answers" in found
    assert set(world.knowledge().people) == {"anna", "bertil"}


def test_files_that_begin_with_an_underscore_are_examples(world: World) -> None:
    world.write("content/people/_example.yaml", "# name: Somebody\n\n# phone: 0400 123 456\n")
    assert world.findings() == []
    world.write("content/people/_example.yaml", "# Somebody\nnonsense: [")
    (finding,) = world.findings()
    assert finding.startswith("content/people/_example.yaml:2: warning: this file is not read")
    assert set(world.knowledge().people) == {"anna"}


def test_an_intent_that_does_something_says_how_it_is_wished(world: World) -> None:
    follow = (world.root / "intents/contacts.yaml").read_text(encoding="utf-8")
    world.write("intents/follow.yaml", follow)
    (finding,) = world.findings()
    assert "`act` is missing" in str(finding)
    act = "act:\n  verbs: {fi: seuraa, sv: följ, en: follow}\n  objects: {fi: tiedote, en: news}\n"
    world.write("intents/follow.yaml", f"{act}{follow}")
    (finding,) = world.findings()
    assert "write `sv` as well" in str(finding)
    world.write("intents/follow.yaml", f"{act}{follow}".replace("tiedote,", "tiedote, sv: nyhet,"))
    assert world.findings() == []
