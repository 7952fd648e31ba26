"""Finds the texts in the code and brings the catalogues up to date: for developers only."""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import write_po

from .catalogue import SOURCE_LANGUAGE, is_translated, read_catalogue

KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "nN_": (1, 2),
    "pN_": ((1, "c"), 2),
}

NOTE = "i18n:"
"""Begins a comment in the code that is meant for translators."""


HEAD = """\
# What Taikubot says in forms, posts, pages, reports and commands, in one language.
# To say something otherwise, change the line that begins with msgstr. Names in {{braces}} stay as
# they are, and an empty msgstr stands for the English text.
msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {plural_forms}\\n"

"""


def extract(root: Path) -> Catalog:
    """The texts of the package `bot` below `root`, without translations."""
    template = Catalog(fuzzy=False, charset="utf-8")
    found = extract_from_dir(
        root / "bot",
        method_map=[("**.py", "python")],
        keywords=KEYWORDS,
        comment_tags=[NOTE],
        strip_comment_tags=True,
    )
    for name, _, text, comments, context in found:
        place = (f"bot/{Path(name).as_posix()}", 0)
        template.add(text, None, [place], auto_comments=comments, context=context)
    return template


def compare(template: Catalog, catalog: Catalog) -> list[str]:
    """What a catalogue lacks or has too much, against the texts of the code.

    A text without a translation is missing, but in the language of the code, where it is said as it
    stands there.
    """
    used = {(entry.context, entry.id): entry for entry in template if entry.id}
    known = {(entry.context, entry.id): entry for entry in catalog if entry.id}
    source = str(catalog.locale) == SOURCE_LANGUAGE
    return [
        *(f"not in the file: {id_}" for _, id_ in used.keys() - known.keys()),
        *(f"not in the code: {id_}" for _, id_ in known.keys() - used.keys()),
        *(
            f"not translated: {id_}"
            for (_, id_), entry in known.items()
            if not source and not is_translated(entry)
        ),
    ]


def update(path: Path, template: Catalog) -> None:
    """Puts new texts into a file, without a translation, and takes out those no longer used."""
    catalog, faults = read_catalogue(path)
    if catalog is None:
        raise SystemExit(f"{path}:{faults[0].line}: {faults[0].detail}")
    catalog.update(template, no_fuzzy_matching=True, update_header_comment=False)
    with path.open("wb") as file:
        # Babel's own head holds dates, which differ each time.
        head = HEAD.format(language=path.stem, plural_forms=catalog.plural_forms)
        file.write(head.encode())
        write_po(
            file,
            catalog,
            width=100,
            omit_header=True,
            sort_by_file=True,
            ignore_obsolete=True,
            include_lineno=False,
        )


def main() -> None:
    """Brings every file of `locale/` up to date with the code; prints what lacks a translation."""
    root = Path(__file__).resolve().parents[2]
    template = extract(root)
    for path in sorted((root / "locale").glob("*.po")):
        update(path, template)
        catalog, _ = read_catalogue(path)
        missing = compare(template, catalog) if catalog is not None else []
        print(f"{path.relative_to(root)}: {len(template)} texts", *missing, sep="\n  ")


if __name__ == "__main__":
    main()
