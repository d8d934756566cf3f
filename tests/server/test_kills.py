"""What was acknowledged outlives any death of the server, and is there once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server.kills import WRITERS, kill_and_kill_again

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


async def test_two_kills_under_load_lose_and_double_nothing(scene: Path, tmp_path: Path) -> None:
    await lives(scene, tmp_path, kills=2)


@pytest.mark.long
async def test_twenty_kills_under_load_lose_and_double_nothing(scene: Path, tmp_path: Path) -> None:
    await lives(scene, tmp_path, kills=20)


async def lives(scene: Path, state: Path, kills: int) -> None:
    ledger, found = await kill_and_kill_again(scene, state, kills, seed=kills)
    assert len(ledger.acknowledged) == len(ledger.wanted) >= kills + WRITERS
    assert found.ids == ledger.acknowledged
    assert set(found.texts) == set(ledger.wanted.values())
    assert set(found.texts.values()) == {1}
