"""The heart of the town, made once for all tests that look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from citiverse_assets.town import Town

if TYPE_CHECKING:
    from citiverse_assets.district import District


@pytest.fixture(scope="session")
def heart_district() -> District:
    return next(Town().districts())
