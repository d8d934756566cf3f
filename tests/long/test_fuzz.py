"""Real files broken at random for minutes: `pytest -m long tests/long/test_fuzz.py`, with
`--fuzz-seed` and `--fuzz-seconds`. Each failure names the file that it keeps and how to run it.
"""

from __future__ import annotations

import time
from itertools import count
from pathlib import Path

import pytest

from fuzz.cage import Cage
from fuzz.corpus import SEEDS, attempt

pytestmark = pytest.mark.long

KEPT = Path(__file__).resolve().parents[2] / ".cache" / "fuzz"


def test_no_broken_file_does_harm(data: Path, request: pytest.FixtureRequest) -> None:
    first = request.config.getoption("--fuzz-seed")
    until = time.monotonic() + request.config.getoption("--fuzz-seconds")
    failures = []
    with Cage() as cage:
        for number in count(first):
            for seed in SEEDS:
                failure = attempt(cage, data, seed, number, KEPT)
                if failure is not None:
                    failures.append(failure)
            if time.monotonic() > until:
                break
    assert not failures, "\n\n".join(map(str, failures))
