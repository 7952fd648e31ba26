"""The page and its parts, and the headers that everything here is sent with.

Files are read once; the texts are said anew for each request, as an editor may have changed them.
A browser asks each time whether anything has changed (ETag), so that the page and its parts always
fit together.
"""

from __future__ import annotations

import hashlib
from html import escape
from pathlib import Path
from string import Template

from aiohttp import web

from bot.i18n import translator
from bot.knowledge.library import Knowledge
from bot.knowledge.values import Language

from .accessibility import accessibility_body
from .page_texts import language_name, scripts_needed, texts_script

FOLDER = Path(__file__).parent

CONTENT_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Nothing but our own files, no markup made of texts, no frame around it."""

SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


TEXTS_SCRIPT = "texts.js"
"""The one file that is made for each request."""


class Documents:
    """The page, filled with the community's names and its texts, and the files it is made of."""

    def __init__(self) -> None:
        self._page = Template((FOLDER / "page.html").read_text("utf-8"))
        self._accessibility = Template((FOLDER / "accessibility.html").read_text("utf-8"))
        self._files = {
            path.name: (path.read_bytes(), CONTENT_TYPES[path.suffix])
            for path in (FOLDER / "static").iterdir()
            if path.suffix in CONTENT_TYPES
        }

    def page(self, request: web.Request, knowledge: Knowledge) -> web.Response:
        """The page."""
        community, spoken = knowledge.community, knowledge.languages
        usual = spoken[0]
        filled = self._page.substitute(
            bot=escape(community.bot_name),
            usual=usual,
            name=escape(community.name[usual]),
            names=" ".join(f'data-{one}="{escape(community.name[one])}"' for one in spoken),
            languages="\n      ".join(map(_language_button, spoken)),
            scripts_needed="\n    ".join(map(_scripts_needed, spoken)),
        )
        return _conditional(request, filled.encode(), "text/html")

    def accessibility(
        self, request: web.Request, knowledge: Knowledge, language: Language
    ) -> web.Response:
        """What is known of the page's accessibility."""
        _ = translator(language)
        bot = knowledge.community.bot_name
        filled = self._accessibility.substitute(
            language=language,
            title=escape(_("{bot}: accessibility", bot=bot)),
            body=accessibility_body(knowledge, language),
            back=escape(_("To the conversation")),
        )
        return _conditional(request, filled.encode(), "text/html")

    def file(self, request: web.Request, name: str, knowledge: Knowledge) -> web.Response:
        """One of the page's files; raises HTTPNotFound."""
        if name == TEXTS_SCRIPT:
            script = texts_script(knowledge)
            return _conditional(request, script.encode(), CONTENT_TYPES[".js"])
        if name not in self._files:
            raise web.HTTPNotFound
        return _conditional(request, *self._files[name])


def _language_button(language: str) -> str:
    name = f'<span class="unseen"> – {escape(language_name(language))}</span>'
    return (
        f'<button type="button" lang="{language}" value="{language}">'
        f"{language.upper()}{name}</button>"
    )


def _scripts_needed(language: str) -> str:
    return f'<p lang="{language}">{escape(scripts_needed(language))}</p>'


def _conditional(request: web.Request, body: bytes, content_type: str) -> web.Response:
    """The document, or 304 for a browser that has it already."""
    tag = hashlib.blake2b(body, digest_size=12).hexdigest()
    if any(known.value in (tag, "*") for known in request.if_none_match or ()):
        response = web.Response(status=304)
    else:
        response = web.Response(body=body, content_type=content_type, charset="utf-8")
    response.etag = tag
    response.headers["Cache-Control"] = "no-cache"
    return response
