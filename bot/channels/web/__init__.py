"""A page to try the bot on in a browser, and the endpoint behind it.

    chat = WebChat(conversations, lambda: reloader.snapshot.knowledge, public_url=public_url)
    chat.attach(app)

| Request | Answer |
|---|---|
| `GET /` | the page; its parts are at `/static/…` |
| `GET /accessibility?language=sv` | what is known of its accessibility |
| `GET /api/chat?language=sv` | the welcome, as JSON |
| `POST /api/chat` | `{"text": …, "conversation": …, "language": …}` answered as JSON |
| `POST /api/chat/forget` | `{"conversation": …}`: what is remembered of it is dropped |

`conversation` (any text that the caller makes up; without it nothing is remembered) and `language`
(of the page's own texts) may be left out. The answer holds `language`, `blocks`, `actions` and
`suggestions` (answer_json says how), a refusal holds `error`, one sentence in the language of the
browser (Accept-Language), in English to programs that name none.

Read on in this order: chat, requests, answer_json, documents, page_texts,
accessibility.
"""

from .chat import WebChat

__all__ = ["WebChat"]
