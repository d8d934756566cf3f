"""What carries a WebSocket, as far as its application may know: an extension of the ASGI scope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import Scope

EXTENSION = "citiverse.line"


@dataclass(slots=True)
class Line:
    """`abort` closes the socket at once, buffers and all.

    `mark` sends a number that the client sends back from behind all that was sent before; `passed`
    hears of it when it is there. Marks that have passed take with them those before. `push` writes
    a whole message at once, or returns False where it would have to wait; `ready` waits until it
    wouldn't.
    """

    abort: Callable[[], None]
    mark: Callable[[int], None]
    push: Callable[[bytes], bool]
    ready: Callable[[], Awaitable[None]]
    passed: Callable[[int], None] | None = None


def line_of(scope: Scope) -> Line | None:
    """The line of a scope, where its server is ours."""
    extension: dict[str, Line] = (scope.get("extensions") or {}).get(EXTENSION, {})
    return extension.get("line")
