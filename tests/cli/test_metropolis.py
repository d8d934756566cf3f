"""A metropolis is many different copies of small cities, each with ids of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse.bench import big_city
from citiverse.bench.varied_city import HIGHEST, LOWEST, Metropolis, Quarter, quarter
from citiverse_assets import citygml, town

if TYPE_CHECKING:
    from pathlib import Path

EAST, NORTH = 370_000.0, 5_807_000.0


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Quarter:
    file = tmp_path_factory.mktemp("town") / "town.gml"
    citygml.write(town.build()[:7], file)
    return quarter(big_city.read(file))


def test_ids_are_unique_and_links_lead_to_them(one: Quarter) -> None:
    assert one.buildings == 7
    text = one.copy(0, EAST, NORTH) + one.copy(1, EAST, NORTH)
    ids = re.findall(rb'gml:id="([^"]+)"', text)
    assert len(set(ids)) == len(ids) > 14
    assert set(re.findall(rb'xlink:href="#([^"]+)"', text)) <= set(ids)


def test_copies_stand_where_they_are_put_turned_and_stretched(one: Quarter) -> None:
    spans = []
    for number in range(6):
        lists = re.findall(rb"<gml:posList[^>]*>([^<]+)<", one.copy(number, EAST, NORTH))
        points = np.concatenate([np.array(words.split(), float).reshape(-1, 3) for words in lists])
        low, high = points.min(axis=0), points.max(axis=0)
        assert np.abs((low + high)[:2] / 2 - (EAST, NORTH)).max() < one.side_m / 2
        spans.append(high - low)
    plain = np.ptp(one.points, axis=0)
    stretched = np.array(spans)[:, 2] / plain[2]
    assert (stretched > LOWEST - 0.1).all()
    assert (stretched < HIGHEST + 0.1).all()
    assert len(set(stretched.round(3))) == 6, "none is like another"
    assert spans[1][:2].round(0).tolist() == plain[1::-1].round(0).tolist(), "turned by a quarter"


def test_a_metropolis_is_whole_and_its_copies_do_not_overlap(one: Quarter, tmp_path: Path) -> None:
    city = Metropolis((one, one), EAST, NORTH, 80)
    paths = (tmp_path / "a.gml", tmp_path / "b.gml")
    assert city.write(paths) == 7 * city.copies >= 80
    places = {city._place(number) for number in range(city.copies)}
    assert len(places) == city.copies
    assert city._place(0) == (EAST, NORTH), "the first is in the middle"
    assert all(abs(east - EAST) % one.side_m == 0 for east, _ in places)
    assert paths[0].read_bytes().count(b"<bldg:Building ") == 7 * ((city.copies + 1) // 2)
