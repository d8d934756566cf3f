"""What a question is refused with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citiverse_server.standards.sensorthings.problems import QueryError

if TYPE_CHECKING:
    from collections.abc import Callable


def status_of(question: Callable[[], object]) -> int:
    """200, or the status it is refused with; any other exception is a bug, and flies."""
    try:
        question()
    except QueryError as error:
        return error.status
    return 200
