"""The next delivery: which feature of the former scene became which of the new one.

A city that delivers again may give every object a new id, split and merge buildings and take some
away. `succeed` writes what became of each, as the table `succession` of features.sqlite (scene.md).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from citiverse_tiling.report import MAX_LISTED, Successions
from citiverse_tiling.succession.delivery import Place, delivery_of, open_delivery
from citiverse_tiling.succession.links import links_between, sure_links_between
from citiverse_tiling.succession.table import write_table

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.feature_rows import Differences

__all__ = ["Place", "succeed"]


def succeed(
    previous: Path, folder: Path, place: Place, known: Differences | None = None
) -> Successions | None:
    """Match the scene in `previous` with the one being written, whose features are complete.

    `place` is where the new one lies; `known` is what differs, where that has been found already.
    None where nothing of the former scene is in the new one: it is another city. SceneError where
    the former scene can't be read.
    """
    links, stayed = None, 0
    if known is not None:
        old, new = delivery_of(previous, place, known.gone), delivery_of(folder, place, known.came)
        links, stayed = sure_links_between(old, new), known.stayed
    if links is None:
        old, new = open_delivery(previous), open_delivery(folder, place)
        links, stayed = links_between(old, new), 0
    if not stayed and not any(link.old and link.new for link in links):
        return None
    former = previous / "features.sqlite"
    write_table(folder / "features.sqlite", former, links, old, place.frame)
    who: defaultdict[str, set[str]] = defaultdict(set)
    unsure: defaultdict[str, list[str]] = defaultdict(list)
    for link in links:
        who[link.relation].add(link.old or link.new or "")
        if link.relation == "unsure" and link.old and link.new:
            unsure[link.old].append(link.new)
    counts = {relation: len(names) for relation, names in who.items()}
    if stayed:
        counts["same"] = counts.get("same", 0) + stayed
    return Successions(
        dict(sorted(counts.items())),
        tuple(sorted(who["demolished"] | who["unsure"])[:MAX_LISTED]),
        {name: tuple(sorted(others)) for name, others in sorted(unsure.items())[:MAX_LISTED]},
    )
