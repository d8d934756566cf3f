"""One cage for all tests of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fuzz.cage import Cage

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def cage() -> Iterator[Cage]:
    """A process that runs the tiler under hard limits."""
    with Cage() as cage:
        yield cage
