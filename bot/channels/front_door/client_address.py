"""Whose request it is, for what is counted per client."""

from __future__ import annotations

import ipaddress

from aiohttp import web

from bot.ops.hosts import host_and_port


def client_address(request: web.Request) -> str:
    """The client, for rate limits: an IPv4 address, or the /64 network of an IPv6 address.

    Where the peer is a proxy of ours (an address that the internet does not route), the last
    address of X-Forwarded-For counts: it is the one that this proxy has added.
    """
    peer = _address(request.remote or "")
    if peer is None:
        return request.remote or ""
    if not peer.is_global and (forwarded := request.headers.getall("X-Forwarded-For", [])):
        peer = _address(forwarded[-1].rpartition(",")[2].strip()) or peer
    return client_name(peer)


def client_name(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """What a client is counted by: an IPv4 address, or the /64 network of an IPv6 address."""
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), 64), strict=False))


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An IP address, with or without a port, as proxies write it."""
    place = host_and_port(text)
    for candidate in (text, place[0] if place else ""):
        try:
            return ipaddress.ip_address(candidate)
        except ValueError:
            continue
    return None
