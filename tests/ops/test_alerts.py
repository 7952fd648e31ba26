"""deploy/alerts.yaml asks only for what the program measures."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from bot.ops.metrics import REGISTRY

RULES = yaml.safe_load((Path(__file__).parents[2] / "deploy" / "alerts.yaml").read_text())


def _measured() -> set[str]:
    names = set()
    for family in REGISTRY.collect():
        total = family.type == "counter"
        names.add(f"{family.name}_total" if total else family.name)
    return names


def test_every_number_that_an_alert_asks_for_exists() -> None:
    rules = RULES["groups"][0]["rules"]
    assert len(rules) >= 8
    measured = _measured()
    for rule in rules:
        asked = set(re.findall(r"taikubot_\w+", rule["expr"]))
        assert asked <= measured, rule["alert"]
        assert asked or "up{" in rule["expr"]


def test_every_alert_says_what_happened_and_what_to_do() -> None:
    for rule in RULES["groups"][0]["rules"]:
        assert rule["alert"].startswith("Taikubot")
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        assert rule["annotations"]["summary"].endswith(".")
        assert len(rule["annotations"]["action"]) > 20
