"""Whether an incoming request comes from the Bot Connector: the checks on its token.

Every token is RS256, names the issuer and our app id exactly, is in its time (with five minutes
of leeway), and carries the service URL that the activity carries too; the key that signed it is
endorsed for the activity's channel. There is no other way in.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jwt
from cachetools import FIFOCache

from bot.channels.refusal import RequestRefused

from .requests import TEAMS
from .signing_keys import SigningKey, SigningKeys, TooManyWaiting

LEEWAY = 300.0
"""Seconds by which the clocks of the issuer and ours may differ."""

WAIT_FOR_KEYS = 5
"""Seconds until another try, where too many wait for keys: by then they were fetched anew."""

MAX_REMEMBERED = 1000
"""Tokens remembered as verified; the connector uses one for about an hour."""

_JWS = jwt.PyJWS(algorithms=["RS256"])


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """What a token with a good signature says, and the key that signed it."""

    key_id: str
    key: SigningKey
    service_url: str
    not_before: float
    expires: float


class TokenValidator:
    """Checks tokens; `now` gives the time in seconds since 1970."""

    def __init__(
        self,
        keys: SigningKeys,
        *,
        app_id: str,
        issuer: str,
        tenants: frozenset[str],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._keys = keys
        self._app_id = app_id
        self._issuer = issuer
        self._tenants = tenants
        self._now = now
        # Verifying a signature takes about 60 µs, a quarter of a whole turn.
        self._remembered: FIFOCache[str, VerifiedToken] = FIFOCache(MAX_REMEMBERED)

    async def verify(self, token: str, client: Callable[[], str] = str) -> VerifiedToken:
        """Checks a token by itself; raises `RequestRefused` with 401 and the rule that it broke.

        `client` says from where it comes, should it have to wait for keys: where too many of them
        do, the answer is 503.
        """
        verified = self._remembered.get(token)
        if verified is not None and self._keys.cached(verified.key_id) is verified.key:
            self._check_time(verified.not_before, verified.expires)
            return verified
        verified = await self._verify(token, client)
        self._remembered[token] = verified
        return verified

    def check_activity(self, token: VerifiedToken, activity: dict[str, Any]) -> None:
        """Checks that a verified token fits this activity; raises `RequestRefused`, 401 or 403.

        The types of the activity's fields are checked already.
        """
        service_url, channel = activity.get("serviceUrl"), activity.get("channelId")
        if not service_url:
            raise RequestRefused(401, "the activity has no serviceUrl")
        if not channel:
            raise RequestRefused(401, "the activity has no channelId")
        if service_url != token.service_url:
            raise RequestRefused(401, "the activity's serviceUrl is not the token's")
        if channel not in token.key.endorsements:
            raise RequestRefused(401, "the signing key is not endorsed for the channel")
        if channel == TEAMS and not _tenants_of(activity) <= self._tenants:
            raise RequestRefused(403, "the tenant is not allowed")

    async def _verify(self, token: str, client: Callable[[], str]) -> VerifiedToken:
        header, claims = _unverified(token)
        if header.get("alg") != "RS256":
            raise RequestRefused(401, "the token is not RS256")
        key_id = header.get("kid")
        if not isinstance(key_id, str):
            raise RequestRefused(401, "the token names no key")
        # The claims come before the signature: a token that is wrong anyway must not make us
        # fetch keys. Nothing is believed until the signature has been verified below.
        service_url, not_before, expires = self._check_claims(claims)
        try:
            key = await self._keys.find(key_id, client)
        except TooManyWaiting:
            raise RequestRefused(503, "many unknown keys", retry_after=WAIT_FOR_KEYS) from None
        if key is None:
            raise RequestRefused(401, "the signing key is unknown")
        try:
            _JWS.decode_complete(token, key.key, algorithms=["RS256"])
        except Exception:
            # Whatever the decoder raises, the signature has not been verified.
            raise RequestRefused(401, "the signature does not fit") from None
        return VerifiedToken(key_id, key, service_url, not_before, expires)

    def _check_claims(self, claims: dict[str, Any]) -> tuple[str, float, float]:
        if claims.get("iss") != self._issuer:
            raise RequestRefused(401, "the issuer is another")
        if claims.get("aud") != self._app_id:
            raise RequestRefused(401, "the audience is not this bot")
        service_url = claims.get("serviceurl")
        if not isinstance(service_url, str) or not service_url:
            raise RequestRefused(401, "the token has no serviceurl")
        not_before, expires = _time(claims, "nbf"), _time(claims, "exp")
        self._check_time(not_before, expires)
        return service_url, not_before, expires

    def _check_time(self, not_before: float, expires: float) -> None:
        now = self._now()
        if now >= expires + LEEWAY:
            raise RequestRefused(401, "the token has expired")
        if now < not_before - LEEWAY:
            raise RequestRefused(401, "the token is not valid yet")


def _unverified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The header and the claims of a token, not verified at all."""
    try:
        header, payload, _ = token.split(".")
        parts = [json.loads(jwt.utils.base64url_decode(part)) for part in (header, payload)]
    except (ValueError, RecursionError):
        parts = []
    if len(parts) != 2 or not all(isinstance(part, dict) for part in parts):
        raise RequestRefused(401, "the token cannot be read")
    return parts[0], parts[1]


def _time(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name)
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            seconds = float(value)
            if math.isfinite(seconds):
                return seconds
    except OverflowError:
        pass
    raise RequestRefused(401, f"the token has no {name}")


def _tenants_of(activity: dict[str, Any]) -> set[str]:
    """The tenants that a Teams activity names, in lower case.

    Teams names the tenant in every activity, in two places; both count. One that names none is
    nobody else's: the body is as good as the token, since both come from the connector. But it
    gives no rights (`coordination.actor`).
    """
    conversation = activity.get("conversation") or {}
    tenant = (activity.get("channelData") or {}).get("tenant") or {}
    named: tuple[str | None, ...] = (
        tenant.get("id"),
        conversation.get("tenantId"),
        conversation.get("tenantID"),
    )
    return {one.lower() for one in named if one is not None}
