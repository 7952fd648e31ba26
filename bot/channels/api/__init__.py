"""The API by which other systems announce: `/api/announcements`, described by openapi.json.

Read on in this order: routes, bodies.
"""

from .routes import Api

__all__ = ["Api"]
