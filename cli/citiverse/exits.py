"""How the command ends: one sentence on standard error where something is wrong, and a code."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator


class Exit(IntEnum):
    """What a script can rely on."""

    DONE = 0
    FAILED = 1
    WRONG_USE = 2
    DONE_WITH_LOSSES = 3


@contextmanager
def one_sentence(*expected: type[Exception]) -> Iterator[None]:
    """Turn the exceptions that a user can mend into their sentence and `Exit.FAILED`.

    Any other exception is a bug and flies.
    """
    try:
        yield
    except expected as error:
        print(f"citiverse: {error}", file=sys.stderr)
        raise typer.Exit(Exit.FAILED) from None
