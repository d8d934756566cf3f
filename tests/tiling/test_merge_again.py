"""Groups of blocks are merged as ever, whether some of them were merged before or not."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.memo import Memo
from citiverse_tiling.transforms.block import Blocks, upright_blocks
from citiverse_tiling.transforms.merge_blocks import Merged, Room, merge_blocks
from citiverse_tiling.tree.coarse import FarBlocks, MergeJob, merge
from citiverse_tiling.tree.merge_again import MergingAgain
from citiverse_tiling.workers import Here, Team

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

COUNTS = (40, 1, 25, 60)
GROUPS = np.repeat(np.arange(len(COUNTS)), COUNTS)
ROOM = Room(np.array([140.0, 9.0, 90.0, 200.0]), np.full(len(COUNTS), 1e9))
BYTES = np.full(len(GROUPS), 400)


def houses(seed: int = 0) -> Blocks:
    chance = np.random.default_rng(seed)
    feet = np.column_stack([chance.uniform(0, 300, (len(GROUPS), 2)), np.zeros(len(GROUPS))])
    return upright_blocks(feet, chance.uniform(4, 20, (len(GROUPS), 3)))


def job(blocks: Blocks) -> MergeJob:
    rows = np.arange(len(GROUPS))
    return MergeJob(np.arange(len(COUNTS)), rows, GROUPS, FarBlocks(blocks, rows), BYTES, ROOM)


def again(cities: Sequence[Blocks], memo: Memo) -> list[Merged]:
    team = MergingAgain(Team(Here(), 1, is_here=True), memo)
    return [merged for _, merged in team.each(merge, map(job, cities))]


def assert_same(one: Merged, other: Merged) -> None:
    for name in ("clusters", "largest", "groups"):
        assert np.array_equal(getattr(one, name), getattr(other, name))
    for column in fields(Blocks):
        assert np.array_equal(getattr(one.blocks, column.name), getattr(other.blocks, column.name))


def test_the_first_time_and_each_time_again_are_as_without_a_memory(tmp_path: Path) -> None:
    cities = [houses(seed) for seed in (0, 1, 0)]
    expected = [merge_blocks(city, GROUPS, BYTES, ROOM) for city in cities]
    assert len(expected[0].largest) < len(GROUPS)
    former = None
    for number in range(3):
        path = tmp_path / str(number)
        with Memo(path, former, b"") as memo:
            for found, wanted in zip(again(cities[number:], memo), expected[number:], strict=True):
                assert_same(found, wanted)
        former = path


def test_only_the_group_that_changed_is_merged_anew(tmp_path: Path) -> None:
    changed = houses()
    changed.heights[GROUPS == 2, 1] += 3
    with Memo(tmp_path / "first", None, b"") as memo:
        again([houses()], memo)
    asked: list[MergeJob] = []

    def counted(one: MergeJob) -> tuple[MergeJob, Merged]:
        asked.append(one)
        return merge(one)

    with Memo(tmp_path / "second", tmp_path / "first", b"") as memo:
        team = MergingAgain(Team(Here(), 1, is_here=True), memo)
        jobs = [job(houses()), job(changed), job(houses())]
        found = [merged for _, merged in team.each(counted, jobs)]
    for one, city in zip(found, (houses(), changed, houses()), strict=True):
        assert_same(one, merge_blocks(city, GROUPS, BYTES, ROOM))
    assert [len(one.rows) for one in asked] == [COUNTS[2]]
