"""Templates: the sandbox, the check, and lines that hold only a tag."""

from __future__ import annotations

import gc
from dataclasses import replace

import pytest
from jinja2 import TemplateError, UndefinedError

from bot.answers import templates
from bot.answers.templates import (
    MissingAnswerError,
    Templates,
    check_templates,
    environment,
    template_faults,
    templates_of,
)
from bot.answers.variants import VARIANTS
from bot.knowledge.library import Knowledge
from bot.knowledge.models import Intent
from bot.knowledge.values import LANGUAGES, Localized


def changed(knowledge: Knowledge, intent: str, variant: str, text: str) -> Knowledge:
    """The knowledge with one answer's Finnish text replaced."""
    old = knowledge.intents[intent]
    answer = Localized(fi=text, sv=old.answers[variant].sv, en=old.answers[variant].en)
    new = old.model_copy(update={"answers": {**old.answers, variant: answer}})
    return replace(knowledge, intents={**knowledge.intents, intent: new})


def test_the_templates_of_the_project_are_right(knowledge: Knowledge) -> None:
    assert list(template_faults(knowledge)) == []
    assert set(VARIANTS) == set(knowledge.intents)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a\nb {{ persn.name }}", 2, "`persn` is not known here; there are: community, language"),
        (
            "{{ person.phonee }}",
            1,
            "`.phonee` is not a field here; there are: age, email, name, net",
        ),
        ("a\n\n{% if person.phone %}\n{{ x }}\n{% endif %}", 4, "`x` is not known here"),
        ("{{ person.name | shout }}", 1, "there is no filter `shout`"),
        ("{% if person is odd_thing %}a{% endif %}", 1, "there is no test `odd_thing`"),
        ("{{ person.name.upper.x }}", 1, "`.upper` is not a field"),
        ("{{ community.contact_point.fax }}", 1, "`.fax` is not a field here; there are: email"),
        ("{% for one in community.links %}\n{{ one.adress }}{% endfor %}", 2, "`.adress` is not"),
        ("{% for one in community.tasks %}a{% endfor %}\n{{ one }}", 2, "`one` is not known here"),
        ("a\n{% if person.phone %}\nb", 3, "the template cannot be read: Unexpected end"),
        ("a {{ person.name }", 1, "the template cannot be read"),
        ('{% include "contacts.crad" %}', 1, "there is no answer `contacts.crad` to include"),
        ('{% include "about.sources" %}', 1, "`about.sources` needs names that are not known"),
        ("{% macro a() %}b{% endmacro %}", 1, "this tag is not used here"),
        ("{{ range(10 ** 9) }}", 1, "`range` is not known here"),
    ],
)
def test_a_fault_is_found_with_its_line(
    knowledge: Knowledge, text: str, line: int, message: str
) -> None:
    broken = changed(knowledge, "contacts", "card", text)
    faults = list(template_faults(broken))
    assert [fault.where for fault in faults] == [("answers", "card", "fi")]
    assert faults[0].line == line
    assert faults[0].message.startswith(message)


def test_what_is_set_is_known_afterwards(knowledge: Knowledge) -> None:
    text = "{% set one = person %}{{ one.name }}{% for n in one.networks %}{{ n }}{% endfor %}"
    assert list(template_faults(changed(knowledge, "contacts", "card", text))) == []


def test_check_reports_field_and_line(knowledge: Knowledge) -> None:
    found: list[tuple[str, tuple[str | int, ...], str, int]] = []
    broken = changed(knowledge, "thanks", "answer", "a\n{{ b }}")

    def report(value: object, where: tuple[str | int, ...], message: str, line: int = 1) -> None:
        assert isinstance(value, Intent)
        found.append((value.key, where, message, line))

    check_templates(broken, report)
    ((key, where, message, line),) = found
    assert (key, where) == ("thanks", ("answers", "answer", "fi"))
    assert message.startswith("`b` is not known here")
    assert line == 2


def test_missing_and_needless_answers_are_found(knowledge: Knowledge) -> None:
    thanks = knowledge.intents["thanks"]
    other = thanks.model_copy(update={"answers": {"anwser": thanks.answers["answer"]}})
    broken = replace(knowledge, intents={**knowledge.intents, "thanks": other})
    messages = [fault.message for fault in template_faults(broken)]
    assert messages == [
        "the answers `answer` are missing",
        "`anwser` is never used; the answers of this intent are: answer",
    ]
    with pytest.raises(MissingAnswerError, match=r"intents/thanks.yaml: the answer `answer`"):
        Templates(broken).text("thanks.answer", "fi", {})


def test_long_questions_are_found(knowledge: Knowledge) -> None:
    long = Localized(fi="a" * 41, sv="b", en="c")
    about = Localized(fi="{network}?", sv="x {network}", en="no place")
    thanks = knowledge.intents["thanks"]
    other = thanks.model_copy(update={"question": long, "question_about": about})
    broken = replace(knowledge, intents={**knowledge.intents, "thanks": other})
    faults = [(fault.where, fault.message) for fault in template_faults(broken)]
    assert faults == [
        (("question", "fi"), "a button holds 40 characters; this has 41"),
        (("question_about", "en"), "write `{network}` where the network's name belongs"),
    ]


def test_a_lone_tag_leaves_no_line() -> None:
    text = "a\n  {% if true %}\nb{% if false %}x{% endif %}\nc\n  {% endif %}\n{# note #}\nd\n"
    assert environment({}).from_string(text).render() == "a\nb\nc\nd\n"


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ v.__init__.__globals__ }}",
        "{{ v._secret }}",
        "{{ unknown }}",
        "{{ v.unknown.deeper }}",
    ],
)
def test_the_sandbox_holds(attack: str) -> None:
    class Thing:
        _secret = "secret"

    with pytest.raises((TemplateError, UndefinedError)):
        environment({}).from_string(attack).render(v=Thing(), language="fi")


def test_templates_are_made_once_and_forgotten_with_their_knowledge(knowledge: Knowledge) -> None:
    copy = replace(knowledge)
    assert templates_of(copy) is templates_of(copy)
    assert templates_of(copy) is not templates_of(knowledge)
    key = id(copy)
    assert key in templates._cache
    del copy
    gc.collect()
    assert key not in templates._cache


def test_every_template_compiles(knowledge: Knowledge) -> None:
    made = templates_of(knowledge)
    for intent in knowledge.intents.values():
        for variant in intent.answers:
            assert f"{intent.key}.{variant}" in made
    for name in made._sources:
        made._environment.get_template(name)
    assert len(LANGUAGES) == 3
