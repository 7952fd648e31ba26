"""The token that the bot sends with: fetched by azure-identity, cached here, renewed in time.

azure-identity does not hold parallel calls back, and its own cache hides that a renewal failed.
So every fetch opens a fresh credential, behind a lock, and the cache is ours. A loop renews the
token early, so that no reply waits for it and `problem` is true even while nobody talks.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from azure.core.credentials_async import AsyncTokenCredential

from bot.i18n import N_, Message
from bot.ops.redaction import know
from bot.ops.settings import Settings

from .errors import CredentialsError

log = structlog.get_logger(__name__)

SCOPE = "https://api.botframework.com/.default"

RENEW_BEFORE = 600.0
"""Seconds before its end at which a token is renewed; tokens live for an hour or more."""

RETRY_INTERVAL = 15.0
"""Seconds between two tries while no token can be fetched."""

TOKEN_TIMEOUT = 8.0
"""Seconds to wait for a token, less than a whole attempt may take: so that what has no token is
known not to have been sent."""

FETCH_TIMEOUT = 45.0
"""Seconds until a fetch must be over: two tries of a whole answer each, and the pause between."""

FAILURE_PAUSE = 2.0
"""Seconds after a failure in which no request is made, however many replies wait for a token."""

LOG_INTERVAL = 60.0
"""Seconds between two log lines about the same failure."""

MIN_TOKEN_AGE = 60.0
"""Seconds in which a token is not fetched anew because the connector refused it."""


class Credentials:
    """Hands out the token to send with.

    `open_credential` makes an azure-identity credential (in a thread: it may read a file); `now`
    gives the time in seconds since 1970, `sleep` waits. `problem` is None while all is well, else
    one sentence that says what to mend.
    """

    def __init__(
        self,
        open_credential: Callable[[], AsyncTokenCredential],
        *,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._open_credential = open_credential
        self._now = now
        self._sleep = sleep
        self._lock = asyncio.Lock()
        self._fetch: asyncio.Task[None] | None = None
        self._token = ""
        self._fetched = self._expires = 0.0
        self._failed = self._logged = float("-inf")
        self.problem: Message | None = N_("No token has been fetched yet.")

    async def token(self) -> str:
        """A token that is good to send with; raises `CredentialsError` if there is none.

        It waits TOKEN_TIMEOUT at most. A fetch that takes longer goes on for whoever asks next.
        """
        if self._now() >= self._expires:
            if self._fetch is None or self._fetch.done():
                self._fetch = asyncio.create_task(self._renew_if_ended())
                # Its error is raised to whoever waits, if anybody still does.
                self._fetch.add_done_callback(lambda done: done.cancelled() or done.exception())
            try:
                async with asyncio.timeout(TOKEN_TIMEOUT):
                    await asyncio.shield(self._fetch)
            except TimeoutError as error:
                raise CredentialsError(describe_failure(error)) from None
        return self._token

    async def close(self) -> None:
        """Ends a fetch that is under way."""
        if self._fetch is not None:
            self._fetch.cancel()
            await asyncio.wait([self._fetch])

    def invalidate(self, token: str | None) -> bool:
        """Drops a token that the connector did not accept; returns whether another will be fetched.

        A token that was only just fetched is kept: a connector that accepts none must not make
        us fetch one for every reply.
        """
        if token == self._token:
            if self._now() - self._fetched < MIN_TOKEN_AGE:
                return False
            self._expires = 0.0
        return True

    async def keep_fresh(self) -> None:
        """Renews the token before it ends, and tries again while it fails; runs until cancelled."""
        while True:
            async with self._lock:
                if self._now() >= self._expires - self._renewal_margin():
                    # A failure is said in the log and in `problem`.
                    with contextlib.suppress(CredentialsError):
                        await self._renew()
            due = self._expires - self._renewal_margin() - self._now()
            await self._sleep(due if due > 0 else RETRY_INTERVAL)

    async def _renew_if_ended(self) -> None:
        async with self._lock:
            # Whoever held the lock before has most likely fetched it.
            if self._now() >= self._expires:
                await self._renew()

    def _renewal_margin(self) -> float:
        # A token that lives for minutes only is renewed half-way.
        return max(0.0, min(RENEW_BEFORE, (self._expires - self._fetched) / 2))

    async def _renew(self) -> None:
        """Fetches a token; call it with the lock held."""
        if self._now() - self._failed < FAILURE_PAUSE:
            raise CredentialsError(self.problem)
        try:
            credential = await asyncio.to_thread(self._open_credential)
            # A server that answers a byte at a time must not hold the lock for ever.
            async with asyncio.timeout(FETCH_TIMEOUT), credential:
                token = await credential.get_token(SCOPE)
        except Exception as error:
            # Whatever azure-identity raises, there is no token, and a later try may work.
            self._failed = self._now()
            self.problem = describe_failure(error)
            if self._now() - self._logged >= LOG_INTERVAL:
                self._logged = self._now()
                log.error("token.not_fetched", reason=self.problem)
            raise CredentialsError(self.problem) from None
        if self.problem is not None:
            log.info("token.fetched")
        self.problem = None
        self._failed = self._logged = float("-inf")
        know(token.token)
        self._token, self._fetched, self._expires = token.token, self._now(), token.expires_on


def credential_opener(settings: Settings, **options: Any) -> Callable[[], AsyncTokenCredential]:
    """How to make the credential that the settings ask for.

    `options` go to azure-identity, for example `connection_verify`, a file of trusted roots.
    """
    from azure.identity import aio as identity  # 0.1 s that a bot without an app id need not pay

    from .bounded_transport import BoundedTransport

    # azure-identity logs every failure, which at a retry every few seconds is too often; ours is
    # said once a minute.
    logging.getLogger("azure").setLevel(logging.CRITICAL)
    options = {
        "retry_total": 1,
        "retry_backoff_factor": 0.2,
        "connection_timeout": 5,
        "read_timeout": 10,
        **options,
    }

    def bounded() -> dict[str, Any]:
        # One for each credential, which closes it.
        return {**options, "transport": BoundedTransport(**options)}

    app_id, tenant = settings.app_id or "", settings.app_tenant_id or ""
    authority = settings.login_url
    if settings.app_password is not None:
        secret = settings.app_password.get_secret_value()
        return lambda: identity.ClientSecretCredential(
            tenant, app_id, secret, authority=authority, **bounded()
        )
    if settings.app_certificate is not None:
        path = str(settings.app_certificate)
        return lambda: identity.CertificateCredential(
            tenant, app_id, path, authority=authority, **bounded()
        )
    return lambda: identity.ManagedIdentityCredential(client_id=app_id, **bounded())


def describe_failure(error: Exception) -> Message:
    """One sentence on why there is no token, made of codes alone: a server's text may hold more."""
    found = re.search(r"AADSTS(\d+)", str(error))
    code = found[1] if found else ""
    match code:
        case "7000215":
            return N_("The client secret is wrong (AADSTS7000215): set BOT_APP_PASSWORD anew.")
        case "7000222":
            return N_("The client secret has expired (AADSTS7000222): set BOT_APP_PASSWORD anew.")
        case "700016":
            return N_("The app is unknown in the tenant (AADSTS700016): check BOT_APP_ID.")
        case "90002":
            return N_("The tenant is unknown (AADSTS90002): check BOT_APP_TENANT_ID.")
        case "":
            return N_(
                "No token can be fetched ({error}): check the BOT_APP_… settings and the network.",
                error=type(error).__name__,
            )
        case _:
            return N_(
                "Entra gives no token ({code}): check the BOT_APP_… settings.",
                code=f"AADSTS{code}",
            )
