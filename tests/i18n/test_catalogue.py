"""One catalogue of texts: complete in every language, filled with what the code gives, editable."""

from __future__ import annotations

import ast
import copy
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from bot.i18n import N_, install, languages, nN_, own_language, pN_, read_catalogues, translator
from bot.i18n.catalogue import MAX_BYTES, placeholders, read_catalogue
from bot.i18n.extraction import compare, extract, update
from bot.knowledge.texts import read_texts, text_warnings
from bot.knowledge.yaml_source import ContentError

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "locale").glob("*.po"))
HEAD = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""


@pytest.fixture(scope="module")
def template() -> Catalog:
    """The texts that stand in the code."""
    return extract(ROOT)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Path]:
    """A folder of texts of one's own; afterwards those of the repository are in use again."""
    yield tmp_path
    install(read_catalogues(ROOT / "locale")[0])


# The repository's own catalogue


def test_there_is_a_file_for_each_language_of_the_bot() -> None:
    assert {path.stem for path in FILES} >= {"fi", "sv", "en"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_text_of_the_code_is_there_and_no_other(path: Path, template: Catalog) -> None:
    catalog, faults = read_catalogue(path)
    assert catalog is not None
    assert not faults
    assert not read_catalogues(path.parent)[1]
    assert compare(template, catalog) == []


def test_the_comparison_finds_what_is_missing_unused_and_untranslated() -> None:
    code = Catalog()
    code.add("Kept")
    code.add("New")
    code.add(("One", "{count} of them"))
    file = Catalog(locale="fi")
    file.add("Kept", "Jää")
    file.add("Gone", "Poissa")
    file.add(("One", "{count} of them"), ("Yksi", ""))
    code.add("Doubtful")
    file.add("Doubtful", "Epäselvä", flags=["fuzzy"])
    assert compare(code, file) == [
        "not in the file: New",
        "not in the code: Gone",
        "not translated: ('One', '{count} of them')",
        "not translated: Doubtful",
    ]


SAYING = {"_": 0, "N_": 0, "pN_": 1, "nN_": 1, "ngettext": 1, "pgettext": 1}
"""Functions that take a text, and which argument names the placeholders."""


def _calls() -> Iterator[tuple[str, str, ast.Call]]:
    for path in sorted((ROOT / "bot").rglob("*.py")):
        if path.is_relative_to(ROOT / "bot" / "i18n"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
            # `translator(language)("…")` says a text, but the extraction knows it only as `_("…")`.
            called = getattr(node.func, "func", None)
            if getattr(called, "id", "") == "translator":
                name = "_"
            if name in SAYING:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", name, node


def test_every_text_stands_in_the_code_as_it_is_and_gets_its_values(template: Catalog) -> None:
    """A text of a table (no values at all) is filled later."""
    calls = list(_calls())
    assert len(calls) > 100
    found: set[str] = set()
    for entry in template:
        found.update([entry.id] if isinstance(entry.id, str) else entry.id)
    for place, name, call in calls:
        text = call.args[SAYING[name]]
        assert isinstance(text, ast.Constant), f"{place}: a text is written out, not put together"
        assert isinstance(text.value, str)
        # Such as one inside an f-string, which the extraction does not look into.
        assert text.value in found, f"{place}: the extraction does not find this text"
        given = {each.arg for each in call.keywords if each.arg is not None}
        if not given or len(given) < len(call.keywords):
            continue
        needed = placeholders(text.value)
        assert needed is not None, place
        # Another program's words are said in others in Finnish and Swedish, with more values.
        fits = needed <= given | {"count"} if "original" in needed else given == needed - {"count"}
        assert fits or given == needed, f"{place}: {sorted(given)} for {sorted(needed)}"


# What a file says


def test_a_corrected_wording_and_a_new_language_need_only_a_file(own: Path) -> None:
    (own / "de.po").write_text(
        HEAD + 'msgid "Register by {day}"\nmsgstr "Anmeldung bis {day}"\n', "utf-8"
    )
    install(read_texts(own))
    assert translator("de")("Register by {day}", day="1.12.") == "Anmeldung bis 1.12."
    assert languages() == ("de", "en", "fi", "sv")


def test_the_language_of_a_terminal(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    (own / "de.po").write_text(HEAD, "utf-8")
    install(read_texts(own))
    for locale, language in {
        "de_AT.UTF-8": "de",
        "C": "en",
        "fi_FI": "fi",
        "et_EE": "en",
        "": "en",
    }.items():
        monkeypatch.setenv("LANG", locale)
        assert own_language() == language


def test_plurals_and_contexts(own: Path) -> None:
    (own / "fi.po").write_text(
        HEAD
        + 'msgid "{count} channel"\nmsgid_plural "{count} channels"\n'
        + 'msgstr[0] "yksi kanava"\nmsgstr[1] "{count} kanavaa"\n\n'
        + 'msgctxt "post"\nmsgid "Sent"\nmsgstr "Lähetetty"\n',
        "utf-8",
    )
    install(read_texts(own))
    _ = translator("fi")
    assert _.ngettext("{count} channel", "{count} channels", 1) == "yksi kanava"
    assert _.ngettext("{count} channel", "{count} channels", 3) == "3 kanavaa"
    assert nN_("{count} channel", "{count} channels", 3).said("fi") == "3 kanavaa"
    assert nN_("{count} channel", "{count} channels", 1) == "1 channel"
    assert _.pgettext("post", "Sent") == pN_("post", "Sent").said("fi") == "Lähetetty"
    assert _("Sent") == "Sent"


def test_a_message_is_english_as_a_text_and_holds_messages_and_lists() -> None:
    inner = N_("there is no word list `{name}`; write it under `lists:`", name="hello")
    message = N_("the phrase `{phrase}`: {fault}", phrase="<hello> {place}", fault=inner)
    assert message == message.said("en")
    assert message == (
        "the phrase `<hello> {place}`: there is no word list `hello`; write it under `lists:`"
    )
    assert message.said("fi") == (
        "lause `<hello> {place}`: sanalistaa `hello` ei ole; kirjoita se kohtaan `lists:`"
    )
    table = N_("there is no `{key}` among the networks: {known}")
    assert "{key}" in table
    assert table.filled(key="c", known=["a", "b"]).said("sv") == (
        "nätverket `c` finns inte; nätverken är: a, b"
    )


@pytest.mark.parametrize(
    ("entry", "line", "fault"),
    [
        ('msgid "By {day}"\nmsgstr "Senast {dag}"\n', 6, "{dag} is no name"),
        ('msgid "By {day}"\nmsgstr "Senast"\n', 6, "lacks {day}"),
        ('msgid "By {day}"\nmsgstr "Senast {day"\n', 6, "braces hold a name alone"),
        ('msgid "By {day}"\nmsgstr "Senast {day:>999999999}"\n', 6, "braces hold a name alone"),
        ('msgid "By {day}"\nmsgstr "Senast {day.__class__}"\n', 6, "braces hold a name alone"),
        ('msgid "By {day}"\nmsgstr "Senast {day!r}"\n', 6, "braces hold a name alone"),
        ('msgid "{original}"\nmsgstr "{original.__class__}"\n', 6, "braces hold a name alone"),
        ('msgid "None"\nmsgstr "Inga {day}"\n', 6, "{day} is no name"),
        ('msgid "Open"\nmsgstr Öppna\n', 7, "this line cannot be read (msgstr Öppna)"),
        ('msgid "Open"\nmsgstr "Öppna\n', 7, "this line cannot be read"),
        ('msgid "Open"\nmsgstr "Öppna "nu""\n', 7, "this line cannot be read"),
    ],
)
def test_a_fault_is_named_with_its_line(own: Path, entry: str, line: int, fault: str) -> None:
    file = own / "sv.po"
    file.write_text(HEAD + entry, "utf-8")
    _assert_told(file, line, fault)


@pytest.mark.parametrize(
    "rule",
    [
        "nplurals=2; plural=(n = 1);",
        "nplurals=2; plural=__import__(1);",
        "nplurals=2; plural=n/0;",
        "nplurals=2; plural=n;",
        "nplurals=99; plural=(n != 1)*100;",
        f"nplurals=2; plural={'(' * 500}n{')' * 500};",
    ],
)
def test_a_head_with_no_rule_of_plurals_is_named(own: Path, rule: str) -> None:
    file = own / "sv.po"
    file.write_text(HEAD.replace("nplurals=2; plural=(n != 1);", rule), "utf-8")
    _assert_told(file, 4, "the rule of plurals cannot be read")


@pytest.mark.parametrize("charset", ["iso-8859-1", "UTF-8"])
def test_the_charset_of_the_head_does_not_matter(own: Path, charset: str) -> None:
    text = HEAD.replace("charset=utf-8", f"charset={charset}")
    (own / "sv.po").write_text(text + 'msgid "Price"\nmsgstr "5 €"\n', "utf-8")
    install(read_texts(own))
    assert translator("sv")("Price") == "5 €"


def test_a_message_can_be_copied_whatever_it_was_filled_with() -> None:
    message = N_("`{given}` is not a phone number: write it as 0400 123 456", given="{0}{")
    for copied in (copy.deepcopy(message), pickle.loads(pickle.dumps(message))):
        assert copied == message
        assert copied.said("fi") == message.said("fi") != message


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_file_in_another_encoding_is_named(own: Path, encoding: str) -> None:
    file = own / "sv.po"
    text = HEAD + 'msgid "Open"\nmsgstr "Öppna"\n'
    file.write_bytes(text.encode(encoding))
    _assert_told(file, 7 if encoding == "latin-1" else 1, "save the file with the encoding UTF-8")


def test_a_file_that_is_far_too_large_or_none_is_named(own: Path) -> None:
    file = own / "sv.po"
    file.write_text("#" * (MAX_BYTES + 1), "utf-8")
    _assert_told(file, 1, "the texts cannot be read")
    file.unlink()
    file.mkdir()
    _assert_told(file, 1, "the texts cannot be read")


def _assert_told(file: Path, line: int, fault: str) -> None:
    with pytest.raises(ContentError) as raised:
        read_texts(file.parent)
    (finding,) = raised.value.findings
    assert (finding.path, finding.line, finding.severity) == (file, line, "error")
    assert fault in finding.message
    assert len({finding.message.said(language) for language in ("fi", "sv", "en")}) == 3


REGISTER = "Register by {day}"


@pytest.mark.parametrize(
    "text",
    [
        HEAD,
        "",
        HEAD + f'msgid "{REGISTER}"\nmsgstr ""\n',
        HEAD + f'#, fuzzy\nmsgid "{REGISTER}"\nmsgstr "Tills {{day}}"\n',
        HEAD + 'msgid "Anmälan senast {day}"\nmsgstr "Anmälan senast {day}"\n',
        HEAD + f'#~ msgid "{REGISTER}"\n#~ msgstr "Tills {{day}}"\n',
    ],
    ids=["no entry", "empty", "empty entry", "fuzzy", "another msgid", "obsolete"],
)
def test_what_a_file_does_not_translate_is_said_as_shipped(own: Path, text: str) -> None:
    shipped_one = translator("sv")(REGISTER, day="1.12.")
    assert shipped_one != f"Register by {'1.12.'}"
    (own / "sv.po").write_text(text, "utf-8")
    for _ in range(2):  # A reload as well.
        install(read_texts(own))
        assert translator("sv")(REGISTER, day="1.12.") == shipped_one
    assert translator("fi")(REGISTER, day="1.12.") != "Register by 1.12."
    warnings = {finding.path.name: finding for finding in text_warnings(own)}
    assert "texts without a translation" in warnings["sv.po"].message
    assert "there is no such file" in warnings["fi.po"].message


def test_a_changed_msgid_and_a_wrong_name_are_warned_of(own: Path) -> None:
    for path in FILES:
        (own / path.name).write_text(path.read_text("utf-8"), "utf-8")
    assert not list(text_warnings(own))
    lines = (own / "sv.po").read_text("utf-8").splitlines(keepends=True)
    number = lines.index(f'msgid "{REGISTER}"\n')
    lines[number] = 'msgid "Anmälan senast {day}"\n'
    (own / "sv.po").write_text("".join(lines), "utf-8")
    (own / "fi.po").rename(own / "fi.po.txt")
    told = [(one.path.name, one.line, one.severity) for one in text_warnings(own)]
    assert ("sv.po", number + 1, "warning") in told
    assert ("fi.po.txt", 1, "warning") in told
    assert ("fi.po", 1, "warning") in told


def test_new_texts_are_put_into_a_file_and_unused_ones_taken_out(own: Path) -> None:
    file = own / "sv.po"
    file.write_text(HEAD + 'msgid "Kept"\nmsgstr "Kvar"\n\nmsgid "Gone"\nmsgstr "Borta"\n', "utf-8")
    code = Catalog()
    code.add("Kept")
    code.add("New")
    update(file, code)
    written = file.read_text("utf-8")
    assert 'msgstr "Kvar"' in written
    assert 'msgid "New"' in written
    assert "Gone" not in written
