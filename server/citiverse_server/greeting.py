"""`hello` in the address of the socket, as docs/contract/protocol.md has it.

Whoever opens the socket with it is answered without another round trip.
"""

from __future__ import annotations

from urllib.parse import parse_qs

import msgspec

from . import plausible
from .errors import ErrorCode, ProtocolError
from .protocol import Hello, Start

MAX_QUERY_BYTES = 4096
KEY = "hello"

_decoder: msgspec.json.Decoder[Hello] = msgspec.json.Decoder(Hello)


def greeting_in(query: bytes) -> Hello | None:
    """The `hello` in a query, as JSON; None without one.

    Raises `ProtocolError` where it can't be read, or says what doesn't belong in an address.
    """
    if len(query) > MAX_QUERY_BYTES:
        raise ProtocolError(
            ErrorCode.TOO_LARGE, f"This address has a query of over {MAX_QUERY_BYTES} bytes."
        )
    try:
        said = parse_qs(query.decode("ascii"), max_num_fields=8, errors="strict").get(KEY)
        if said is None:
            return None
        hello = _decoder.decode(said[0])
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise ProtocolError(
            ErrorCode.BAD_MESSAGE, f"The hello in this address can't be read: {error}."
        ) from None
    if hello.token is not None or hello.resume is not None or hello.name is not None:
        raise ProtocolError(
            ErrorCode.BAD_MESSAGE, "Names and secrets don't belong in an address: send a hello."
        )
    plausible.check_names("hello", hello.kept)
    if isinstance(hello.start, Start):
        plausible.check_sight("hello", hello.start.fov, hello.start.viewport)
    return hello
