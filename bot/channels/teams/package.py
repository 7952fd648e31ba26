"""The Teams app package: what an administrator uploads, so that the bot can be added to Teams.

A zip of `manifest.json`, one file of texts for each further language, and two icons. All texts
come from `content/community.yaml` and from the questions in `intents/`.
"""

from __future__ import annotations

import io
import ipaddress
import json
import re
import zipfile
from pathlib import Path
from typing import Any

from bot.i18n import N_, Message
from bot.knowledge.library import Knowledge
from bot.knowledge.models import TeamsApp
from bot.knowledge.values import Language

SCHEMAS = "https://developer.microsoft.com/json-schemas/teams/v1.25"
MANIFEST_VERSION = "1.25"
SCOPES = ("personal", "team", "groupChat")
ICONS = ("color.png", "outline.png")
LONGEST_NAME, LONGEST_FULL_NAME = 30, 100
FILE_TIME = (1980, 1, 1, 0, 0, 0)
"""The time of each file in the zip, fixed so that the same content gives the same bytes."""


class PackageError(Exception):
    """No package can be made; `message` says what to mend."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


def checked_app_id(text: str) -> str:
    """An app id as Entra shows it; raises PackageError for anything else."""
    found = text.strip().lower()
    if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", found):
        raise PackageError(
            N_(
                "`{text}` is not an app id: copy the Application (client) ID from Entra, five "
                "groups of digits and letters a to f, such as "
                "12345678-90ab-cdef-1234-567890abcdef.",
                text=text,
            )
        )
    if set(found) <= {"0", "-"}:
        raise PackageError(
            N_("`{text}` is nobody's app id: copy your app's from Entra.", text=text)
        )
    return found


def checked_domain(text: str) -> str:
    """The host name that the bot is reached at; raises PackageError for anything else."""
    found = text.strip().lower()
    if "://" in found or "/" in found:
        raise PackageError(
            N_(
                "`{text}` is an address: give its host name alone, without https:// and /.",
                text=text,
            )
        )
    if ":" in found or "@" in found:
        raise PackageError(
            N_("`{text}`: give the host name alone, without a port or a user name.", text=text)
        )
    if "*" in found:
        raise PackageError(
            N_("`{text}`: give the one host that the bot is reached at, without *.", text=text)
        )
    try:
        ipaddress.ip_address(found)
    except ValueError:
        pass
    else:
        raise PackageError(
            N_("`{text}` is a number: Teams wants a host name, such as bot.example.fi.", text=text)
        )
    *names, last = found.split(".")
    if not names or last in ("localhost", "local", "internal"):
        raise PackageError(
            N_(
                "`{text}` cannot be reached from the internet: give a public host name, such as "
                "bot.example.fi.",
                text=text,
            )
        )
    label = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    if len(found) > 253 or not all(re.fullmatch(label, name) for name in (*names, last)):
        raise PackageError(
            N_(
                "`{text}` is not a host name: it has letters a to z, digits, - and dots (a name "
                "with other letters is written in its xn-- form).",
                text=text,
            )
        )
    if not re.fullmatch(r"[a-z]{2,}|xn--.+", last):
        raise PackageError(
            N_("`{text}` does not end like a host name, in .fi or .org for example.", text=text)
        )
    return found


def checked_version(text: str) -> str:
    """A version of three numbers; raises PackageError for anything else."""
    if not re.fullmatch(r"(0|[1-9]\d{0,8})(\.(0|[1-9]\d{0,8})){2}", text):
        raise PackageError(
            N_("`{text}` is not a version: write three numbers, such as 1.0.2.", text=text)
        )
    return text


def manifest(knowledge: Knowledge, app_id: str, domain: str, version: str) -> dict[str, Any]:
    """`manifest.json`, in the default language; raises PackageError."""
    app = _app(knowledge)
    usual, *others = knowledge.languages
    commands = _commands(knowledge, app, usual)
    return {
        "$schema": f"{SCHEMAS}/MicrosoftTeams.schema.json",
        "manifestVersion": MANIFEST_VERSION,
        "version": checked_version(version),
        "id": checked_app_id(app_id),
        "localizationInfo": {
            "defaultLanguageTag": usual,
            "additionalLanguages": [
                {"languageTag": language, "file": f"{language}.json"} for language in others
            ],
        },
        "developer": {
            "name": app.developer,
            "websiteUrl": app.website,
            "privacyUrl": app.privacy or app.website,
            "termsOfUseUrl": app.terms or app.website,
        },
        "name": _names(knowledge, usual),
        "description": {"short": app.short[usual], "full": app.full[usual]},
        "icons": {"color": ICONS[0], "outline": ICONS[1]},
        "accentColor": app.accent,
        "bots": [
            {
                "botId": checked_app_id(app_id),
                "scopes": list(SCOPES),
                "isNotificationOnly": False,
                "supportsFiles": False,
                "commandLists": [{"scopes": list(SCOPES), "commands": commands}],
            }
        ],
        "validDomains": [checked_domain(domain)],
        "defaultInstallScope": "personal",
        "defaultGroupCapability": {"team": "bot", "groupchat": "bot"},
    }


def localization(knowledge: Knowledge, language: Language) -> dict[str, str]:
    """The file of texts of one further language; raises PackageError."""
    app = _app(knowledge)
    texts = {"$schema": f"{SCHEMAS}/MicrosoftTeams.Localization.schema.json"}
    texts |= {f"name.{kind}": name for kind, name in _names(knowledge, language).items()}
    texts |= {"description.short": app.short[language], "description.full": app.full[language]}
    for index, command in enumerate(_commands(knowledge, app, language)):
        place = f"bots[0].commandLists[0].commands[{index}]"
        texts |= {f"{place}.{part}": text for part, text in command.items()}
    return texts


def package(knowledge: Knowledge, app_id: str, domain: str, version: str, icons: Path) -> bytes:
    """The zip file; `icons` is the folder of both icons. Raises PackageError, OSError."""
    files = {"manifest.json": _json(manifest(knowledge, app_id, domain, version))}
    for language in knowledge.languages[1:]:
        files[f"{language}.json"] = _json(localization(knowledge, language))
    for name in ICONS:
        files[name] = (icons / name).read_bytes()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, FILE_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return made.getvalue()


def package_warnings(knowledge: Knowledge) -> list[Message]:
    """What an administrator should know about the package."""
    app = _app(knowledge)
    missing = [name for name in ("privacy", "terms") if getattr(app, name) is None]
    return [
        N_(
            "content/community.yaml names no teams_app.{name}: the package leads to {website}.",
            name=name,
            website=app.website,
        )
        for name in missing
    ]


def _app(knowledge: Knowledge) -> TeamsApp:
    if knowledge.community.teams_app is None:
        raise PackageError(
            N_("content/community.yaml says nothing under teams_app: add it (docs/content.md).")
        )
    return knowledge.community.teams_app


def _names(knowledge: Knowledge, language: Language) -> dict[str, str]:
    community = knowledge.community
    short = community.bot_name
    if len(short) > LONGEST_NAME:
        raise PackageError(
            N_(
                "content/community.yaml: bot_name has {length} characters, Teams takes {limit}: "
                "make it shorter.",
                length=len(short),
                limit=LONGEST_NAME,
            )
        )
    full = f"{short} – {community.name[language]}"
    return {"short": short, "full": full if len(full) <= LONGEST_FULL_NAME else short}


def _commands(knowledge: Knowledge, app: TeamsApp, language: Language) -> list[dict[str, str]]:
    return [
        {
            "title": (command.title or knowledge.intents[command.intent].question)[language],
            "description": command.description[language],
        }
        for command in app.commands
    ]


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
