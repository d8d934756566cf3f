"""The next delivery: which feature of the former scene became which of the new one.

A city that delivers again may give every object a new id, split and merge buildings and take some
away. `succeed` writes what became of each, as the table `succession` of features.sqlite (scene.md).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from citiverse_tiling.report import MAX_LISTED, Successions
from citiverse_tiling.succession.delivery import Place, open_delivery
from citiverse_tiling.succession.links import links_between
from citiverse_tiling.succession.table import write_table

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Place", "succeed"]


def succeed(previous: Path, folder: Path, place: Place) -> Successions | None:
    """Match the scene in `previous` with the one being written, whose features are complete.

    `place` is where the new one lies. None where nothing of the former scene is in the new one: it
    is another city. SceneError where the former scene can't be read.
    """
    old, new = open_delivery(previous), open_delivery(folder, place)
    links = links_between(old, new)
    if not any(link.old and link.new for link in links):
        return None
    former = previous / "features.sqlite"
    write_table(folder / "features.sqlite", former, links, old, place.frame)
    who: defaultdict[str, set[str]] = defaultdict(set)
    unsure: defaultdict[str, list[str]] = defaultdict(list)
    for link in links:
        who[link.relation].add(link.old or link.new or "")
        if link.relation == "unsure" and link.old and link.new:
            unsure[link.old].append(link.new)
    return Successions(
        {relation: len(names) for relation, names in sorted(who.items())},
        tuple(sorted(who["demolished"] | who["unsure"])[:MAX_LISTED]),
        {name: tuple(sorted(others)) for name, others in sorted(unsure.items())[:MAX_LISTED]},
    )
