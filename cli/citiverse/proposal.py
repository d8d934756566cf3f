"""The process that reads and publishes proposals for a server: `python -m citiverse.proposal`.

It takes orders (`citiverse_server.proposals.orders`), a line of JSON each, one after the other, and
tells of them in the same way. It is started before it is needed and stays ready, and whatever a
file does to it, it does to no one else: its memory is bounded, the server bounds its time, and it
ends when the server does.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import signal
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from citiverse_server.proposals import model, orders
from citiverse_tiling.errors import InputError, TilingError
from citiverse_tiling.options import LocalPlace, TileOptions
from citiverse_tiling.proposals import landing, placing, preview
from citiverse_tiling.proposals.look import Look, look_at
from citiverse_tiling.proposals.site import Site, open_site
from citiverse_tiling.scene_manifest import NAME as MANIFEST
from citiverse_tiling.sources.ifc.process import keep_latest
from citiverse_tiling.variants import variant

if TYPE_CHECKING:
    from collections.abc import Callable

    from citiverse_tiling.model import Float64Array

PR_SET_PDEATHSIG = 1
NEEDED_LATER = ("citiverse_tiling.succession.matching", "citiverse_tiling.check.glb")
"""What is loaded where it is needed, and here before anybody waits for it."""

MOST_MEMORY_BYTES = 8 << 30
"""Address space, of this process and of each that it starts."""

MOST_FILE_BYTES = 4 << 30
STAGE_EVERY_S = 0.2


def main() -> None:
    """Do what comes on standard input, until it ends."""
    _end_with_the_server()
    _limit()
    # What libraries print must not come between the lines.
    stream = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    bench = Bench(stream.write)
    keep_latest(bench.hear)
    decoder = msgspec.json.Decoder(orders.Order)
    for name in NEEDED_LATER:
        import_module(name)
    gc.freeze()
    for line in sys.stdin.buffer:
        bench.do(decoder.decode(line))


class Bench:
    """Does one order after the other; `write` takes lines."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._stage, self._due = "", 0.0
        self._site: Site | None = None
        self._manifest = (0, 0)

    def do(self, order: orders.Order) -> None:
        """Do an order; whatever goes wrong is told."""
        try:
            match order:
                case orders.Look():
                    self._look(order)
                    self._tell(orders.Done())
                case orders.Place():
                    self._tell(self._placed(order))
                case orders.Publish():
                    self._tell(self._published(order))
                case orders.Withdraw():
                    variant.remove(Path(order.scene), order.name)
                    self._tell(orders.Done())
                case orders.Tidy():
                    variant.tidy(Path(order.scene))
                    self._tell(orders.Done())
        except TilingError as error:
            error.file = None
            self._tell(orders.Failed(str(error)))
        except MemoryError:
            self._tell(orders.Failed("it needs more memory than may be used; cut it into pieces."))
        except OSError as error:
            self._tell(orders.Failed(f"the server can't do it now ({error.strerror})."))

    def hear(self, done: int, total: int) -> None:
        """Tell how far the reading of a file is."""
        self._progress("reading the file", done, total)

    def _look(self, order: orders.Look) -> None:
        path, site = Path(order.file), self._site_of(order.scene)
        self.hear(0, 0)
        found = look_at(path, site.frame, lambda _: None)
        glb, dropped = preview.encode(found.parts)
        Path(order.preview).write_bytes(glb)
        warnings = found.warnings
        if dropped:
            warnings = (*warnings, f"The preview leaves {dropped:,} triangles out, indoors first.")
        self._tell(orders.Seen(_model(found, warnings)))

    def _placed(self, order: orders.Place) -> orders.Placed:
        site, wish = self._site_of(order.scene), order.wish
        ring = np.array(order.model.footprint)
        residuals: tuple[float, ...] = ()
        said: tuple[str, ...] = ()
        scale = 1.0
        if isinstance(wish, model.ByPoints):
            ours = np.array([pair.model for pair in wish.pairs])
            theirs = np.array([pair.scene for pair in wish.pairs])
            stand, residuals, scale, said = landing.by_points(ours, theirs)
        else:
            stand = _stand(wish, order.model, site, ring)
        found = landing.landed(stand, ring, site, on_ground=wish.on_ground)
        place = placing.place_of(found.stand, site.frame)
        return orders.Placed(
            model.Placement(
                found.stand.position,
                found.stand.heading_deg,
                place.lon,
                place.lat,
                place.height,
                str(wish.__struct_config__.tag),
            ),
            model.Landing(
                tuple(round(one, 4) for one in residuals),
                round(scale, 6),
                found.lowest_gap_m,
                found.highest_gap_m,
                tuple(model.Collision(*one) for one in found.collides),
                (*said, *found.said),
            ),
        )

    def _published(self, order: orders.Publish) -> orders.Published:
        site, wanted = self._site_of(order.scene), order.publication
        options = variant.VariantOptions(
            TileOptions(
                inputs=(Path(order.file),),
                output=site.folder,
                place=_local_place(order, site),
                reality="proposed",
            ),
            site.folder,
            order.name,
            wanted.title,
            wanted.description,
            wanted.replaces,
            wanted.replaces_footprint,
        )
        revised = variant.add(options, self._progress).revised
        elements = None
        if revised is not None:
            elements = model.Elements(revised.same, revised.renamed, revised.gone, revised.new)
        return orders.Published(elements)

    def _site_of(self, scene: str) -> Site:
        """The scene as it is now; what was read of it stays while its manifest does."""
        folder = Path(scene).resolve()
        try:
            about = (folder / MANIFEST).stat()
        except OSError as error:
            raise InputError("the scene isn't there any more", folder) from error
        manifest = about.st_mtime_ns, about.st_ino
        if self._site is None or self._site.folder != folder or self._manifest != manifest:
            self._site, self._manifest = open_site(folder), manifest
        return self._site

    def _progress(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage != self._stage or now >= self._due:
            self._stage, self._due = stage, now + STAGE_EVERY_S
            share = min(done / total, 1.0) if total else None
            self._tell(orders.Stage(stage, share))

    def _tell(self, told: orders.Told) -> None:
        self._write(msgspec.json.encode(told) + b"\n")


def _stand(wish: model.Wish, seen: model.Model, site: Site, ring: Float64Array) -> placing.Stand:
    """Where a wish that isn't by points leads, before it is set on the ground."""
    match wish:
        case model.ByHand():
            return placing.Stand(wish.position, wish.heading_deg % 360.0)
        case model.OnGlobe():
            place = LocalPlace(wish.lon, wish.lat, wish.height, wish.heading_deg)
            return placing.stand_at(place, site.frame)
        case model.OnFootprint():
            return landing.on_footprint(ring, site, wish.feature, wish.turns)
        case _:
            told = seen.georeference
            if told is None:
                raise InputError("the file doesn't say where it stands")
            return placing.Stand(told.position, told.heading_deg)


def _local_place(order: orders.Publish, site: Site) -> LocalPlace | None:
    if order.placement is None:
        return None
    stand = placing.Stand(order.placement.position, order.placement.heading_deg)
    place = placing.place_of(stand, site.frame)
    return LocalPlace(place.lon, place.lat, place.height, place.heading_deg, order.anchor)


def _model(found: Look, warnings: tuple[str, ...]) -> model.Model:
    return msgspec.convert(
        {
            "format": found.format,
            "title": found.title,
            "movable": found.movable,
            "georeference": found.georeference,
            "anchor": found.anchor,
            "box": found.box,
            "footprint": found.footprint,
            "buildings": found.buildings,
            "elements": found.elements,
            "warnings": warnings,
        },
        model.Model,
        from_attributes=True,
    )


def _limit() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_FILE_BYTES, MOST_FILE_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _end_with_the_server() -> None:
    """However it ends (prctl, 2); elsewhere standard input ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    main()
