"""Files for those who contribute: they name what there is."""

from __future__ import annotations

import ast
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
