"""One POST to an address that a stranger chose: bounded in time, and never to a private network.

The host's name is looked up once, all its addresses are checked, and the connection goes to the
very address that was checked, so that a name which changes its mind leads nowhere else. Redirects
aren't followed, proxies of the environment aren't used, and what is answered isn't read.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from .problems import bad

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

TIMEOUT_S = 5.0
MAX_URI = 2_048
PORTS = {"http": 80, "https": 443}
# All of the open Internet that IPv6 has so far (RFC 4291, 2.4); the rest is of sites, or old.
_INTERNET = ipaddress.ip_network("2000::/3")
# Addresses that lead to others which they carry inside (RFC 3056, 4380), or that are written as
# public ones and are those of the network one is in: relays of such carriers (RFC 7526), what
# protocols have among themselves (RFC 6890), documentation (RFC 9637), the hosts of two clouds.
_NOBODY = tuple(
    ipaddress.ip_network(one)
    for one in (
        "2002::/16",
        "2001::/32",
        "3fff::/20",
        "192.88.99.0/24",
        "192.0.0.0/24",
        "168.63.129.16/32",
    )
)
LOOKING_UP = 2
"""Names that are looked up at a time: one that nobody answers for takes long."""
_resolvers = ThreadPoolExecutor(LOOKING_UP, thread_name_prefix="webhook-names")


class WebhookError(Exception):
    """Nothing was delivered; a sentence says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send: an address by http or https, without credentials."""

    uri: str
    scheme: str
    host: str
    port: int

    @property
    def place(self) -> str:
        """`host:port`, as the operator allows it."""
        return f"{self.host}:{self.port}"


def target_of(uri: str) -> Target:
    """Reads an address; raises `NgsiError` where it is none to send to."""
    if len(uri) > MAX_URI or not re.fullmatch(r"[\x21-\x7e]+", uri):
        raise bad(f"An endpoint's uri has at most {MAX_URI} plain characters.")
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        raise bad("The endpoint's uri can't be read.") from None
    if parts.scheme not in PORTS or not parts.hostname:
        raise bad("An endpoint's uri begins with http:// or https://.")
    if parts.username is not None or parts.password is not None:
        raise bad("An endpoint's uri holds no credentials; use receiverInfo.")
    return Target(uri, parts.scheme, parts.hostname, port or PORTS[parts.scheme])


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open Internet."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        elif found not in _INTERNET:
            return False
    if any(found in network for network in _NOBODY):
        return False
    return found.is_global and not found.is_multicast


async def looked_up(host: str, port: int) -> list[str]:
    """The IP addresses of a host. Raises `OSError`.

    In threads of their own: a stranger's names mustn't hold up what others wait for.
    """
    loop = asyncio.get_running_loop()
    asked = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await loop.run_in_executor(_resolvers, asked)
    return [str(entry[4][0]) for entry in found]


@dataclass(frozen=True, slots=True)
class Sender:
    """Delivers notifications; `private` are places (`host:port`) that may be no public ones."""

    private: frozenset[str] = frozenset()
    look_up: Callable[[str, int], Awaitable[list[str]]] = looked_up
    timeout_s: float = TIMEOUT_S

    async def post(self, target: Target, body: bytes, headers: Mapping[str, str]) -> None:
        """Sends; returns when it was taken (2xx). Raises `WebhookError`."""
        try:
            async with asyncio.timeout(self.timeout_s):
                await self._post(target, body, headers)
        except TimeoutError:
            raise WebhookError(f"no answer within {self.timeout_s:g} s") from None

    async def _post(self, target: Target, body: bytes, headers: Mapping[str, str]) -> None:
        address = await self._address(target)
        host = f"[{address}]" if ":" in address else address
        parts = urlsplit(target.uri)
        url = parts._replace(netloc=f"{host}:{target.port}", fragment="").geturl()
        named = {**headers, "host": parts.netloc}
        async with httpx.AsyncClient(
            verify=ssl.create_default_context() if target.scheme == "https" else False,
            follow_redirects=False,
            trust_env=False,
            timeout=self.timeout_s,
        ) as client:
            request = client.build_request("POST", url, content=body, headers=named)
            # The certificate has to be that of the name, though the address was chosen here.
            request.extensions["sni_hostname"] = target.host
            try:
                response = await client.send(request, stream=True)
            except (httpx.HTTPError, OSError, ssl.SSLError) as error:
                reason = str(error) or type(error).__name__
                raise WebhookError(f"it can't be reached ({reason[:200]})") from None
            try:
                if not response.is_success:
                    raise WebhookError(f"it answers {response.status_code}")
            finally:
                await response.aclose()

    async def _address(self, target: Target) -> str:
        try:
            found = await self.look_up(target.host, target.port)
        except (OSError, UnicodeError):
            found = []
        if not found:
            raise WebhookError("nobody knows its host")
        if target.place not in self.private and not all(map(is_public, found)):
            raise WebhookError("it lies in a private network, where nothing is sent to")
        return found[0]
