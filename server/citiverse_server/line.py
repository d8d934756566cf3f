"""What carries a WebSocket, as far as its application may know: an extension of the ASGI scope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Scope

EXTENSION = "citiverse.line"


@dataclass(slots=True)
class Line:
    """`abort` closes the socket at once, buffers and all.

    `mark` sends a number that the client sends back from behind all that was sent before; `passed`
    hears of it when it is there. Marks that have passed take with them those before.
    """

    abort: Callable[[], None]
    mark: Callable[[int], None]
    passed: Callable[[int], None] | None = None


def line_of(scope: Scope) -> Line | None:
    """The line of a scope, where its server is ours."""
    extension: dict[str, Line] = (scope.get("extensions") or {}).get(EXTENSION, {})
    return extension.get("line")
