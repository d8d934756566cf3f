"""Whom an address stands for, where one of them mustn't take what is for all."""

from __future__ import annotations

import ipaddress


def neighbourhood(address: str) -> str | None:
    """What one household has: an IPv4 address, or the first 64 bits of an IPv6 one.

    None is this machine's own address: behind a proxy it is everyone's.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    if parsed.is_loopback:
        return None
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(parsed), 64), strict=False))
    return str(parsed)
