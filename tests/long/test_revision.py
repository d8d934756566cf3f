"""Revised building models, made by chance: comments stay on their elements, none on a wrong one."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from citiverse_server.consultation.places import places
from citiverse_server.consultation.requests import Author, Post
from citiverse_server.consultation.store import PageQuery, on_dataset, open_store, page
from citiverse_server.features import exists
from citiverse_tiling.options import LocalPlace, TileOptions, silent
from citiverse_tiling.pipeline import tile
from citiverse_tiling.variants.variant import VariantOptions, add
from tiling import revised_model
from tiling.cities import EAST, NORTH, box, building, write_citygml

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.variants.revision import Revised

pytestmark = pytest.mark.long
SEEDS = 5
COMMENTS = 240
NAME = "plan"


def put(scene: Path, file: Path) -> Revised | None:
    place = LocalPlace(*_middle(scene), 30.0, 25.0)
    tiling = TileOptions((file,), scene, place=place, reality="proposed")
    return add(VariantOptions(tiling, scene, NAME, "A plan"), silent).revised


def _middle(scene: Path) -> tuple[float, float]:
    with closing(sqlite3.connect(scene / "features.sqlite")) as connection:
        lon, lat = connection.execute("SELECT avg(lon), avg(lat) FROM feature").fetchone()
    return lon, lat


def comment(number: int, feature: str) -> Post:
    zero = (0.0, 0.0, 0.0)
    author = Author("Quiet Heron", "visitor", "")
    return Post(author, f"key-{number:08}", "Why?", feature, zero, zero, (0.0, 0.0, 0.0, 1.0))


@pytest.mark.parametrize("folder", ["ifc-fzk-haus", "ifc-duplex-georef"])
def test_comments_stay_with_their_elements(data: Path, tmp_path: Path, folder: str) -> None:
    (source,) = (data / folder).glob("*.ifc")
    street = [building("west", box(EAST, NORTH, 30.0, (8, 8, 6)))]
    scene = tmp_path / "street"
    tile(TileOptions((write_citygml(tmp_path / "street.gml", street),), scene))
    there = kept = led = away = 0
    wrong: list[str] = []
    for seed in range(SEEDS):
        put(scene, source)
        truth = revised_model.revise(source, tmp_path / "revised.ifc", seed)
        features, state = scene / "features.sqlite", tmp_path / f"state-{seed}"
        known = [one for one in sorted(truth.became) if exists(features, f"{NAME}/{one}")]
        chosen = random.Random(seed).choices(known, k=COMMENTS)
        with open_store(state, features) as store, store.transaction():
            for number, element in enumerate(chosen):
                store.do(comment(number, f"{NAME}/{element}"), number)
        assert put(scene, tmp_path / "revised.ifc") is not None
        assert len(on_dataset(state, NAME)) == COMMENTS
        comments = [*page(state, PageQuery(limit=COMMENTS)).comments]
        for said, place in zip(comments, places(features, comments), strict=True):
            now = truth.became[said.feature.partition("/")[2]]
            is_there = exists(features, said.feature)
            found = [said.feature] if is_there else list(place.successors)
            there += now is not None
            away += now is None and place.became == "demolished"
            if now is not None and found == [f"{NAME}/{now}"]:
                kept += 1
                led += not is_there
            elif found:
                wrong.append(f"{said.feature}: {found}, and it is {now}")
    total = SEEDS * COMMENTS
    print(
        f"{folder}: of {total:,} comments {there:,} are on elements that are still there, {kept:,}"
        f" of them kept ({led:,} under another GlobalId); {away:,} of {total - there:,} told as"
        f" orphans; {len(wrong)} on a wrong element"
    )
    assert wrong == []
    assert kept >= 0.98 * there
    assert away == total - there
