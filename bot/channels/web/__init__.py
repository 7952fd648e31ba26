"""A page to try the bot on in a browser, and the endpoint behind it.

    chat = WebChat(conversations, lambda: reloader.snapshot.knowledge, public_url=public_url)
    chat.attach(app)

| Request | Answer |
|---|---|
| `GET /` | the page; its parts are at `/static/…` |
| `GET /api/chat?language=sv` | the welcome, as JSON |
| `POST /api/chat` | `{"text": …, "conversation": …, "language": …}` answered as JSON |

`conversation` (any text that the caller makes up; without it nothing is remembered) and `language`
(of the page's own texts) may be left out. The answer holds `language`, `blocks`, `actions` and
`suggestions` (answer_json says how), a refusal holds `error`, one sentence in the language of the
browser (Accept-Language), in English to programs that name none.

Read on in this order: chat, requests, answer_json, documents, page_texts.
"""

from .chat import WebChat

__all__ = ["WebChat"]
