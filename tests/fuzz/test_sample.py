"""Real files broken at random, a sample: read or refused in one sentence, whatever is in them.

tests/long/test_fuzz.py goes on for minutes, with numbers of its own.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from fuzz.corpus import SEEDS, Seed, attempt, case
from fuzz.mutations import mutate

if TYPE_CHECKING:
    from pathlib import Path

    from fuzz.cage import Cage

CASES_OF_A_FILE = 1


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name[:24])
def test_a_broken_file_is_read_or_refused(
    cage: Cage, data: Path, seed: Seed, tmp_path: Path
) -> None:
    for number in range(CASES_OF_A_FILE):
        failure = attempt(cage, data, seed, number, tmp_path)
        assert failure is None, failure


def test_a_case_is_the_same_every_time(data: Path) -> None:
    assert case(data, SEEDS[0], 7) == case(data, SEEDS[0], 7)
    assert case(data, SEEDS[0], 7) != case(data, SEEDS[0], 8)


@pytest.mark.parametrize(
    ("kind", "good"),
    [
        ("xml", b"<a><b c='1'>2 3</b><d/></a>"),
        ("json", b'{"a": [1, {"b": "c"}]}'),
        ("binary", bytes(range(99))),
    ],
)
def test_files_are_broken_in_many_ways_but_do_not_grow_without_end(kind: str, good: bytes) -> None:
    broken = {mutate(good, Random(number), kind) for number in range(200)}
    assert len(broken) > 100
    assert max(map(len, broken)) < 1_000_000
