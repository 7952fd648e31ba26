"""What the Host header, an origin and the headers of a proxy say of a request."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from bot.ops.settings import is_loopback

DEFAULT_PORTS = (80, 443)

FORWARDING_HEADERS = frozenset(
    {
        *("forwarded", "via", "cdn-loop", "proxy-client-ip", "wl-proxy-client-ip"),
        *("x-real-ip", "x-client-ip", "x-cluster-client-ip", "x-remote-ip", "x-remote-addr"),
        *("x-host", "x-rewrite-url", "x-proxyuser-ip", "x-envoy-external-address"),
        *("true-client-ip", "client-ip", "fastly-client-ip", "fly-client-ip"),
        *("x-amzn-trace-id", "x-amz-cf-id", "x-cloud-trace-context", "x-github-request-id"),
        *("x-real-port", "x-scheme", "x-url-scheme", "x-ssl", "front-end-https", "remote-addr"),
        *("x-coming-from", "x-from", "x-imforwards", "x-remote-user", "x-request-start"),
        *("proxy", "proxy-connection", "via-proxy", "max-forwards", "surrogate-capability"),
        *("x-varnish", "x-kong-request-id", "rndr-id", "x-localtunnel", "x-bore", "x-serveo"),
    }
)
FORWARDING_PREFIXES = (
    *("x-forwarded", "x-original-", "cf-", "x-azure-", "x-arr-", "x-appengine-", "x-ms-proxy"),
    *("x-tunnel-", "ngrok-", "tailscale-", "x-vercel-", "x-nf-", "x-dev-tunnel", "x-vscode"),
    *("fly-", "x-envoy-", "x-render-", "x-railway-", "x-replit-", "x-heroku-", "x-pagekite-"),
    *("fastly-", "akamai-", "x-akamai-", "incap-", "x-sucuri-", "x-sigsci-", "x-zscaler"),
    *("x-nginx-", "x-traefik-", "x-kong-", "x-consumer-", "x-bluecoat-"),
    *("ssl-client-", "x-ssl-", "x-http-forwarded", "http-x-forwarded"),
)
"""Headers, in lower case, that proxies, load balancers and tunnels add, and what theirs begin with.

Where one of them stands, somebody else than the peer asks.
"""

_OF_NO_STRANGER = frozenset({"internal", "local", "localhost", "lan", "svc", "home", "arpa"})
"""Last labels of names that nobody can register in the public DNS and point somewhere."""


def is_forwarded(headers: Iterable[str]) -> bool:
    """Whether one of these names of headers was added by whoever passed the request on."""
    for name in headers:
        # Some proxies and gateways write names with underscores.
        plain = name.lower().replace("_", "-")
        if plain in FORWARDING_HEADERS or plain.startswith(FORWARDING_PREFIXES):
            return True
    return False


def host_and_port(address: str | None) -> tuple[str, int | None] | None:
    """The host and the unusual port of an origin, a URL or a Host header; None if it has none."""
    if not address or "@" in address:
        return None
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
        port = parts.port
    except ValueError:
        return None
    return (parts.hostname, None if port in DEFAULT_PORTS else port) if parts.hostname else None


def names_this_machine(address: str | None) -> bool:
    """Whether an origin or a Host header names this machine, and so is no name of a stranger's."""
    place = host_and_port(address)
    return place is not None and is_loopback(place[0])


def is_own_name(address: str) -> bool:
    """Whether a Host header is an address, or a name that no stranger can own.

    Somebody else's name may be pointed to this machine or a private network (DNS rebinding): a page
    of theirs in a browser there then asks here, and reads the answer.
    """
    place = host_and_port(address)
    if place is None:
        return False
    host = place[0].rstrip(".")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        labels = host.split(".")
        return len(labels) == 1 or labels[-1] in _OF_NO_STRANGER
    return True
