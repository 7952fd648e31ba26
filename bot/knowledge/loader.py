"""Reads content/ and intents/ into Knowledge, or reports all errors in them."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from bot import __version__
from bot.i18n import N_, Message, OwnWords, pN_
from bot.knowledge.all_doubts import all_doubts
from bot.knowledge.crosscheck import (
    AddFinding,
    Faulty,
    check_meeting,
    check_references,
    cross_check,
)
from bot.knowledge.doubts import Doubt
from bot.knowledge.fallback import Fallback
from bot.knowledge.invalid_value import InvalidValueError
from bot.knowledge.known_files import Known, KnownFiles
from bot.knowledge.library import DISTRESS, Knowledge, TopicPhrase
from bot.knowledge.models import (
    ALIKE,
    COUNTRY_CODE,
    MEETING_KIND,
    Community,
    Detail,
    DistressSigns,
    Intent,
    Lexicon,
    Meeting,
    Municipality,
    Network,
    OtherLanguages,
    Person,
    Region,
)
from bot.knowledge.phrases import PhraseError, PhraseTree, parse_lists, parse_phrase, phrase_lines
from bot.knowledge.question_pairs import Question
from bot.knowledge.unread_files import loose_files, unread_files, yaml_files
from bot.knowledge.values import KEY_PATTERN, LANGUAGES, SPOKEN, Language, Value
from bot.knowledge.yaml_source import (
    ContentError,
    Document,
    Finding,
    YamlPath,
    parse_yaml,
    read_text,
    read_yaml,
)

M = TypeVar("M", bound=Value)

Check = Callable[[Knowledge, AddFinding], None]

IsTrained = Callable[[str], bool]
"""Tells whether there is a model of a fingerprint. Then its phrases have no errors, and are parsed
only when they are needed: parsing takes two thirds of the time of reading."""


def _not_trained(fingerprint: str) -> bool:
    """Makes `load` parse and check every phrase."""
    return False


ANY = "*"
"""Any language."""

DEMO = "demo"
"""The folder in content/ whose files are added for trying the bot out."""


@dataclass
class SourceMap:
    """Maps objects to the documents that they were built from: a finding names file and line."""

    places: dict[int, tuple[Document, YamlPath]] = field(default_factory=dict)
    """By the `id` of an object: its document and its position in it."""
    findings: list[Finding] = field(default_factory=list)
    languages: tuple[Language, ...] = LANGUAGES
    """Those that the community speaks: in others no text is wanted."""
    words: Mapping[str, OwnWords] = field(default_factory=dict)
    """By language: what the community says in place of words in intents/."""
    unreadable: defaultdict[type[Value], set[str]] = field(default_factory=lambda: defaultdict(set))
    """Keys of files and entries with errors, by model: a reference to one is no further error."""
    faulty: list[Faulty] = field(default_factory=list)
    """Files with errors, as far as they can be read."""
    known: KnownFiles | None = None
    """The files as they were read before."""
    _context: object = None
    """What the objects depend on besides their files."""

    def speak(self, words: Mapping[Language, Mapping[str, str]]) -> None:
        """Uses what the community says in place of words in intents/."""
        self.words = {code: OwnWords(own) for code, own in words.items() if own}
        self._context = (self.languages, words)

    def unchanged(self, model: type[M], path: Path, text: str) -> Known[M] | None:
        """What a file with this text was read as before, with its findings; None if it is new."""
        found = self.known and self.known.find(model, path, text, self._context)
        if not found:
            return None
        self.findings.extend(found.document.doubts)
        for value, at in found.values:
            self.remember(value, found.document, at)
        return found

    def keep(self, model: type[M], document: Document, text: str, values: Iterable[M]) -> None:
        """Keeps the objects of a file without errors for the next time."""
        if self.known is not None:
            placed = tuple((value, self.places[id(value)][1]) for value in values)
            self.known.keep(model, document, text, self._context, placed)

    def remember(self, value: Value, document: Document, at: YamlPath) -> None:
        """Keeps the document and the position that an object was built from."""
        self.places[id(value)] = document, at

    def keep_faulty(
        self, model: type[Value], fields: Any, document: Document, value: Value | None
    ) -> None:
        """Keeps a file with errors, without the fields that have them."""
        left_out = document.data.keys() - fields.keys() if isinstance(fields, dict) else ()

        def report(where: YamlPath, message: Message) -> None:
            self.findings.append(document.finding(where, message))

        if isinstance(fields, dict):
            self.faulty.append(
                Faulty(document.path, model, fields, report, value, frozenset(left_out))
            )
        if value is not None:
            self.remember(value, document, ())

    def warn(self, doubt: Doubt) -> None:
        """Adds a warning about a field of an object that looks wrong."""
        document, at = self.places[id(doubt.value)]
        where = (*at, *doubt.where)
        self.findings.append(document.finding(where, doubt.message, "warning"))

    def report(self, value: Value, where: YamlPath, message: Message, line: int = 1) -> None:
        """Adds a finding about a field of an object; `line` counts from 1 in a text of several."""
        document, at = self.places[id(value)]
        number = document.line((*at, *where)) + max(line, 1) - 1
        self.findings.append(Finding(document.path, number, message))


def load(
    content: Path,
    intents: Path,
    demo: bool = False,
    checks: Iterable[Check] = (),
    is_trained: IsTrained = _not_trained,
    known: KnownFiles | None = None,
) -> Knowledge:
    """Reads both folders; raises ContentError with every finding when there is an error.

    With `known`, files that stayed as they are are not parsed again, and phrases are checked and
    not kept.
    """
    knowledge, findings = inspect(content, intents, demo, checks, is_trained, known=known)
    errors = [finding for finding in findings if finding.severity == "error"]
    if knowledge is None or errors:
        raise ContentError(errors)
    return knowledge


def inspect(
    content: Path,
    intents: Path,
    demo: bool = False,
    checks: Iterable[Check] = (),
    is_trained: IsTrained = _not_trained,
    now: dt.datetime | None = None,
    known: KnownFiles | None = None,
) -> tuple[Knowledge | None, list[Finding]]:
    """Reads both folders; gives all findings, and no Knowledge where a file has errors.

    `checks` are checks of packages that this one must not import: of the answers' templates. With
    `now`, files without errors are also searched for what is valid and looks wrong.
    """
    sources = SourceMap(known=known)
    if known is not None:
        known.begin()
    try:
        knowledge = _read(content, intents, demo, sources, is_trained)
    except ContentError as error:
        return None, sorted({*sources.findings, *error.findings})
    finally:
        if known is not None:
            known.end()
    cross_check(knowledge, sources.report, sources.unreadable)
    check_references(knowledge, sources.faulty, sources.unreadable)
    if not sources.unreadable[Intent]:
        # Answers include each other, and those of a file with errors are not missing.
        for check in checks:
            check(knowledge, sources.report)
    if now is not None and all(one.severity != "error" for one in sources.findings):
        for doubt in all_doubts(knowledge, now):
            sources.warn(doubt)
    elif now is not None:
        _warn_of_faulty(knowledge, now, sources)
    return knowledge, sorted(set(sources.findings))


_OF_TIMES = frozenset({"start", "end", "recurrence", "registration"})
"""Fields of a meeting without one of which the others may look wrong."""


def _warn_of_faulty(knowledge: Knowledge, now: dt.datetime, sources: SourceMap) -> None:
    """Warns of what else looks wrong in files with errors, so that nobody has to come back."""
    paths = {one.path for one in sources.faulty}
    if any(one.severity == "error" and one.path not in paths for one in sources.findings):
        return
    added: dict[type[Value], dict[str, Any]] = {Meeting: {}, Network: {}, Person: {}}
    whole: set[int] = set()
    for one in sources.faulty:
        value = one.value
        if isinstance(value, Meeting):
            if one.left_out & _OF_TIMES:
                continue
            faults = len(sources.findings)
            check_meeting(value, knowledge.networks.keys(), knowledge.zone, sources.report)
            if len(sources.findings) > faults:
                continue
        if isinstance(value, Meeting | Network | Person):
            added[one.model][value.key] = value
            whole.add(id(value))
    seen = replace(
        knowledge,
        meetings={**knowledge.meetings, **added[Meeting]},
        networks={**knowledge.networks, **added[Network]},
        people={**knowledge.people, **added[Person]},
    )
    wrong = {(one.path, one.line) for one in sources.findings if one.severity == "error"}
    for doubt in all_doubts(seen, now):
        if id(doubt.value) in whole:
            document, at = sources.places[id(doubt.value)]
            if (document.path, document.line((*at, *doubt.where))) not in wrong:
                sources.warn(doubt)


def _read(
    content: Path, intents: Path, demo: bool, sources: SourceMap, is_trained: IsTrained
) -> Knowledge:
    folders = [content, content / DEMO] if demo else [content]
    sources.languages = _languages(content / "community.yaml")
    community = _one(Community, content / "community.yaml", sources)
    if community is not None:
        sources.speak(community.words)
    networks = _folder(Network, folders, "networks", sources)
    people = _folder(Person, folders, "people", sources)
    _warn_of_duplicates(people.values(), sources)
    meetings = _folder(Meeting, folders, "meetings", sources)
    pairs = _folder(Question, folders, "questions", sources)
    sources.findings.extend(loose_files(content, ["community.yaml"]))
    places = content / "places"
    sources.findings.extend(loose_files(places, ["regions.yaml", "municipalities.yaml"]))
    regions = _by_key(_listed(Region, places / "regions.yaml", "regions", sources), sources)
    towns = _listed(Municipality, places / "municipalities.yaml", "municipalities", sources)
    municipalities = _by_key(towns, sources)
    fallback = _fallback(intents, sources)

    def of_intents(name: str, *, needed: bool = False) -> Path:
        return fallback.path(name, needed=needed) if fallback else intents / name

    lexicons: dict[Language, Lexicon] = {}
    for language in LANGUAGES:
        path = of_intents(f"lexicons/{language}.yaml", needed=True)
        if found := _one(Lexicon, path, sources):
            lexicons[language] = found
    distress: dict[Language, DistressSigns] = {}
    for language in LANGUAGES:
        path = of_intents(f"{DISTRESS}/{language}.yaml")
        if path.exists() and (signs := _one(DistressSigns, path, sources)):
            distress[language] = signs
    path = of_intents("lexicons/other_languages.yaml")
    others = _one(OtherLanguages, path, sources) if path.exists() else None
    questions = _folder(Intent, [intents], "", sources)
    details = _folder(Detail, [intents], "details", sources)
    if fallback is not None:
        _complete(questions, details, fallback, sources)
        # In the order of the files, on which the model depends.
        questions, details = dict(sorted(questions.items())), dict(sorted(details.items()))
        sources.findings.extend(fallback.findings)
    asked: list[Intent | Detail] = [*questions.values(), *details.values()]
    blocks = list(_blocks(asked, lexicons, sources))
    if community is None or len(lexicons) < len(LANGUAGES):
        tuple(_parse_blocks(blocks, sources.findings))
        raise ContentError(sources.findings)
    _warn_of_missing_addresses(community, networks.values(), people.values(), sources)
    named: list[Value] = [*networks.values(), *people.values(), *regions.values()]
    names = _hash(_names_content([community, *lexicons.values(), *named, *municipalities.values()]))
    fingerprint = _hash([__version__, names, *_phrases_content(asked, lexicons.values())])
    # Not kept here: where they are needed once, they are gone with the knowledge that has them.
    read_phrases: Callable[[], tuple[TopicPhrase, ...]] = partial(_parse_trusted, blocks)
    if not is_trained(fingerprint):
        if sources.known is None:
            read_phrases = partial(tuple, [*_parse_blocks(blocks, sources.findings)])
        elif sources.known.checked != fingerprint:
            # What is parsed takes some 20 MB, which a server has no use for.
            sources.known.checked = fingerprint if _are_valid(blocks, sources.findings) else ""
    return Knowledge(
        community=community,
        networks=networks,
        people=people,
        regions=regions,
        municipalities=municipalities,
        meetings=meetings,
        intents=questions,
        lexicons=lexicons,
        details=details,
        questions=pairs,
        distress=distress,
        other_languages=others.languages if others else {},
        read_phrases=read_phrases,
        names=names,
        fingerprint=fingerprint,
        fallen_back=tuple(fallback.findings) if fallback else (),
    )


def _fallback(intents: Path, sources: SourceMap) -> Fallback | None:
    try:
        return Fallback.of(intents)
    except ContentError as error:
        sources.findings.extend(error.findings)
        return None


def _complete(
    questions: dict[str, Intent],
    details: dict[str, Detail],
    fallback: Fallback,
    sources: SourceMap,
) -> None:
    """Adds the shipped intents, answers and details that a copied folder lacks."""

    def read_shipped(path: Path) -> Intent | None:
        return _one(Intent, path, SourceMap(), key=path.stem)

    for key, intent in list(questions.items()):
        whole = fallback.whole(intent, read_shipped)
        if whole is not intent:
            sources.remember(whole, *sources.places[id(intent)])
            questions[key] = whole
    for path in fallback.missing(""):
        if added := _one(Intent, path, sources, key=path.stem):
            questions[path.stem] = added
    read = (_one(Detail, path, sources, key=path.stem) for path in fallback.missing("details"))
    missing = [detail for detail in read if detail is not None]
    known = {*questions, *details, *(one.key for one in missing)}
    known |= sources.unreadable[Intent] | sources.unreadable[Detail]
    for detail in missing:
        fitting = fallback.fitting(detail, known)
        if fitting is not None:
            sources.remember(fitting, *sources.places[id(detail)])
            details[detail.key] = fitting


def read_model(model: type[M], path: Path) -> tuple[M, Document]:
    """Reads one file outside content/, such as coordinators.yaml; raises ContentError."""
    sources = SourceMap()
    value = _one(model, path, sources)
    if value is None:
        raise ContentError(sorted(set(sources.findings)))
    return value, sources.places[id(value)][0]


def build_value(
    model: type[M],
    key: str,
    fields: Mapping[str, Any],
    languages: tuple[Language, ...] = LANGUAGES,
) -> M | list[tuple[YamlPath, Message]]:
    """A network, person or meeting from the fields of its file; or errors with their positions.

    `languages` are those of the community.
    """
    if "key" in fields:
        return [(("key",), N_("leave `key` out: it is made from the title"))]
    data = {"key": key, **_without_empty(dict(fields))}
    try:
        return model.model_validate(data, context={SPOKEN: languages})
    except ValidationError as error:
        details = error.errors(include_url=False)
        return [(_in_document(one["loc"]), _describe_error(one, model)) for one in details]


def _warn_of_duplicates(people: Iterable[Person], sources: SourceMap) -> None:
    """Warns of a person with two files, as after a copy whose name was not changed."""
    first: dict[tuple[str, str], Path] = {}
    for person in people:
        document, _ = sources.places[id(person)]
        for network in person.networks:
            known = first.setdefault((person.name, network), document.path)
            if known != document.path:
                message = N_(
                    "{name} stands in {other} too, and is named twice in answers",
                    name=person.name,
                    other=known.name,
                )
                sources.findings.append(document.finding(("name",), message, "warning"))
                break


def _warn_of_missing_addresses(
    community: Community,
    networks: Iterable[Network],
    people: Iterable[Person],
    sources: SourceMap,
) -> None:
    """Warns where nobody can be written to: of the contact point, and of a network that has neither
    an address nor a contact person with one. Where a person's file has errors, only the former: who
    stands in it may be the contact person."""
    reached = {key for person in people if person.email for key in person.networks}
    without: list[tuple[Value, YamlPath, str]] = [
        (network, (), network.short[community.languages[0]])
        for network in networks
        if not (network.email or "email" in network.not_found)
        and network.key not in reached
        and not sources.unreadable[Person]
    ]
    point = community.contact_point
    if not (point.email or "email" in point.not_found):
        without.insert(
            0, (community, ("contact_point",), community.contact_point.name[community.languages[0]])
        )
    for value, at, name in without:
        document, _ = sources.places[id(value)]
        message = N_(
            "no e-mail address is known of {what}: whoever wants to reach a human being is sent to "
            "a web page; add `email:`, or `email` under `not_found:` with the day on which no "
            "source named one",
            what=name,
        )
        sources.findings.append(document.finding(at, message, "warning"))


_TRAINED_FIELDS: dict[type[Value], set[str]] = {
    Community: {"name"},
    Network: {"key", "short", "aliases"},
    Person: {"key", "name", "role", "organisation"},
    Region: {"key", "fi", "sv", "en", "also", "forms"},
    Municipality: {"key", "fi", "sv", "also", "forms", "common_word"},
    Lexicon: {
        "openings",
        "closings",
        "spoken",
        "not_places",
        "first_names",
        "place_cues",
        "nationalities",
        "language_names",
        "introductions",
        "introduced_by",
        "naming",
        "named",
        "titles",
        "from_words",
    },
}
"""The fields that training reads: names, which are masked, and word lists."""


def _names_content(values: Iterable[Value]) -> Iterator[str]:
    """What sampling and masking depend on besides the phrases; hashed into `Knowledge.names`."""
    for value in values:
        yield f"{type(value).__name__} {value.model_dump(include=_TRAINED_FIELDS[type(value)])!r}"


def _phrases_content(
    intents: Iterable[Intent | Detail], lexicons: Iterable[Lexicon]
) -> Iterator[str]:
    """What the model depends on besides names: phrases, lists, topics with their own answers.

    Comments and empty lines are left out.
    """
    for lexicon in lexicons:
        yield f"{lexicon.lists!r}"
    for intent in intents:
        if isinstance(intent, Detail):
            yield f"{intent.of}:{intent.key} {intent.lists!r}"
        else:
            answered = sorted(set(intent.answers) & set(intent.topics))
            yield f"{intent.key} {answered} {intent.lists!r}"
        for _, topic, block in (((), "", intent.phrases), *_topics(intent)):
            for code, text in block.items():
                yield f"{topic!r} {code!r} {[line for _, line in phrase_lines(text)]!r}"


def _hash(lines: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for line in lines:
        digest.update(f"{line}\n".encode())
    return digest.hexdigest()[:32]


def _folder(model: type[M], folders: Iterable[Path], name: str, sources: SourceMap) -> dict[str, M]:
    found: dict[str, M] = {}
    for folder in folders:
        paths = yaml_files(folder / name if name else folder)
        sources.findings.extend(unread_files(folder / name if name else folder, paths))
        for path in paths:
            if path.suffix == ".yml" and path.with_suffix(".yaml") in paths:
                message = N_(
                    "{other} stands beside it: keep one of the two",
                    other=path.with_suffix(".yaml").name,
                )
                sources.findings.append(Finding(path, 1, message))
            if value := _one(model, path, sources, key=path.stem):
                found[path.stem] = value
            else:
                sources.unreadable[model].add(path.stem)
    return found


def _one(model: type[M], path: Path, sources: SourceMap, key: str | None = None) -> M | None:
    """Builds a model of a whole file; None, with findings, where that fails."""
    faults: list[Finding] = []
    try:
        # Of a folder's files each may be missing; of the others none.
        text = read_text(path, needed=key is None)
        if known := sources.unchanged(model, path, text):
            return known.values[0][0]
        document = parse_yaml(path, text, needed=key is None, faults=faults)
    except ContentError as error:
        sources.findings.extend(error.findings)
        return None
    sources.findings.extend(document.doubts)
    data = dict(document.data)
    if key is not None:
        if "key" in data:
            faults.append(
                document.finding(("key",), N_("leave `key` out: the file's name is the key"))
            )
        data["key"] = key
    sources.findings.extend(faults)
    value = _build(model, data, document, (), sources)
    if value is None:
        return None
    if faults:
        sources.keep_faulty(model, data, document, value)
        return None
    sources.keep(model, document, text, [value])
    return value


def _listed(model: type[M], path: Path, name: str, sources: SourceMap) -> Iterator[M]:
    try:
        text = read_text(path, needed=True)
        if known := sources.unchanged(model, path, text):
            yield from (value for value, _ in known.values)
            return
        document = parse_yaml(path, text, needed=True)
    except ContentError as error:
        sources.findings.extend(error.findings)
        return
    sources.findings.extend(document.doubts)
    built: list[M] = []
    before = len(sources.findings)
    for extra in document.data.keys() - {name}:
        sources.findings.append(document.finding((extra,), _unknown(extra, [name])))
    entries = document.data.get(name)
    if not isinstance(entries, list):
        sources.findings.append(document.finding((), N_("`{name}:` must be a list", name=name)))
        return
    for index, entry in enumerate(entries):
        if value := _build(model, entry, document, (name, index), sources):
            built.append(value)
        elif isinstance(entry, dict):
            sources.unreadable[model].add(str(entry.get("key")))
    if len(sources.findings) == before:
        sources.keep(model, document, text, built)
    yield from built


P = TypeVar("P", Region, Municipality)


def _by_key(places: Iterable[P], sources: SourceMap) -> dict[str, P]:
    found: dict[str, P] = {}
    for place in places:
        if found.setdefault(place.key, place) is not place:
            sources.report(
                place, (), N_("`{key}` stands in this list twice: keep one", key=place.key)
            )
    return found


def _build(
    model: type[M], data: Any, document: Document, at: YamlPath, sources: SourceMap
) -> M | None:
    fields = _in_own_words(model, _without_empty(data), document, sources)
    value, errors = _validated(model, fields, sources.languages)
    if value is not None:
        sources.remember(value, document, at)
        return value
    for detail in errors:
        where = (*at, *_in_document(detail["loc"]))
        finding = document.finding(where, _describe_error(detail, model, at))
        if where == ("key",):
            # The file's name is wrong, which stands on no line of it.
            finding = replace(finding, line=1)
        sources.findings.append(finding)
    rest = _without_faulty(fields, errors)
    # What is said of fields together is said only where each of them is right by itself.
    partial, more = _validated(model, rest, sources.languages)
    if not at:
        sources.keep_faulty(model, rest, document, partial)
    sources.findings.extend(
        document.finding((*at, *_in_document(one["loc"])), _describe_error(one, model, at))
        for one in more
        if one["loc"] and one["loc"][0] in rest
    )
    return None


def _validated(
    model: type[M], fields: Any, languages: tuple[Language, ...]
) -> tuple[M | None, list[Any]]:
    """A model of some fields, or the errors in them."""
    try:
        return model.model_validate(fields, context={SPOKEN: languages}), []
    except ValidationError as error:
        details = error.errors(include_url=False)
        return None, [one for one in details if not _follows(one, details)]


def _without_faulty(fields: Any, errors: Iterable[Any]) -> Any:
    """The fields without those at the top in which there are errors."""
    faulty = {detail["loc"][0] for detail in errors if detail["loc"]}
    if not isinstance(fields, dict):
        return fields
    return {key: value for key, value in fields.items() if key not in faulty}


def _in_own_words(model: type[Value], data: Any, document: Document, sources: SourceMap) -> Any:
    """The texts of intents/ with the words of the community; the rest as it is."""
    if not sources.words or model not in (Intent, Detail, Lexicon):
        return data
    return _reworded(data, document.path.stem if model is Lexicon else "", sources.words)


def _reworded(data: Any, language: str, words: Mapping[str, OwnWords]) -> Any:
    """Texts below the name of a language in its words; phrases of any language in those of all."""
    if isinstance(data, dict):
        found = {}
        for key, below in data.items():
            code = key if key in LANGUAGES else ANY if key == ALIKE else language
            found[key] = _reworded(below, code, words)
        return found
    if isinstance(data, list):
        return [_reworded(each, language, words) for each in data]
    if isinstance(data, str):
        for code, own in words.items():
            data = own(data) if language in (code, ANY) else data
    return data


def _languages(path: Path) -> tuple[Language, ...]:
    """The languages of a community, before its file is checked."""
    try:
        named = read_yaml(path, needed=False).data.get("languages")
    except ContentError:
        return LANGUAGES
    known = named if isinstance(named, list) else []
    return tuple(one for one in known if one in LANGUAGES) or LANGUAGES


def _follows(detail: Any, details: Iterable[Any]) -> bool:
    """Whether a list is too short only since an item of it has an error of its own."""
    at = detail["loc"]
    return detail["type"] == "too_short" and any(
        len(other["loc"]) > len(at) and other["loc"][: len(at)] == at for other in details
    )


def _without_empty(data: Any) -> Any:
    """The data without empty fields (`phone:`), which count as missing."""
    if isinstance(data, dict):
        return {key: _without_empty(value) for key, value in data.items() if value != ""}
    if isinstance(data, list):
        return [_without_empty(value) for value in data]
    return data


def _in_document(location: tuple[int | str, ...]) -> YamlPath:
    return tuple(part for part in location if part != "[key]")


def _describe_error(detail: Any, model: type[Value], at: YamlPath = ()) -> Message:
    """An error of pydantic about the value `at` a position, as a sentence for a content editor."""
    location = detail["loc"]
    named = location or at
    name = ".".join(str(part + 1 if isinstance(part, int) else part) for part in named)
    given, context, original = str(detail["input"]), detail.get("ctx", {}), detail["msg"]
    match detail["type"]:
        case "missing" if location[-1] in LANGUAGES:
            return N_("`{name}` is missing: write the text in this language as well", name=name)
        case "missing":
            return N_("`{name}` is missing", name=name)
        case "extra_forbidden":
            return _unknown(name, _fields(model, location[:-1]))
        case "value_error" if isinstance(context["error"], InvalidValueError):
            return context["error"].message
        case "literal_error":
            choices = _either(re.findall("'[^']*'", context["expected"]))
            return N_(
                "`{name}` must be {choices}, not `{given}`", name=name, choices=choices, given=given
            )
        case "date_from_datetime_parsing" | "date_parsing" | "date_type":
            return N_("`{name}`: `{given}` is not a date: write 2026-12-10", name=name, given=given)
        case "datetime_type":
            return pN_("not a time in", "`{name}`: {original}", name=name, original=original)
        case "string_pattern_mismatch" if name == "key":
            wrong = (
                N_("the file's name: `{given}` is not a key: write a-z and underscores between")
                if model is Intent
                else N_(
                    "the file's name: `{given}` is not a key: write a-z, 0-9 and hyphens between"
                )
            )
            return wrong.filled(given=given)
        case "string_pattern_mismatch" if location[-1] in ("key", "[key]"):
            return N_(
                "`{name}`: `{given}` is not a key: write a-z, 0-9 and hyphens between",
                name=name,
                given=given,
            )
        case "string_pattern_mismatch" if "http" in context["pattern"]:
            return N_(
                "`{name}`: `{given}` is not a web address: write https://…", name=name, given=given
            )
        case "string_pattern_mismatch" if context["pattern"] == COUNTRY_CODE:
            return N_(
                "`{name}`: `{given}` is not a country's code: write it as +358",
                name=name,
                given=given,
            )
        case "string_pattern_mismatch" if context["pattern"] == MEETING_KIND:
            return N_(
                "`{name}`: `{given}` is not a kind of meetings: write its name under "
                "`meeting_kinds:` in content/community.yaml, such as network_meeting",
                name=name,
                given=given,
            )
        case "string_pattern_mismatch" if context["pattern"] == KEY_PATTERN:
            return N_(
                "`{name}`: `{given}` is not a key: write the name of the file that "
                "is meant, without .yaml",
                name=name,
                given=given,
            )
        case "string_pattern_mismatch" if context["pattern"].startswith("^#"):
            return pN_(
                "not a colour", "`{name}`: {original}", name=name, given=given, original=original
            )
        case "too_short":
            return N_("`{name}` holds nothing that can be used: write at least one", name=name)
        case "too_long":
            return pN_(
                "list too long",
                "`{name}`: {original}",
                name=name,
                most=context["max_length"],
                original=original,
            )
        case "model_type" | "model_attributes_type":
            return N_("`{name}` must have fields of its own, not a single text", name=name)
        case "dict_type":
            return pN_("needs named", "`{name}`: {original}", name=name, original=original)
        case "tuple_type" | "list_type":
            return N_(
                "`{name}` must be a list (each item on a line beginning with `- `)", name=name
            )
        case "string_type":
            return N_("`{name}` must be a text", name=name)
        case "string_too_short":
            return pN_("empty text", "`{name}`: {original}", name=name, original=original)
        case "string_too_long":
            return pN_(
                "text too long",
                "`{name}`: {original}",
                name=name,
                most=context["max_length"],
                original=original,
            )
        case "bool_parsing" | "bool_type":
            return pN_("needs truth", "`{name}`: {original}", name=name, original=original)
        case "int_parsing" | "int_parsing_size" | "int_type":
            return pN_("needs number", "`{name}`: {original}", name=name, original=original)
        case "greater_than_equal":
            return pN_(
                "number too small",
                "`{name}`: {original}",
                name=name,
                least=context["ge"],
                original=original,
            )
        case _:
            return pN_("not usable", "`{name}`: {original}", name=name, original=original)


def _either(choices: list[str]) -> Message | str:
    *others, last = choices
    return N_("{others} or {last}", others=others, last=last) if others else last


def _fields(model: Any, location: tuple[int | str, ...]) -> list[str]:
    """The fields of a model; none for a location within it."""
    if location:
        return []
    return [name for name in model.model_fields if name != "key"]


def _unknown(name: str, known: list[str]) -> Message:
    if not known:
        return N_("`{name}` is not a field here", name=name)
    return N_("`{name}` is not a field here; there are: {known}", name=name, known=known)


@dataclass(frozen=True)
class _Block:
    """The phrases of an intent or topic in one language, as text."""

    intent: str
    topic: str
    language: Language
    text: str
    path: Path
    line: int
    """The first line of the text in the file."""
    lists: Mapping[str, PhraseTree]


def _blocks(
    intents: Iterable[Intent | Detail], lexicons: dict[Language, Lexicon], sources: SourceMap
) -> Iterator[_Block]:
    shared: dict[Language, dict[str, PhraseTree]] = {}
    for language, lexicon in lexicons.items():
        shared[language] = _lists(lexicon, ("lists",), lexicon.lists, {}, sources)
    for intent in intents:
        local: dict[Language, dict[str, PhraseTree]] = {}
        for language, known in shared.items():
            own = intent.lists.get(language, {})
            local[language] = _lists(intent, ("lists", language), own, known, sources)
        document, _ = sources.places[id(intent)]
        key, blocks = intent.key, _topics(intent)
        if isinstance(intent, Detail):
            key, blocks = intent.counts_as, [((), intent.key, intent.phrases)]
        elif intent.phrases or not blocks:
            blocks = [((), "", intent.phrases), *blocks]
        for at, topic, block in blocks:
            where = (*at, topic) if at else ("phrases",)
            for code in block.keys() - set(LANGUAGES):
                sources.report(
                    intent,
                    (*where, code),
                    N_("`{code}` is not a language here: fi, sv or en", code=code),
                )
            for language in lexicons:
                if language not in block:
                    if language not in sources.languages:
                        continue
                    sources.report(
                        intent, where, N_("phrases in `{language}` are missing", language=language)
                    )
                    continue
                line = document.line((*where, language))
                path, lists = document.path, local[language]
                yield _Block(key, topic, language, block[language], path, line, lists)


def _topics(intent: Intent | Detail) -> list[tuple[YamlPath, str, dict[str, str]]]:
    if isinstance(intent, Detail):
        return []
    return [(("topics",), topic, block) for topic, block in intent.topics.items()]


def _lists(
    value: Value,
    where: YamlPath,
    lists: dict[str, str],
    known: dict[str, PhraseTree],
    sources: SourceMap,
) -> dict[str, PhraseTree]:
    parsed = dict(known)
    for name, text in lists.items():
        try:
            parsed = parse_lists({name: text}, parsed)
        except PhraseError as error:
            sources.report(value, (*where, name), error.message)
            # The phrases that use the list are no further errors.
            parsed[name] = ()
    return parsed


def _parse_blocks(blocks: Iterable[_Block], findings: list[Finding]) -> Iterator[TopicPhrase]:
    for block in blocks:
        for number, line in phrase_lines(block.text):
            try:
                phrase = parse_phrase(line, block.lists)
            except PhraseError as error:
                message = N_(
                    "the phrase `{phrase}`: {fault}", phrase=line[:60], fault=error.message
                )
                findings.append(Finding(block.path, block.line + number, message))
                continue
            yield TopicPhrase(
                block.intent, block.topic, block.language, phrase, block.line + number
            )


def _are_valid(blocks: Iterable[_Block], findings: list[Finding]) -> bool:
    """Whether the phrases of blocks have no errors; those that they have are added."""
    before = len(findings)
    for _ in _parse_blocks(blocks, findings):
        pass
    return len(findings) == before


def _parse_trusted(blocks: Iterable[_Block]) -> tuple[TopicPhrase, ...]:
    """The phrases of blocks that a model was trained on; raises ContentError for errors."""
    findings: list[Finding] = []
    phrases = tuple(_parse_blocks(blocks, findings))
    if findings:
        raise ContentError(findings)
    return phrases
