"""Every real file: what comes of it is what scripts/verdicts.toml and docs/verdicts.md say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import verdicts

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.long


def test_every_verdict_is_as_expected_and_documented(data: Path) -> None:
    expectations, _ = verdicts.read_table(verdicts.TABLE)
    wrong = []
    for expected, found in verdicts.judge(data, expectations):
        wrong += verdicts.differences(expected, found)
        wrong += verdicts.undocumented(verdicts.DOCUMENT, [found])
    assert wrong == []
