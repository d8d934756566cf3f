"""The changes of `bench incremental` are to one building each, and the file stays whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lxml import etree

from citiverse.bench import big_city
from citiverse.bench.incremental import CHANGES
from citiverse.bench.metropolis import EAST, NORTH
from citiverse.bench.sources import CITIES
from citiverse.bench.varied_city import Metropolis, quarter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BORN = {"one_removed": -1, "first_removed": -1, "one_added": 1}


def members(city: bytes) -> list[bytes]:
    root = etree.fromstring(city)
    return [etree.tostring(one, with_tail=False) for one in root.iterfind("{*}cityObjectMember")]


@pytest.mark.parametrize(("name", "change"), CHANGES)
def test_a_change_is_to_one_building(
    data: Path, tmp_path: Path, name: str, change: Callable[[bytes], bytes]
) -> None:
    quarters = (quarter(big_city.read(data / CITIES[1][1])),)
    path = tmp_path / "city.gml"
    Metropolis(quarters, EAST, NORTH, 100).write((path,))
    before, after = members(path.read_bytes()), members(change(path.read_bytes()))
    assert len(after) - len(before) == BORN.get(name, 0)
    assert len(set(before) ^ set(after)) == (1 if name in BORN else 2)
    assert (before[0] in after) == (name != "first_removed")
