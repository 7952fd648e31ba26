"""What is valid in the files of contact persons and is probably a mistake."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable

from bot.i18n import N_
from bot.knowledge.doubts import Doubt, Doubts
from bot.knowledge.library import Knowledge
from bot.knowledge.models import Person, e164


def person_doubts(knowledge: Knowledge, today: dt.date) -> Doubts:
    """What looks wrong in the files of persons."""
    people = [person for _, person in sorted(knowledge.people.items())]
    for person in people:
        yield from _name_doubts(person)
        yield from _email_doubts(person)
        yield from _validity_doubts(person, today)
        yield from _area_doubts(person, knowledge)
        yield from _role_doubts(person, knowledge)
    code = knowledge.community.country_code
    yield from _shared(people, "phone", lambda one: e164(one.phone, code) if one.phone else None)
    yield from _shared(people, "email", lambda one: one.email.casefold() if one.email else None)


def _name_doubts(person: Person) -> Doubts:
    parts = ["".join(filter(str.isalpha, part)) for part in person.name.split()]
    if len(parts) < 2 or not (parts[0][:1].isupper() and parts[-1][:1].isupper()):
        message = N_("`{name}`: write the first and the last name, with capitals", name=person.name)
        yield Doubt(person, ("name",), message)


def _email_doubts(person: Person) -> Doubts:
    """An address made of a first and a last name that are another person's."""
    local = person.email.partition("@")[0] if person.email else ""
    written = re.fullmatch(r"([a-z]{2,})[._]([a-z-]{2,})", local.casefold())
    if written is None:
        return
    own = {_plain(part) for part in re.split(r"[\s-]+", person.name)}
    if not own & {part for found in written.groups() for part in found.split("-")}:
        message = N_(
            "`{email}` does not look like an address of {name}: is it the one of somebody else?",
            email=person.email,
            name=person.name,
        )
        yield Doubt(person, ("email",), message)


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold())
    return re.sub(r"[^a-z]", "", letters.translate({ord("ø"): "o", ord("ß"): "ss"}))


def _validity_doubts(person: Person, today: dt.date) -> Doubts:
    begin, end = person.valid_from, person.valid_until
    if begin and end and begin > end:
        message = N_(
            "{end} is before `valid_from` ({begin}), so {name} is never given out: mend one",
            end=end,
            begin=begin,
            name=person.name,
        )
        yield Doubt(person, ("valid_until",), message)
    elif end and end < today:
        message = N_(
            "{name} is given to nobody since {end}: remove the file, or mend the day",
            name=person.name,
            end=end,
        )
        yield Doubt(person, ("valid_until",), message)
    elif begin and (begin - today).days > 365:
        message = N_("{day} is over a year ahead: is the year right?", day=begin)
        yield Doubt(person, ("valid_from",), message)


def _area_doubts(person: Person, knowledge: Knowledge) -> Doubts:
    areas = {region for key in person.networks for region in knowledge.networks[key].regions}
    for index, region in enumerate(person.regions):
        if region not in areas:
            message = N_(
                "`{region}` is not in the area of the networks of {name}: it has {areas}",
                region=region,
                name=person.name,
                areas=sorted(areas),
            )
            yield Doubt(person, ("regions", index), message)


def _role_doubts(person: Person, knowledge: Knowledge) -> Doubts:
    role = person.role
    if "fi" not in knowledge.languages:
        return
    for language in knowledge.languages:
        if (
            language != "fi"
            and role[language].casefold() == role.fi.casefold()
            and len(role.fi) > 3
        ):
            message = N_("the same text stands in `fi`: write the role in this language")
            yield Doubt(person, ("role", language), message)


def _shared(people: list[Person], field: str, of: Callable[[Person], str | None]) -> Doubts:
    """A phone number or an address that two persons have, as after a copied file."""
    first: dict[str, Person] = {}
    for person in people:
        contact = of(person)
        other = first.setdefault(contact, person) if contact else person
        if other.name != person.name:
            message = N_(
                "`{given}` is also that of {name} ({file}): is it left over from a copy?",
                given=getattr(person, field),
                name=other.name,
                file=f"{other.key}.yaml",
            )
            yield Doubt(person, (field,), message)
