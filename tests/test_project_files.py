"""Files for those who contribute: they name what there is."""

from __future__ import annotations

import ast
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
TEMPLATES = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))


def _checks_of_dev() -> dict[str, list[str]]:
    """The checks that `dev.py` runs, which is what CI runs: name -> arguments for Python."""
    tree = ast.parse((ROOT / "dev.py").read_text())
    (found,) = (
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CHECKS"
    )
    return dict(ast.literal_eval(found))


def test_before_a_commit_runs_what_ci_runs() -> None:
    (local,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert local["repo"] == "local"
    hooks = {hook["id"]: shlex.split(hook["entry"]) for hook in local["hooks"]}
    wanted = {
        # Some hooks are given the changed files instead of all.
        name: [".venv/bin/python", *(word for word in arguments if word != ".")]
        for name, arguments in _checks_of_dev().items()
    }
    assert hooks == wanted
    assert {hook["language"] for hook in local["hooks"]} == {"system"}


@pytest.mark.parametrize("path", TEMPLATES, ids=[path.stem for path in TEMPLATES])
def test_an_issue_form_is_whole(path: Path) -> None:
    form: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    assert set(form) == {"name", "description", "labels", "body"}
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    names = [field["id"] for field in fields]
    assert len(names) == len(set(names))
    assert any(field.get("validations", {}).get("required") for field in fields)
    for field in fields:
        assert field["type"] in {"input", "textarea", "dropdown", "checkboxes"}
        assert field["attributes"]["label"]


def test_there_are_forms_for_a_wrong_answer_and_a_content_change() -> None:
    assert [path.stem for path in TEMPLATES] == ["content-change", "wrong-answer"]


GUIDES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").rglob("*.md")]
)


@pytest.mark.parametrize("path", GUIDES, ids=[str(path.relative_to(ROOT)) for path in GUIDES])
def test_a_guide_leads_to_files_that_exist(path: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", path.read_text("utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", text):
        assert (path.parent / target).exists(), target
        assert (path.parent / target).resolve().is_relative_to(ROOT), target


FOLDERS = ("benchmarks", "bot", "deploy", "tests")
MODULES = sorted(
    path
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*.py")
    if "node_modules" not in path.parts
)


def _leads_out(text: str, depth: int) -> list[str]:
    """Where a module names a folder above the checkout, whose `depth` folders it is below."""
    here = r"__file__\)(?:\.resolve\(\))?"
    found = [
        one[0]
        for one in re.finditer(here + r"(?:\.parents\[(\d+)\]|((?:\.parent\b)+))", text)
        if (int(one[1]) if one[1] else one[2].count(".parent") - 1) > depth
    ]
    return found + re.findall(r"\bROOT\.parents?\b", text)


def test_no_module_leads_out_of_the_checkout() -> None:
    assert len(MODULES) > 300
    found = {
        str(path): out
        for path in MODULES
        if (out := _leads_out(path.read_text("utf-8"), len(path.relative_to(ROOT).parts) - 1))
    }
    assert not found


@pytest.mark.parametrize(
    ("text", "out"),
    [
        ("HERE.parents[2]", False),
        ("HERE.parents[3]", True),
        ("HERE.resolve().parents[3]", True),
        ("HERE.parent.parent.parent", False),
        ("HERE.resolve().parent.parent.parent.parent", True),
        ('HERE.with_name("x")', False),
        ("ROOT." + 'parent / "beside"', True),
    ],
)
def test_a_module_that_would_is_found(text: str, out: bool) -> None:
    assert bool(_leads_out(text.replace("HERE", "Path(__file__)"), 2)) is out


def test_the_lock_of_npm_names_no_host() -> None:
    packages = json.loads((ROOT / "tests" / "package-lock.json").read_text("utf-8"))["packages"]
    others = {name: one for name, one in packages.items() if name}
    assert others
    for name, one in others.items():
        assert one["integrity"].startswith("sha512-"), name
        assert "resolved" not in one, name
