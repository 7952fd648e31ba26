"""A community so small that its model is trained in an instant."""

from __future__ import annotations

from pathlib import Path

from tests.knowledge.world import World

PERSONS = """\
question: {fi: Kuka hän on?, sv: Vem är hen?, en: Who is that?}
answers:
  one: {fi: Hän., sv: Hen., en: They.}
phrases:
  fi: |
    kuka on {person}
  sv: |
    vem är {person}
  en: |
    who is {person}
"""

OTHERS = """\
question: {fi: Muuta, sv: Annat, en: Other}
answers:
  none: {fi: En tiedä., sv: Jag vet inte., en: I do not know.}
topics:
  petrol:
    fi: |
      paljonko bensa maksaa [nyt]
    sv: |
      vad kostar bensin [nu]
    en: |
      what does petrol cost [now]
"""


def small_world(root: Path) -> World:
    """The small community with something to refuse."""
    world = World(root)
    world.write("intents/person.yaml", PERSONS)
    world.write("intents/fallback.yaml", OTHERS)
    return world
