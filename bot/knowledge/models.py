"""The models of the files in content/ and intents/: checked and immutable.

Fields are documented for content editors in docs/content.md; a field's name here is its name in
the YAML file.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from bot.i18n import N_
from bot.knowledge.distress_signs import ReadSigns, SignFault, read_signs
from bot.knowledge.invalid_value import InvalidValueError
from bot.knowledge.values import (
    LANGUAGES,
    SPOKEN,
    Day,
    InSpoken,
    Key,
    Language,
    Link,
    Localized,
    NonEmpty,
    PartialDateField,
    Source,
    Statement,
    Value,
    WebAddress,
    checked_date,
    same_in_all,
    slug,
)
from bot.knowledge.visible import leads_elsewhere


def _email(text: str) -> str:
    if not re.fullmatch(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", text, re.ASCII):
        raise InvalidValueError(
            N_("`{given}` is not an e-mail address: write name@example.fi", given=text)
        )
    return text


_AS_TYPED = {ord(sign): " " for sign in "\u00a0\u2007\u2009\u202f"} | {
    ord(sign): "-" for sign in "\u2010\u2011\u2012\u2013\u2212"
}
"""Spaces and hyphens of word processors, which look like those of a keyboard."""


def _phone(text: str) -> str:
    text = text.translate(_AS_TYPED)
    digits = re.sub(r"[^\d]", "", text)
    if not re.fullmatch(r"\+?[\d ()-]+", text) or not 3 <= len(digits) <= 15:
        raise InvalidValueError(
            N_("`{given}` is not a phone number: write it as 0400 123 456", given=text)
        )
    return text


Email = Annotated[str, AfterValidator(_email)]
Phone = Annotated[str, AfterValidator(_phone)]


COUNTRY_CODE = r"^\+?[1-9]\d{0,2}$"
CountryCode = Annotated[str, Field(pattern=COUNTRY_CODE)]
"""What numbers of a country begin with elsewhere: `+46`."""


def e164(phone: str, country_code: str | None) -> str:
    """A phone number as a link wants it: `070 123 45 67` becomes `+46701234567`.

    Without a country code, a number that has none itself is dialled as it is.
    """
    digits = re.sub(r"[^\d+]", "", phone)
    if digits.startswith("+"):
        return digits
    if digits.startswith("00"):
        return "+" + digits[2:]
    if country_code is None or not digits.startswith("0"):
        # So are short numbers such as 112.
        return digits
    return f"+{country_code.lstrip('+')}{digits[1:]}"


class Sourced(Value):
    """A file whose statements name the sources listed in it."""

    sources: dict[Key, Source] = {}


class Coordination(Value):
    """Who coordinated a network, and when that is known to have held."""

    organisations: tuple[Localized, ...] = Field(min_length=1)
    since: PartialDateField | None = None
    until: PartialDateField | None = None
    as_of: PartialDateField | None = None
    """The date of the source, where it tells of one moment only."""
    source: Key


class Joining(Value):
    """Who may take part in a network, and how."""

    who: Statement | None = None
    how: Statement | None = None


class Network(Sourced):
    """A regional network: one file in content/networks/."""

    @model_validator(mode="before")
    @classmethod
    def _spoken_languages(cls, data: Any, info: ValidationInfo) -> Any:
        """Without a word on it, a network speaks Finnish; where nobody does, what all speak."""
        spoken = (info.context or {}).get(SPOKEN, LANGUAGES)
        if not isinstance(data, dict) or "languages" in data or "fi" in spoken:
            return data
        return {**data, "languages": spoken}

    key: Key
    name: Localized
    short: Localized
    """The area's name alone, as in a list or on a button: `Länsi-Suomi`."""
    where: Localized
    """`in the area of …`, ready to stand in a sentence: `Länsi-Suomessa`, `i Västra Finland`."""
    aliases: tuple[NonEmpty, ...] = ()
    """Other names that people use, in any language."""
    regions: tuple[Key, ...] = Field(min_length=1)
    languages: tuple[Language, ...] = ("fi",)
    open: bool | None = None
    """Whether anybody interested may take part; None where no source says it."""
    start: Statement | None = None
    former_names: Statement | None = None
    """What it was called before."""
    coordination: tuple[Coordination, ...] = ()
    background: tuple[Statement, ...] = ()
    members: Statement | None = None
    mailing_list: Statement | None = None
    """Whether it has a mailing list, and how many are on it."""
    population: Statement | None = None
    """How many people live in its area."""
    goals: tuple[Statement, ...] = ()
    activity: tuple[Statement, ...] = ()
    meets: Statement | None = None
    joining: Joining = Joining()
    email: Email | None = None
    """The network's own address, not a person's."""
    not_found: dict[Literal["email", "coordination"], Day] = {}
    """When something was last looked for and no source named it."""
    links: tuple[Link, ...] = ()


UNCONFIRMED_AFTER = dt.timedelta(days=548)
"""Eighteen months: how long contact details count as confirmed."""


class Person(Value):
    """A contact person: one file in content/people/; removing the file removes the person."""

    key: Key
    name: NonEmpty
    role: Localized
    organisation: Localized
    phone: Phone | None = None
    email: Email | None = None
    networks: tuple[Key, ...] = Field(min_length=1)
    regions: tuple[Key, ...] = ()
    """The regions of the network for which this person answers first."""
    valid_from: Day | None = None
    valid_until: Day | None = None
    note: Localized | None = None
    source: Source

    def unconfirmed(self, today: dt.date) -> bool:
        """Whether it was last known to be right over 18 months ago."""
        date = self.source.date
        return date is not None and date.last_day() + UNCONFIRMED_AFTER <= today

    def given_out(self, today: dt.date) -> bool:
        """Whether the contact may be given on that day."""
        started = self.valid_from is None or self.valid_from <= today
        return started and (self.valid_until is None or today <= self.valid_until)


class Region(InSpoken):
    """A region (maakunta, landskap)."""

    key: Key
    fi: NonEmpty
    sv: NonEmpty
    en: NonEmpty
    where: Localized
    """`in the region`, ready to stand in a sentence: `Lapissa`, `i Lappland`, `in Lapland`."""
    also: tuple[NonEmpty, ...] = ()
    """Other names that people use."""
    forms: tuple[NonEmpty, ...] = ()
    """Inflected forms that the rules of the language do not give."""

    def name(self, language: Language) -> str:
        """The region's name in a language."""
        return Localized(fi=self.fi, sv=self.sv, en=self.en)[language]


class Municipality(InSpoken):
    """A municipality, named in Finnish and Swedish."""

    fi: NonEmpty
    sv: NonEmpty
    en: NonEmpty | None = None
    """The name in English where that is not the Finnish one."""
    region: Key
    also: tuple[NonEmpty, ...] = ()
    """Former municipalities, short and colloquial names that mean this one."""
    forms: tuple[NonEmpty, ...] = ()
    common_word: bool = False
    """The name is a common word or a person's name as well (Salo, Ii, Lahti): by itself it is
    taken for the place only with a capital letter, a case ending or a word such as `kunta`."""

    @cached_property
    def key(self) -> str:
        """The municipality's slug."""
        return slug(self.fi)

    def name(self, language: Language) -> str:
        """The name in a language; English uses the Finnish one, unless it has its own."""
        if language == "en":
            return self.en or self.fi
        return self.sv if language == "sv" else self.fi


class Address(Value):
    """Somewhere to turn to: a page, an e-mail address, or both."""

    name: Localized
    url: WebAddress | None = None
    email: Email | None = None
    not_found: dict[Literal["email"], Day] = {}
    """When an address was last looked for and no source named it."""
    phone: Phone | None = None

    @model_validator(mode="after")
    def _reachable(self) -> Address:
        if not (self.url or self.email):
            raise InvalidValueError(N_("give `url` or `email`, so that people can reach it"))
        return self


class HelpLine(Value):
    """The crisis line of one language."""

    name: NonEmpty
    phone: Phone
    hours: NonEmpty | None = None


class HelpLines(InSpoken):
    """Where a person in distress is sent, by language."""

    emergency: Phone
    fi: HelpLine
    sv: HelpLine
    en: HelpLine
    source: Source

    def line(self, language: Language) -> HelpLine:
        """The crisis line that answers in a language."""
        found: HelpLine = getattr(self, language)
        return found


MAX_TEAMS_COMMAND = 32
"""Characters of a command's title that every client of Teams shows."""


def _https(text: str) -> str:
    if not text.startswith("https://"):
        raise InvalidValueError(
            N_("`{given}`: Teams wants an address that begins with https://", given=text)
        )
    return text


def _at_most(longest: int) -> Any:
    """Text in each language of at most so many characters."""

    def check(texts: Localized) -> Localized:
        for language in LANGUAGES:
            if (length := len(texts[language])) > longest:
                raise InvalidValueError(
                    N_(
                        "`{language}` has {length} characters, Teams takes {longest}: make "
                        "it shorter",
                        language=language,
                        length=length,
                        longest=longest,
                    )
                )
        return texts

    return AfterValidator(check)


SecureAddress = Annotated[WebAddress, AfterValidator(_https)]


class TeamsCommand(Value):
    """What Teams suggests to ask: the question of an intent or another, and what it is for."""

    intent: NonEmpty
    title: Annotated[Localized, _at_most(MAX_TEAMS_COMMAND)] | None = None
    """A question that fits this community better than the intent's own."""
    description: Localized


class TeamsApp(Value):
    """How the bot is presented in Teams' list of apps; the limits are those of Teams."""

    developer: Annotated[NonEmpty, Field(max_length=32)]
    website: SecureAddress
    privacy: SecureAddress | None = None
    terms: SecureAddress | None = None
    short: Annotated[Localized, _at_most(80)]
    full: Annotated[Localized, _at_most(4000)]
    accent: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] = "#0b6158"
    """The colour behind the icon."""
    commands: Annotated[tuple[TeamsCommand, ...], Field(max_length=10)] = ()


def _encrypted(text: str) -> str:
    if not text.startswith("https://"):
        raise InvalidValueError(
            N_("`{given}`: write an address that begins with https://", given=text)
        )
    return text


EncryptedAddress = Annotated[WebAddress, AfterValidator(_encrypted)]


class Statements(InSpoken):
    """The addresses of a page about the bot, such as its privacy statement, by language."""

    fi: EncryptedAddress
    sv: EncryptedAddress
    en: EncryptedAddress

    def __getitem__(self, language: Language) -> str:
        address: str = getattr(self, language)
        return address


StatementAddress = Annotated[
    Statements, BeforeValidator(same_in_all, json_schema_input_type=Statements | EncryptedAddress)
]
"""A plain address is that of the page in every language."""


MEETING_KIND = r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$"
MeetingKind = Annotated[str, Field(pattern=MEETING_KIND)]
"""The key of a kind of meetings, under `meeting_kinds:` in content/community.yaml."""


class KindOfMeeting(Value):
    """A kind of meetings that the community holds."""

    name: Localized
    """As a form offers it: `Morning coffee`."""
    none: Localized
    """As after *I have …*, where there is none: `no morning coffees`."""
    words: dict[Language, NonEmpty] = {}
    """By what words people name it: alternatives with `|` between; `*` stands for any ending of a
    word (`aamukahv*`, `isom* tapaami*`)."""


class Community(Sourced):
    """The national community: content/community.yaml."""

    name: Localized
    bot_name: NonEmpty
    languages: tuple[Language, ...] = Field(default=LANGUAGES, min_length=1)
    """The languages that the bot speaks, the usual one first."""
    country_code: CountryCode | None = None
    """That of phone numbers without one."""
    time_zone: NonEmpty
    time_zone_name: Localized | None = None
    """Whose time that is, as beside a field for the time of day: `in Finland`."""
    meeting_kinds: dict[MeetingKind, KindOfMeeting] = {}
    """The kinds of meetings, the usual one first; without any, a meeting may name what it likes."""
    words: dict[Language, dict[NonEmpty, NonEmpty]] = {}
    """What is said here in place of words in `intents/` and in the program's texts, such as the
    word for a part of the community: `{en: {network: district, networks: districts}}`."""
    contact_point: Address
    keeper: Address
    """Who mends wrong information in this content."""
    privacy_statement: StatementAddress | None = None
    """The privacy statement of whoever runs the bot, for the web page."""
    accessibility_statement: StatementAddress | None = None
    """The accessibility statement of whoever runs the bot, for the web page."""
    facebook_page_messenger: WebAddress | None = None
    """The Page's m.me link, by which a group's members reach the bot."""
    teams_app: TeamsApp | None = None
    help_lines: HelpLines
    what: tuple[Statement, ...] = Field(min_length=1)
    networks: Statement
    """How many networks there are, and where."""
    start: Statement | None = None
    run_by: Statement | None = None
    funders: Statement | None = None
    budget: Statement | None = None
    events: Statement | None = None
    """How many events it has held."""
    tasks: tuple[Statement, ...] = ()
    network_tasks: tuple[Statement, ...] = ()
    """What every regional network does."""
    network_joining: Statement | None = None
    """How one joins a regional network in general."""
    newsletter: Statement | None = None
    numbers: tuple[Statement, ...] = ()
    links: tuple[Link, ...] = ()


def _wall_clock(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)[T ](\d{1,2})[:.](\d\d)", value.strip())
    if not match:
        raise InvalidValueError(
            N_("`{given}` is not a time: write 2026-12-10 08:30, without a time zone", given=value)
        )
    day = checked_date(value, *map(int, match[1].split("-")))
    hour, minute = int(match[2]), int(match[3])
    if hour > 23:
        raise InvalidValueError(N_("`{given}` is not a time: hour must be in 0..23", given=value))
    if minute > 59:
        raise InvalidValueError(N_("`{given}` is not a time: minute must be in 0..59", given=value))
    return dt.datetime.combine(day, dt.time(hour, minute))


WallClock = Annotated[dt.datetime, BeforeValidator(_wall_clock, json_schema_input_type=str)]
"""A local time without a zone; the community's time zone is meant."""


class SomeLanguages(Value):
    """A text in the languages of a network; at least one."""

    fi: NonEmpty | None = None
    sv: NonEmpty | None = None
    en: NonEmpty | None = None

    @model_validator(mode="after")
    def _one_at_least(self) -> SomeLanguages:
        if not (self.fi or self.sv or self.en):
            raise InvalidValueError(N_("give the text in at least one language (fi, sv, en)"))
        return self

    def best(self, language: Language) -> str:
        """The text in a language, else in Finnish, Swedish or English."""
        return getattr(self, language) or self.fi or self.sv or self.en or ""

    def languages(self) -> tuple[str, ...]:
        """The languages in which the text is given."""
        return tuple(code for code in ("fi", "sv", "en") if getattr(self, code))


def _after_start(end: dt.datetime, info: ValidationInfo) -> dt.datetime:
    start = info.data.get("start")
    if start is not None and end <= start:
        raise InvalidValueError(N_("`end` must be later than `start`"))
    return end


End = Annotated[WallClock, AfterValidator(_after_start)]
"""When something ends whose `start` stands before."""


class Moved(Value):
    """New times of one occurrence of a recurring meeting."""

    start: WallClock
    end: End


ONLY_START = "FREQ=DAILY;COUNT=1"
"""The rule of a series whose other dates are all chosen one by one."""


class Recurrence(Value):
    """How a meeting repeats: an RRULE of RFC 5545, in the community's local time."""

    rrule: NonEmpty = ONLY_START
    """Left out where `start` and the days under `also` are all dates."""
    skip: tuple[Day, ...] = ()
    """Days on which the meeting is not held."""
    also: tuple[Day, ...] = ()
    """Further days on which it is held, at the same time of day."""
    moved: dict[Day, Moved] = {}
    """Occurrences with another time, by the day on which they would have been."""


class Online(Value):
    """A link to a meeting on the net."""

    url: WebAddress
    share: Literal["members", "public"] = "members"
    """`members`: shown in Teams only; `public`: shown everywhere."""


def _days_before(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(\d{1,3}) (day|week)s? before", " ".join(value.lower().split()))
    if not match:
        raise InvalidValueError(
            N_("`{given}`: write how long before the meeting, as 7 days before", given=value)
        )
    days = int(match[1]) * (7 if match[2] == "week" else 1)
    return "1 day before" if days == 1 else f"{days} days before"


DaysBefore = Annotated[str, BeforeValidator(_days_before, json_schema_input_type=str)]
"""`7 days before`, `2 weeks before`; kept in days."""


MAIL = "mailto:"

_WEB = re.compile(r"https?://[^\s<>()\[\]\"']+")


def _registration_address(text: str) -> str:
    """A web address as it is, an e-mail address as a link."""
    if text.startswith(MAIL) or ("@" in text and "/" not in text):
        return MAIL + _email(text.strip().removeprefix(MAIL))
    if not _WEB.fullmatch(text):
        raise InvalidValueError(
            N_(
                "`{given}` is neither a web address nor an e-mail address: write https://… or "
                "name@example.fi",
                given=text,
            )
        )
    if elsewhere := leads_elsewhere(text):
        raise InvalidValueError(elsewhere)
    return text


RegistrationAddress = Annotated[
    str, StringConstraints(max_length=500), AfterValidator(_registration_address)
]
"""A web address or an e-mail address; the latter is kept as a link, `mailto:name@example.fi`."""


class Registration(Value):
    """Where and until when one registers."""

    url: RegistrationAddress
    deadline: Day | None = None
    """The last day; holds for one date, so a series has `closes`."""
    closes: DaysBefore | None = None
    """The last day, as so many days before each date."""

    @model_validator(mode="after")
    def _one_limit(self) -> Registration:
        if self.deadline and self.closes:
            raise InvalidValueError(N_("give `deadline` or `closes`, not both"))
        return self

    def last_day(self, start: dt.date) -> dt.date | None:
        """The last day on which one may register for the meeting of a day; None for no limit."""
        days = self.days_before()
        return self.deadline if days is None else start - dt.timedelta(days=days)

    def days_before(self) -> int | None:
        """How many days before each date registering ends; None where that is not said."""
        return None if self.closes is None else int(self.closes.split()[0])


PartOfMeeting = Literal["place", "online", "registration", "description"]


class Changes(Value):
    """What is otherwise on one day of a series; the rest is as on all days."""

    title: SomeLanguages | None = None
    kind: MeetingKind | None = None
    place: SomeLanguages | None = None
    online: Online | None = None
    registration: Registration | None = None
    description: SomeLanguages | None = None
    without: tuple[PartOfMeeting, ...] = ()
    """What there is on all days, but not on this one."""

    def values(self) -> dict[str, Any]:
        """The fields of a meeting that are otherwise; None for what is left out."""
        given = {name: value for name, value in self if name != "without" and value is not None}
        return {**dict.fromkeys(self.without), **given}


class Meeting(Value):
    """A meeting, once or recurring: one file in content/meetings/."""

    key: Key
    title: SomeLanguages
    kind: MeetingKind
    networks: tuple[Key, ...] = Field(min_length=1)
    start: WallClock
    end: End
    recurrence: Recurrence | None = None
    place: SomeLanguages | None = None
    online: Online | None = None
    registration: Registration | None = None
    host: SomeLanguages | None = None
    description: SomeLanguages | None = None
    price: SomeLanguages | None = None
    """What it costs, also that it is free: `maksuton`, `20 €, opiskelijat 10 €`."""
    languages: tuple[Language, ...] = ()
    """The languages that are spoken there."""
    audience: SomeLanguages | None = None
    """Who may come, in a sentence."""
    revision: int = Field(default=0, ge=0)
    cancelled: bool = False
    cancelled_days: tuple[Day, ...] = ()
    """Occurrences that were announced and then called off."""
    changed_days: dict[Day, Changes] = {}
    """Occurrences that have another title, place, link, registration or description."""
    demo: bool = False

    def on(self, day: dt.date) -> Meeting:
        """The meeting as it is on one of its days."""
        changes = self.changed_days.get(day)
        return self if changes is None else self.model_copy(update=changes.values())

    @model_validator(mode="after")
    def _somewhere(self) -> Meeting:
        days = [self, *(self.on(day) for day in self.changed_days)]
        if not all(one.place or one.online for one in days):
            raise InvalidValueError(
                N_("give `place`, `online` or both, so that people find the meeting")
            )
        return self


def _lines(value: Any) -> Any:
    """An empty mapping value means `nothing here`."""
    return {} if value == "" else value


Lists = Annotated[
    dict[str, NonEmpty], BeforeValidator(_lines, json_schema_input_type=dict[str, NonEmpty] | None)
]


class Arguments(Value):
    """Of one language: the words around what a question is asked about.

    Words with spaces or lines between; `*` at the beginning or end stands for any letters.
    """

    bodies: str = ""
    """Kinds of bodies that are none of ours: `*yhdisty*`, `choir`."""
    asked_of: str = ""
    """What one asks of a body: its meeting, contact person, number, membership."""
    of: str = ""
    """Words between that and the body: `for`, `of`."""
    joining: str = ""
    """Words of joining, beside which a body is named."""
    leading: str = ""
    """Words of leading and arranging, after which a body is named."""
    following: str = ""
    """Words before what is asked for as the next of its kind: `next`."""
    passed_over: str = ""
    """Articles and other words that may stand before a body and are none themselves."""
    people: str = ""
    """Words for people, who are no bodies: `*are`, `*ist`."""
    selves: str = ""
    """Words by which people speak of themselves, so that a body is theirs: `we`, `our`."""
    yours: str = ""
    """Words by which they speak of us: `your`."""


class Negation(Value):
    """How one language denies and contrasts.

    Words with spaces or lines between, with or without their dots; spoken forms among them. A `*`
    at the beginning or end stands for any letters in `wish`, `not_denied`, `affirmative`, `noun`,
    `begun` and `left_from`.
    """

    negators: str = ""
    """Words that negate what follows them, or with `verb_first` what stands before them."""
    noun_negators: str = ""
    """Those that may negate a noun alone."""
    wish: str = ""
    """Verbs whose negation denies what they are about: wanting, needing, asking, meaning."""
    not_denied: str = ""
    """Verbs whose negation asks for help or tells: knowing, finding, being able."""
    contrasts: str = ""
    """Words after which stands what is meant."""
    corrections: str = ""
    """Those of them that stand after a negation only."""
    limiters: str = ""
    """`just`, `only`: so does what stands after them, but not right after the negative word."""
    leads: str = ""
    """Words that may stand before the negation of a mere noun."""
    copulas: str = ""
    """Verbs of being: negated they deny only where a contrast follows."""
    why: str = ""
    """Words of a question in which a negation is no denial."""
    question_openers: str = ""
    """Words that begin a question in which a negation is none, where it ends in a `?`."""
    forbids: str = ""
    """Negative words that forbid: `älä`, `don't`."""
    tells: str = ""
    """Verbs of telling: forbidden, they deny what is not to be told."""
    misses: str = ""
    """Verbs that turn the wish: `en halua missata`."""
    subordinate: str = ""
    """Words by which a clause goes on with the one before it."""
    continuing: str = ""
    """Negative words that go on with a denial: `enkä`, `nor`."""
    joiners: str = ""
    clauses: str = ""
    """Words between clauses: what stands before them is not negated by what follows."""
    articles: str = ""
    predicates: str = ""
    """Words that make a negation at the beginning no denial of a noun: `not sure`."""
    exceptions: str = ""
    """Two words after which stands what is meant, `|` between alternatives: `muuta kuin`."""
    instead: str = ""
    """Words of `instead of`."""
    instead_phrases: str = ""
    """The same as two words, `|` between alternatives."""
    instead_follows: bool = False
    """Whether it stands after what it denies: `kokousten sijaan`."""
    not_instead: str = ""
    """Words before `instead` with which it denies nothing: `sen sijaan`."""
    verb_first: bool = False
    """Whether the negative word stands after the verb."""
    verb_next: bool = False
    """Whether a verb is likeliest after a negative word, so that a noun must look like one."""
    subjects: str = ""
    """Words after which those of `after_subject` negate."""
    after_subject: str = ""
    """Negative words that are also something else: a spoken `et` may be `että`."""
    dotted: str = ""
    """Negative words that are other words without their dots: `älä` and `ala`."""
    begun: str = ""
    """Forms of a verb after which such a word without dots is that other word: `ala seurata`."""
    an_answer: str = ""
    """Negative words that may only answer: `no`."""
    after_no: str = ""
    """Words before which they do, and negate nothing."""
    affirmative: str = ""
    """Forms of a verb that no negative word can negate: `ei, tarkoitin Lapuaa`."""
    noun: str = ""
    """Words that look like a noun after a negative word."""
    place_verbs: str = ""
    """Verbs whose negation denies a place: being, living, meaning."""
    place_between: str = ""
    """Words that may stand between the negation and the place that it denies."""
    left: str = ""
    """Verbs of leaving a place."""
    left_from: str = ""
    """Words before the place that was left, or its endings."""
    already: str = ""
    having: str = ""
    """Words of which one each sets aside what one has: `kontakterna har jag redan, när …`."""
    dismissing: str = ""
    """Words that set aside what stands beside them: `skip the dates, who …`."""
    preferring: str = ""
    than: str = ""
    """Words around what is preferred: `hellre en kontakt än ett möte`."""
    asking: str = ""
    asking_beside: str = ""
    """Words with which one says again what was asked, and small words beside them: `I asked for`.
    """
    complaining: str = ""
    """Words of a part that only says that an answer was wrong: `wrong answer`."""
    wrong: str = ""
    """Words after a place by which it is wrong or no longer so: `is wrong`, `was`."""


class TalkWords(Value):
    """What people write in the middle of a talk, by what it does: wordings with `|` between.

    No wording may do two things. `*` stands for any ending of a word (`tiivist*`).
    """

    SINGLE_WORDS: ClassVar[tuple[str, ...]] = (
        "small",
        "anywhere",
        "amounts",
        "reached_by",
        "answering",
        "say",
        "selves",
        "anything",
    )
    """The fields that hold words, not wordings."""

    more: str = ""
    """Asks for more than the last answer had: `lisää|loput`."""
    shorter: str = ""
    """Asks for the last answer in short: `lyhyemmin`."""
    amounts: str = ""
    """Single words that may stand beside `more` and `shorter` and ask nothing else: `lause`."""
    last_time: str = ""
    """Means the last meeting that is over: `viime kerralla|last time`."""
    next_time: str = ""
    """Means the next meeting, whatever was shown: `seuraava|next`."""
    same_day: str = ""
    """Means the day of the meeting that was shown: `samana päivänä`."""
    same_week: str = ""
    """Means its week: `samalla viikolla`."""
    same_month: str = ""
    """Means its month: `samassa kuussa|that same month`."""
    same: str = ""
    """Asks whether the person is the one from before: `is it the same person`."""
    not_that: str = ""
    """Says that the last answer is not what was asked: `ei tuo|that's not what i asked`."""
    both: str = ""
    """Means all that a list showed: `molemmat|båda`."""
    other: str = ""
    """Means the other one of a list: `se toinen|the other one`."""
    person: str = ""
    """Means the person, or the persons, named last: `hänen|hennes|her`."""
    last: str = ""
    """Means the last one of a list: `viimeinen`."""
    after: str = ""
    """Means the meeting after the one that was shown: `sen jälkeen`."""
    before: str = ""
    """Means the meeting before it: `sitä edellinen`."""
    which: str = ""
    """Means the one of a list that the rest of the message describes: `kumpi heistä`."""
    back: str = ""
    """Goes back to what was talked about before: `takaisin|back to`."""
    mistake: str = ""
    """Corrects the last message: `ei kun|piti kirjoittaa|jag menade`."""
    gone: str = ""
    """Says that somebody is no longer there: `har slutat|retired`."""
    silent: str = ""
    """Says that somebody does not answer: `ei vastaa`."""
    nobody: str = ""
    """Says that there is no answer at all: `kukaan ei vastaa`."""
    wrong: str = ""
    """Says of a number or an address that it is not right: `ei ole käytössä`."""
    instead: str = ""
    """Asks who is there for somebody who is gone: `kuka sitten|vem tog över`."""
    drop: str = ""
    """Says that something does not matter any more: `unohda|never mind`."""
    own: str = ""
    """Means the place where the member lives or works: `meidän|ours`."""
    told: str = ""
    """Begins what people tell of themselves: `olen|asun|jag jobbar`."""
    passing: str = ""
    """With one of these a place is not where one lives or works: `matkalla|på semester`."""
    roles: str = ""
    """What people in culture and care are: `kirjastonhoitaja`."""
    small: str = ""
    """Words beside these wordings that add nothing, besides `follow_up_words`."""
    anywhere: str = ""
    """Words that do not change the language of a talk: `hello|tack|nej`."""
    anything: str = ""
    """Words that ask for nothing in particular: `anything for us here`."""
    reached_by: str = ""
    """What one reaches people by, `*` for any ending: `numero*`."""
    answering: str = ""
    """Verbs of answering, `*` for any ending: `svara*`."""
    say: str = ""
    """Verbs with which one asks for an answer in another language: `translate`."""
    selves: str = ""
    """Words that mean the member, so that `forget me` drops no subject."""


class Lexicon(Value):
    """Words of one language that several intents share: intents/lexicons/{fi,sv,en}.yaml."""

    lists: Lists = {}
    """Word lists for phrases, `name: a|b|c`, used as `<name>`."""
    openings: NonEmpty
    """How people begin a message before they ask: alternatives, one a line."""
    closings: NonEmpty
    """How people end a message."""
    follow_up_words: NonEmpty
    """Small words that make no question by themselves (`entä`, `ja`, `sitten`)."""
    language_names: str = ""
    """This language in words of any: a message of these, small words and `repeat_words` alone
    asks for the last answer in it (`samma på finska`)."""
    repeat_words: str = ""
    """Words with which people ask for the same again (`voitko sanoa saman`)."""
    yes: str = ""
    """Words that take the only guess on offer."""
    no: str = ""
    """Words that decline what the bot asks."""
    wish_words: str = ""
    """Words around a wish that add nothing to it: `please|can you|i want to`."""
    how_words: str = ""
    """Words with which one asks about an act instead of asking for it: `how|can i`."""
    how_are_you: str = ""
    """How people ask the bot how it is."""
    acknowledgements: str = ""
    """What people say who ask nothing: `ok|got it|good`."""
    talk: TalkWords = TalkWords()
    """Wordings that refer to what was said before."""
    ordinals: tuple[str, ...] = ()
    """Words that pick the first, the second, the third guess on offer."""
    not_places: str = ""
    """Words that no dictionary knows and that look like a place or its misspelling."""
    first_names: str = ""
    """First names; one of them with a last name is a person (`Matti Salo`)."""
    introductions: str = ""
    """What stands before the writer's own name: `my name is|this is`."""
    introduced_by: str = ""
    """Words after the writer's own name: `Minna Salo here`, `Olli Turku asks`."""
    naming: str = ""
    """What the writer's own name follows for sure, a place's as well: `my surname is`."""
    named: str = ""
    """What follows it for sure: `is my name|heter jag`."""
    titles: str = ""
    """Words before a last name: `herr`, `Mrs`."""
    from_words: str = ""
    """Words between a name and where somebody is or is from: `from`, `i`."""
    place_cues: NonEmpty
    """Words next to which an ambiguous name is a place (`kunta`, `kaupunki`)."""
    spoken: Lists = {}
    """How people write a word in speech: `minä: mä|mää|mie`."""
    arguments: Arguments = Arguments()
    """The words around what a question is asked about."""
    negation: Negation = Negation()
    """The words by which something is denied."""
    not_me: str = ""
    """Says that somebody else wishes it: `not me`, with `|` between alternatives."""
    stop_words: str = ""
    """Messages of one word on which ending is offered where something is followed: `stop`."""
    nationalities: str = ""
    """Words for nationalities, languages and their speakers, which say who asks and nothing of
    what; words with spaces or lines between, `*` for any letters at the end."""


DistressKind = Literal[
    "wish_to_die",
    "self_harm",
    "overdose",
    "violence",
    "sexual_violence",
    "danger",
    "child",
    "threatened",
    "worry",
    "alone",
    "grief",
    "panic",
    "exhausted",
    "hopeless",
    "bullied",
    "addiction",
    "eating",
    "homeless",
    "asks_for_help",
]
"""What a sign of distress is a sign of."""


class DistressSigns(Value):
    """What people of one language write in distress: intents/distress/{fi,sv,en}.yaml."""

    words: dict[str, NonEmpty] = {}
    """Word lists for signs, words with spaces or lines between, used as `<name>`. Three have a
    meaning of their own: `negation` denies a sign, `subject` begins what is no longer denied, and
    a word of `about` says that art, study or work is spoken of, so that signs count for less."""
    harmless: str = ""
    """Wordings that only look like signs (`kuolen nauruun`), one a line."""
    sure: dict[DistressKind, NonEmpty] = {}
    """Signs for which the notice is the answer, by kind, one a line."""
    maybe: dict[DistressKind, NonEmpty] = {}
    """Signs for which the answer gets one more line."""

    def blocks(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Each block of signs, with its position in the file."""
        yield ("harmless",), self.harmless
        for tier, kinds in (("sure", self.sure), ("maybe", self.maybe)):
            for kind, text in kinds.items():
                yield (tier, kind), text

    def read(self) -> ReadSigns:
        """The signs by their parts; kept by nobody, since they take several megabytes."""
        return read_signs(self.words, self.blocks())

    @cached_property
    def faults(self) -> tuple[SignFault, ...]:
        """What cannot be read."""
        return self.read().faults


class OtherLanguage(Value):
    """A language that the bot does not speak."""

    name: Localized
    says: NonEmpty
    """In that language: which languages the bot understands."""
    script: Annotated[str, Field(pattern=r"^[A-Z]+$")] | None = None
    """Its script, by the first word of the Unicode names of its letters (`CYRILLIC`)."""
    words: str = ""
    """Words of it that are none of Finnish, Swedish or English; spaces or lines between."""
    letters: str = ""
    """Letters that tell it from other languages of its script."""
    answered_in: Language | None = None
    """The language of ours that is so near that what is understood is answered in it."""


class OtherLanguages(Value):
    """intents/lexicons/other_languages.yaml."""

    languages: dict[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], OtherLanguage]


class Act(Value):
    """Of an intent by which the bot does something: the words of a clear wish.

    All are alternatives with `|` between them, by language. A wish is clear when it has a verb and
    what it is done to, and nothing but such words.
    """

    verbs: dict[Language, NonEmpty]
    """What asks for it."""
    objects: dict[Language, NonEmpty]
    """What it is done to."""
    denied: dict[Language, NonEmpty] = {}
    """Verbs that ask for it where they are negated (`en halua`)."""
    everything: dict[Language, NonEmpty] = {}
    """Words that stand for all networks."""
    names_network: bool = False
    """Whether a clear wish names a network, or all."""
    asked_first: bool = False
    """Whether the bot asks before it does it, however clear the wish is."""
    confidence: float = Field(default=0.7, ge=0.5, le=1)
    """How sure the bot must be of a clear wish."""


class ChangeWords(Value):
    """By what words coordinators name a change of a meeting, in one language.

    Alternatives with `|` between them; `*` at the end of a word stands for any ending.
    """

    edit: str = ""
    move: str = ""
    cancel: str = ""
    delete: str = ""
    copied: str = Field(default="", alias="copy")
    times: str = ""
    """What of a meeting is moved where it is changed: its time."""
    about: str = ""
    """Words for any meeting; `*` at their beginning stands for a part that names one."""
    unlike: str = ""
    """What is changed by other words than a meeting is: an announcement, one's registration."""


DetailOf = Literal["person", "meeting", "network", "joining", "community", "human"]
"""What a detail is asked of; `joining` is joining a network, or any, and `human` is somebody who
can help on: with wrong information, a complaint."""

DETAIL_INTENTS: Mapping[DetailOf, str] = {
    "person": "person",
    "meeting": "meetings",
    "network": "network_info",
    "joining": "join",
    "community": "about",
    "human": "human",
}
"""The intent that asks for all of what a detail is a part of."""


ALIKE = "alike"
"""The field of an intent or detail whose phrases stand under no language."""


class Detail(Value):
    """A detail that people ask of something (`the phone number`): one file in intents/details/."""

    key: Annotated[str, Field(pattern=r"^[a-z]+(_[a-z]+)*$")]
    of: DetailOf
    intent: str | None = None
    """The intent as which the question counts, where another than that of `of` fits better."""
    same_words: tuple[str, ...] = ()
    """Details of other things, and intents, that are asked in the same words (`is it free`): which
    of them is meant is told by what the conversation is about. Of an intent only short messages
    that refer to that (`mitä siellä tehdään`) are meant otherwise."""
    lists: dict[Language, Lists] = {}
    phrases: dict[str, str] = {}
    alike: dict[str, str] = {}
    """Phrases that are worded like another intent's or detail's on purpose, by its key, one a line;
    `check` does not name them."""
    answer: Localized
    """A sentence that says it, or says that it is not known."""

    @property
    def counts_as(self) -> str:
        """The intent as which the question counts."""
        return self.intent or DETAIL_INTENTS[self.of]


class Intent(Value):
    """What people ask in one way: one file in intents/."""

    key: Annotated[str, Field(pattern=r"^[a-z]+(_[a-z]+)*$")]
    lists: dict[Language, Lists] = {}
    phrases: dict[str, str] = {}
    topics: dict[str, dict[str, str]] = {}
    alike: dict[str, str] = {}
    """Phrases that are worded like another intent's or detail's on purpose, by its key, one a line;
    `check` does not name them."""
    answers: dict[str, Localized] = {}
    question: Localized
    """How a button asks for this, understandable by itself."""
    question_about: Localized | None = None
    """The same about a network: `{network}` stands for its name, `{where}` for it in a sentence
    (`Länsi-Suomessa`)."""
    act: Act | None = None
    """What the bot does when it is asked this, if it does anything but answer."""
    changes: dict[Language, ChangeWords] = {}
    """Of `add_meeting`: by what words a coordinator in Teams is led to a meeting that is there."""

    def asked_about(self, network: Network, language: Language) -> str:
        """`question_about` of a network; the plain question where there is none."""
        if self.question_about is None:
            return self.question[language]
        text = self.question_about[language].replace("{where}", network.where[language])
        return text.replace("{network}", network.short[language])
