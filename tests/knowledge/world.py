"""A small community in a folder of its own, for tests that damage its files."""

from __future__ import annotations

from pathlib import Path

from bot.knowledge.library import Knowledge
from bot.knowledge.loader import inspect, load

COMMUNITY = """\
sources:
  page:
    title: A page
    date: 2023-10
name: {fi: Yhteisö, sv: Gemenskap, en: Community}
bot_name: Bot
time_zone: Europe/Helsinki
contact_point:
  name: {fi: Toimisto, sv: Kansli, en: Office}
  url: https://example.org
  email: info@example.org
keeper:
  name: {fi: Toimisto, sv: Kansli, en: Office}
  email: office@example.org
help_lines:
  emergency: 112
  fi: {name: Kriisipuhelin, phone: 09 1234 5678}
  sv: {name: Kristelefonen, phone: 09 1234 5679}
  en: {name: Crisis Helpline, phone: 09 1234 5670}
  source: {title: A page}
what:
  - fi: Yhteisö on yhteisö.
    sv: Gemenskapen är en gemenskap.
    en: The community is a community.
    source: page
networks:
  fi: Verkostoja on yksi.
  sv: Det finns ett nätverk.
  en: There is one network.
  source: page
country_code: +358
meeting_kinds:
  network_meeting:
    name: {fi: Tapaaminen, sv: Träff, en: Meeting}
    none: {fi: tapaamisia, sv: inga träffar, en: no meetings}
    words: {fi: tapaami*, sv: träff*, en: meeting*}
  seminar:
    name: {fi: Seminaari, sv: Seminarium, en: Seminar}
    none: {fi: seminaareja, sv: inga seminarier, en: no seminars}
    words: {fi: seminaar*, sv: seminari*, en: seminar*}
  morning_coffee:
    name: {fi: Aamukahvit, sv: Morgonkaffe, en: Morning coffee}
    none: {fi: aamukahveja, sv: inget morgonkaffe, en: no morning coffees}
    words: {fi: aamukahv*, sv: morgonkaff*, en: coffee*}
"""

NETWORK = """\
sources:
  page:
    title: A page
    url: https://example.org/north
    date: 2023-10-03
name: {fi: Pohjoinen verkosto, sv: Norra nätverket, en: Northern network}
short: {fi: Pohjoinen, sv: Norr, en: North}
where: {fi: Pohjoisessa, sv: i norr, en: in the north}
regions: [north]
start:
  fi: Verkosto alkoi vuonna 2017.
  sv: Nätverket startade 2017.
  en: The network started in 2017.
  source: page
goals:
  - fi: Se auttaa.
    sv: Det hjälper.
    en: It helps.
    source: page
"""

PERSON = """\
name: Anna Esimerkki
role:
  fi: koordinaattori
  sv: koordinator
  en: coordinator
organisation: {fi: Talo, sv: Huset, en: The House}
phone: 0400 123 456
email: anna@example.org
networks: [north]
regions: [north]
valid_from: 2024-01-01
source:
  title: A page
  date: 2024
"""

REGIONS = """\
regions:
  - key: north
    fi: Pohjoismaa
    sv: Norrland
    en: Northland
    where: {fi: Pohjoismaassa, sv: i Norrland, en: in Northland}
  - key: south
    fi: Etelämaa
    sv: Söderland
    en: Southland
    where: {fi: Etelämaassa, sv: i Söderland, en: in Southland}
"""

MUNICIPALITIES = """\
municipalities:
  - {fi: Ylikylä, sv: Överby, region: north}
  - {fi: Alakylä, sv: Nederby, region: south}
"""

MEETING = """\
title:
  fi: Aamukahvit
kind: morning_coffee
networks: [north]
start: 2026-01-08 08:30
end: 2026-01-08 10:00
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
online:
  url: https://example.org/coffee
"""

LEXICON = """\
lists:
  greet: hei|moi
openings: hei
closings: kiitos
follow_up_words: entä ja
not_places: lähti
place_cues: kunta
"""

CONTACTS = """\
question: {fi: Kuka vastaa?, sv: Vem svarar?, en: Who answers?}
answers:
  one: {fi: Hän., sv: Hen., en: They.}
lists:
  fi:
    who: kuka|ketkä
phrases:
  fi: |
    # Kysymykset
    <who> vastaa [verkostosta]

    <greet> kuka koordinoi {place}
  sv: |
    vem svarar (för nätverket|här)
  en: |
    who answers
"""

FILES = {
    "content/community.yaml": COMMUNITY,
    "content/networks/north.yaml": NETWORK,
    "content/people/anna.yaml": PERSON,
    "content/places/regions.yaml": REGIONS,
    "content/places/municipalities.yaml": MUNICIPALITIES,
    "content/meetings/coffee.yaml": MEETING,
    "intents/contacts.yaml": CONTACTS,
    "intents/lexicons/fi.yaml": LEXICON,
    "intents/lexicons/sv.yaml": LEXICON,
    "intents/lexicons/en.yaml": LEXICON,
}


class World:
    """The files on disk, how to change them, and what the loader says of them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.content, self.intents = root / "content", root / "intents"
        for name, text in FILES.items():
            self.write(name, text)

    def write(self, name: str, text: str | bytes) -> None:
        """Writes a file, as bytes where the encoding matters."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def change(self, name: str, old: str, new: str) -> int:
        """Replaces a text that stands once in a file; gives the line where it begins."""
        text = (self.root / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"`{old}` stands {text.count(old)} times in {name}"
        self.write(name, text.replace(old, new))
        return text[: text.index(old)].count("\n") + 1

    def knowledge(self) -> Knowledge:
        """What the files hold; raises ContentError."""
        return load(self.content, self.intents)

    def findings(self) -> list[str]:
        """What `check` says, with paths as seen from the root."""
        _, findings = inspect(self.content, self.intents)
        return [str(finding).replace(f"{self.root}/", "") for finding in findings]
