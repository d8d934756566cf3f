"""`citiverse demo`: the invented town through the real pipeline, and its sensors through the real
way of a reading, all served as any other city is."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import threading
import webbrowser
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import citiverse_assets
import citiverse_tiling
from citiverse import cache, progress, remembered, town_day
from citiverse.commands import PROPOSER
from citiverse.exits import one_sentence
from citiverse_assets import citygml, proposals, sensor_file, town
from citiverse_server.config import DEFAULT_PORT, ServerConfig
from citiverse_server.errors import ListenError, ServerError
from citiverse_server.run import listen, root_address, serve

if TYPE_CHECKING:
    import socket

    from citiverse_tiling.options import Progress, TileOptions

NAME = "ellerhaven"
HOST = "127.0.0.1"


def run(port: int | None, open_browser: bool, buildings: int) -> None:
    """Make the town where it isn't made yet, then serve it until Ctrl-C.

    What visitors say is kept apart from the town, which is made anew when its code changes.
    """
    with (
        one_sentence(ServerError, OSError),
        contextlib.closing(listener_at(port)) as listener,
        cache.writable("demo") as parent,
    ):
        made = prepare(parent, buildings)
        if open_browser and _has_screen():
            link = root_address(listener)
            threading.Thread(target=webbrowser.open, args=(link,), daemon=True).start()
        print("Open this link in a browser; Ctrl-C ends the demo.", flush=True)
        config = ServerConfig(
            (made / NAME,),
            sensors=made / "sensors.toml",
            feed=town_day.arrivals,
            state=remembered.folder("demo"),
            proposer=PROPOSER,
        )
        serve(config, listener)


def listener_at(chosen: int | None) -> socket.socket:
    """Listens at the chosen port, else at the usual one, else at any that is free.

    Raises ListenError where the chosen one can't be had.
    """
    try:
        return listen(HOST, DEFAULT_PORT if chosen is None else chosen)
    except ListenError:
        if chosen is not None:
            raise
    print(f"Port {DEFAULT_PORT} is in use, so the demo takes another.", flush=True)
    return listen(HOST, 0)


def prepare(parent: Path, buildings: int = town.HEART_BUILDINGS) -> Path:
    """A folder under `parent` with the scene and `sensors.toml`, made by exactly this code.

    The town has about that many buildings.

    It appears whole: two demos that start at once make it each for itself, and one is taken.
    """
    made = parent / f"{cache.digest(citiverse_assets, citiverse_tiling)}-{buildings}"
    if not made.is_dir():
        with tempfile.TemporaryDirectory(prefix="making-", dir=parent) as making:
            _make(Path(making) / NAME, buildings)
            # The other one's is as good.
            with contextlib.suppress(OSError):
                (Path(making) / NAME).rename(made)
    made.touch()
    cache.forget_unused(parent)
    return made


def _make(folder: Path, buildings: int) -> None:
    from citiverse_tiling.options import Attribution, TileOptions
    from citiverse_tiling.pipeline import tile

    folder.mkdir()
    city = folder / f"{NAME}.gml"
    citygml.write_town(town.Town(buildings=buildings), city)
    (folder / "sensors.toml").write_text(sensor_file.sensor_file(NAME), encoding="utf-8")
    options = TileOptions(
        inputs=(city,),
        output=folder / NAME,
        name=NAME,
        title="Ellerhaven, an invented town",
        attributions=(Attribution("CitiVerse, invented", "Apache-2.0"),),
        reality="imagined",
    )
    with progress.shown() as show:
        tile(options, show)
        for proposal in proposals.PROPOSALS:
            _add(proposal, options, show)


def _add(proposal: proposals.Proposal, town_options: TileOptions, show: Progress) -> None:
    """Put what is proposed into the town, where it takes the place of what stands there."""
    from citiverse_tiling.variants.variant import VariantOptions, add

    scene = town_options.output
    tiling = replace(town_options, inputs=(proposal.file,), reality="proposed")
    said = (proposal.name, proposal.title, proposal.description)
    add(VariantOptions(tiling, scene, *said, replaces_footprint=True), show)


def _has_screen() -> bool:
    """True where somebody sits at this machine: a terminal, and a desktop to open a page on."""
    desktop = sys.platform == "darwin" or {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys()
    return bool(desktop) and sys.stdout.isatty()
