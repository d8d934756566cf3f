"""The process that makes a city which is being served: `python -m citiverse.make ORDER`.

A first look, where the files are large, then the whole, in the same frame. It tells how far it is
by lines of JSON (`order.Told`) and ends when the server does.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from citiverse import lock
from citiverse.made import Made
from citiverse.order import Done, Failed, FirstLook, Order, Step, Told, Waiting
from citiverse_tiling.errors import TilingError
from citiverse_tiling.workers import cores

if TYPE_CHECKING:
    from citiverse_tiling.options import TileOptions

NICENESS = 10
"""Those who walk in the first look come before the whole."""

STEP_EVERY_S = 0.5
PR_SET_PDEATHSIG = 1


def main() -> None:
    """Make what the one argument orders, and tell of it on standard output."""
    _end_with_the_server()
    order = msgspec.json.decode(sys.argv[1], type=Order)
    made = Made(Path(order.scene), Path(order.note), order.key)
    try:
        with lock.alone(made.lock, lambda: _tell(Waiting())):
            if not made.is_fresh:
                _make(order, made)
    except (TilingError, OSError) as error:
        _tell(Failed(str(error)))
    else:
        _tell(Done())


def _make(order: Order, made: Made) -> None:
    # Heavy imports, which who waits for another's city doesn't need.
    from citiverse_tiling.glance import glance, look_s
    from citiverse_tiling.pipeline import tile

    options, steps = _options(order), _Steps()
    place = Path(order.first_look) / made.scene.name
    budget_s = look_s(time.monotonic() - order.began, time.process_time())
    first = glance(options, place, time.monotonic, budget_s)
    if first is not None:
        _tell(FirstLook(str(first.scene), first.buildings, first.found, first.share))
        options = replace(options, origin=first.origin)
        os.nice(NICENESS)
    tile(options, steps)
    made.remember()


def _options(order: Order) -> TileOptions:
    from citiverse.commands.tile import crs_names_of, crs_of, place_of
    from citiverse_tiling.options import TileOptions

    return TileOptions(
        inputs=tuple(map(Path, order.files)),
        output=Path(order.scene),
        crs=crs_of(order.crs),
        crs_names=crs_names_of(order.crs),
        place=place_of(order.place) if order.place else None,
        workers=cores(),
    )


class _Steps:
    """Tells of a stage when it begins, and then twice a second at most."""

    def __init__(self) -> None:
        self._stage = ""
        self._due = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage != self._stage or now >= self._due:
            self._stage, self._due = stage, now + STEP_EVERY_S
            _tell(Step(stage, done, total))


def _tell(told: Told) -> None:
    os.write(sys.stdout.fileno(), msgspec.json.encode(told) + b"\n")


def _end_with_the_server() -> None:
    """However it ends, even where it is killed (prctl, 2). Elsewhere the next line fails."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


if __name__ == "__main__":
    main()
