"""Wordings that two intents share are errors; phrases that do not help are warnings."""

from __future__ import annotations

import random
from pathlib import Path

from bot.knowledge.library import FALLBACK, Knowledge
from bot.understanding.phrase_check import MIN_PHRASES, check_understanding
from bot.understanding.phrase_confusion import MIN_PHRASES_TO_JUDGE, find_confusions
from bot.understanding.text import words

from .small import small_world


def _findings(root: Path, *changes: tuple[str, str, str]) -> list[str]:
    world = small_world(root)
    for name, old, new in changes:
        world.change(name, old, new)
    found = check_understanding(world.knowledge(), world.intents)
    return [str(finding).replace(f"{world.intents}/", "") for finding in found]


def test_a_wording_of_two_intents_is_an_error_on_its_line(tmp_path: Path) -> None:
    shared = _findings(
        tmp_path, ("intents/person.yaml", "kuka on {person}", "kuka on {person}\n    Ketkä vastaa?")
    )
    assert [line for line in shared if ": error: " in line] == [
        "person.yaml:7: error: the wording `Ketkä vastaa?` stands in contacts.yaml line 10 as "
        "well; keep it where it belongs"
    ]


def test_the_same_wording_in_two_languages_is_no_error(tmp_path: Path) -> None:
    found = _findings(
        tmp_path, ("intents/person.yaml", "vem är {person}", "vem är {person}\n    ketkä vastaa")
    )
    assert [line for line in found if ": error: " in line] == []


def test_an_intent_with_few_phrases_is_one_warning_with_the_numbers(tmp_path: Path) -> None:
    found = _findings(tmp_path)
    assert (
        "contacts.yaml:1: warning: too few phrases to be understood well: 2 in `fi`, 1 in `sv`, "
        "1 in `en`; 20 or more in each language are advised, each another idea of asking"
    ) in found
    # Two intents; what is refused may be short.
    assert len(found) == 2
    assert MIN_PHRASES == 20


def test_a_phrase_that_another_one_holds_is_named_and_the_other_is_not(tmp_path: Path) -> None:
    phrases = "kuka on {person}\n    (kuka|ken) on {person}\n    KEN on {person}?"
    found = _findings(tmp_path, ("intents/person.yaml", "kuka on {person}", phrases))
    assert [line for line in found if "adds nothing" in line] == [
        "person.yaml:6: warning: `kuka on {person}` adds nothing: all it stands for is in "
        "person.yaml line 7; remove it",
        "person.yaml:8: warning: `KEN on {person}?` adds nothing: all it stands for is in "
        "person.yaml line 7; remove it",
    ]


def test_of_two_phrases_that_say_the_same_the_first_stays(tmp_path: Path) -> None:
    twice = "kuka on {person}\n    Kuka on {person}?"
    found = _findings(tmp_path, ("intents/person.yaml", "kuka on {person}", twice))
    assert [line.split(": ")[0] for line in found if "adds nothing" in line] == ["person.yaml:7"]


def test_a_third_order_of_the_same_words_adds_next_to_nothing(tmp_path: Path) -> None:
    two = "kuka on {person}\n    {person} kuka on"
    found = _findings(tmp_path, ("intents/person.yaml", "kuka on {person}", two))
    assert not [line for line in found if "adds" in line]
    more = f"{two}\n    on {{person}} kuka"
    three = _findings(tmp_path, ("intents/person.yaml", "kuka on {person}", more))
    assert [line for line in three if "adds" in line] == [
        "person.yaml:8: warning: `on {person} kuka` adds next to nothing: its words stand in other "
        "orders in person.yaml line 6 and person.yaml line 7; remove it, or ask in other words"
    ]


def test_the_same_wording_in_two_languages_is_not_idle(tmp_path: Path) -> None:
    found = _findings(tmp_path, ("intents/person.yaml", "vem är {person}", "kuka on {person}"))
    assert not [line for line in found if "adds" in line]


WHO = [
    f"kuka {verb} verkostoa {{place}}" for verb in ["vetää", "johtaa", "hoitaa", "ohjaa", "luotsaa"]
]
WHO += [f"kenelle {verb} verkostosta {{place}}" for verb in ["soitan", "kirjoitan", "kerron"]]
WHO += [f"yhteyshenkilön {what} {{place}}" for what in ["numero", "nimi", "osoite", "sähköposti"]]
WHEN = [f"milloin {verb} tapaaminen {{place}}" for verb in ["on", "pidetään", "alkaa", "loppuu"]]
WHEN += [f"koska seuraava {what} {{place}}" for what in ["kokous", "tapaaminen", "aamukahvi"]]
WHEN += [
    f"mihin aikaan {what} {{place}}" for what in ["kokous", "tapaaminen", "aamukahvi", "tilaisuus"]
]


PHRASES = "phrases:\n  fi: |\n"


def test_a_phrase_in_the_wrong_place_is_found_with_its_nearest_rival() -> None:
    stray = "koska seuraava tilaisuus {place}"
    texts = [*WHO, stray, *WHEN]
    labels = ["contacts"] * (len(WHO) + 1) + ["meetings"] * len(WHEN)
    (pull,) = find_confusions(labels, [[tuple(words(text))] for text in texts])
    assert texts[pull.phrase] == stray
    assert texts[pull.rival].startswith("koska seuraava")


def test_where_it_belongs_or_among_too_few_it_is_not_named() -> None:
    stray = "koska seuraava tilaisuus {place}"
    texts = [*WHO, stray, *WHEN]
    right = ["contacts"] * len(WHO) + ["meetings"] * (len(WHEN) + 1)
    read = [[tuple(words(text))] for text in texts]
    assert find_confusions(right, read) == []
    few = [[tuple(words(text))] for text in [*WHO[: MIN_PHRASES_TO_JUDGE - 2], stray, *WHEN]]
    labels = ["contacts"] * (MIN_PHRASES_TO_JUDGE - 1) + ["meetings"] * len(WHEN)
    assert find_confusions(labels, few) == []
    assert find_confusions([], []) == []


def test_a_phrase_about_a_person_is_no_rival_of_one_without() -> None:
    texts = [*WHO, "koska seuraava tilaisuus {person}", *WHEN]
    labels = ["contacts"] * (len(WHO) + 1) + ["meetings"] * len(WHEN)
    assert find_confusions(labels, [[tuple(words(text))] for text in texts]) == []


def test_of_many_phrases_put_into_a_wrong_file_most_are_found_and_few_others(
    knowledge: Knowledge,
) -> None:
    chosen = [
        phrase
        for phrase in knowledge.phrases
        if phrase.language == "sv" and phrase.intent != FALLBACK
    ]
    read = [
        [tuple(words(text)) for text in each.phrase.samples(random.Random(each.phrase.text), 4)]
        for each in chosen
    ]
    labels = [each.intent for each in chosen]
    assert len(find_confusions(labels, read)) <= len(chosen) / 100
    rng = random.Random(4)
    strayed = set(rng.sample(range(len(chosen)), 60))
    names = sorted(set(labels))
    wrong = [rng.choice(names) if at in strayed else label for at, label in enumerate(labels)]
    found = {pull.phrase for pull in find_confusions(wrong, read)}
    assert len(found & strayed) >= len(strayed) * 0.4
    assert len(found - strayed) <= len(chosen) / 100


def test_what_is_alike_on_purpose_is_not_named(tmp_path: Path) -> None:
    """`alike:` lists a phrase for one other intent; what is no longer there is named."""
    stray = "koska seuraava tilaisuus {place}"
    lines = "".join(f"    {text}\n" for text in [*WHO, stray])
    when = "".join(f"    {text}\n" for text in WHEN)

    def found(alike: str) -> list[str]:
        world = small_world(tmp_path / str(len(alike)))
        world.change("intents/contacts.yaml", "phrases:\n  fi: |\n", f"{alike}{PHRASES}{lines}")
        world.change("intents/person.yaml", "phrases:\n  fi: |\n", f"{PHRASES}{when}")
        findings = check_understanding(world.knowledge(), world.intents)
        return [one.message for one in findings if stray in one.message]

    (named,) = found("")
    assert "is worded like" in named
    assert found(f"alike:\n  person: |\n    {stray}\n") == []
    (left,) = found(f"alike:\n  person: |\n    {stray}\n    {stray} tänään\n")
    assert left.startswith(f"`alike:` lists `{stray} tänään` for `person`")
    (left,) = (one for one in found(f"alike:\n  nobody: |\n    {stray}\n") if "alike:` l" in one)
    assert "`nobody`" in left
