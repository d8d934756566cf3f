"""Twenty runs, each killed at a random moment and taken up: the scene is always the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tiling.test_resume import CITY, resumed_as_unbroken

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.long

KILLS = 20


def test_twenty_kills_leave_no_trace(data: Path, tmp_path: Path) -> None:
    resumed_as_unbroken(data / CITY, tmp_path, KILLS)
