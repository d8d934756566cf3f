"""Benchmarks tell messages apart by their first bytes."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from citiverse.bench.message_type import type_of

GOLDEN = sorted((Path(__file__).parents[1] / "contract" / "protocol").glob("*.msgpack"))


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_the_type_of_every_message_of_the_contract(file: Path) -> None:
    message = file.read_bytes()
    assert type_of(message).decode() == msgspec.msgpack.decode(message)["t"]
