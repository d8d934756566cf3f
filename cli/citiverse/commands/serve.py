"""`citiverse serve`: scenes, or a city that is made into one while people walk in it."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from citiverse import cache, progress, remembered, room
from citiverse.exits import one_sentence
from citiverse_server.archive import SUFFIX as ARCHIVE
from citiverse_server.bucket import is_remote
from citiverse_server.config import DEFAULT_PORT, ServerConfig
from citiverse_server.errors import ServerError
from citiverse_server.run import listen, serve

if TYPE_CHECKING:
    import socket

    from citiverse.made import Made
    from citiverse_tiling.glance import Glance
    from citiverse_tiling.options import TileOptions

KEPT = "serve"
FIRST_LOOK_BYTES = 256_000_000
"""More than a first look takes: where the machine has so much memory to spare, it lies there, as
making its many small files is half of the work on a disk."""


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """The options of the command, as they were given."""

    host: str
    port: int | None
    tls_cert: Path | None
    tls_key: Path | None
    sensors: Path | None
    state: Path | None
    max_sessions: int


@dataclass(frozen=True, slots=True)
class CityOptions:
    """The options that are for city files only, as they were given."""

    output: Path | None = None
    crs: tuple[str, ...] = ()
    place: str | None = None


def run(named: tuple[Path, ...], options: ServeOptions, city: CityOptions) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    scenes = [path for path in named if _is_scene(path)]
    if not scenes:
        if city.output is not None and city.output.suffix == ARCHIVE:
            raise typer.BadParameter("a city is kept as a folder: pack it with `citiverse archive`")
        _serve_city(named, options, city)
    elif len(scenes) < len(named):
        raise typer.BadParameter("name scenes or city files, not both at a time")
    elif city != CityOptions():
        raise typer.BadParameter("--output, --crs and --place are for city files, not for scenes")
    else:
        with one_sentence(ServerError):
            serve(_config(named, options))


def _is_scene(path: Path) -> bool:
    return path.suffix == ARCHIVE or is_remote(path) or (path / "scene.json").is_file()


def _config(scenes: tuple[Path, ...], options: ServeOptions) -> ServerConfig:
    return ServerConfig(
        scenes=scenes,
        host=options.host,
        port=DEFAULT_PORT if options.port is None else options.port,
        tls_cert=options.tls_cert,
        tls_key=options.tls_key,
        sensors=options.sensors,
        state=options.state,
        max_sessions=options.max_sessions,
    )


def _serve_city(files: tuple[Path, ...], options: ServeOptions, city: CityOptions) -> None:
    """Serve the scene of these files: at once where it is there, else a first look meanwhile."""
    # The tiler is a heavy import that scenes don't need; here and below.
    from citiverse.commands.tile import check_files
    from citiverse.made import home_of, made_of
    from citiverse_tiling.errors import TilingError

    check_files(files)
    with one_sentence(ServerError, TilingError, OSError), contextlib.ExitStack() as stack:
        kept = stack.enter_context(cache.writable(KEPT))
        cache.forget_unused(kept)
        made = made_of(files, (city.crs, city.place), city.output, kept)
        if city.output is None and options.state is None:
            options = replace(options, state=remembered.folder(f"{KEPT}/{home_of(files)}"))
        config = _config((made.scene,), options)
        listener = stack.enter_context(contextlib.closing(listen(config.host, config.port)))
        if made.is_fresh:
            serve(config, listener)
        else:
            first = Path(stack.enter_context(room.folder(FIRST_LOOK_BYTES)))
            _make_and_serve(made, _tile_options(files, city, made), config, listener, first)


def _tile_options(files: tuple[Path, ...], city: CityOptions, made: Made) -> TileOptions:
    from citiverse.commands.tile import crs_names_of, crs_of, place_of
    from citiverse_tiling.options import TileOptions

    return TileOptions(
        inputs=files,
        output=made.scene,
        crs=crs_of(city.crs),
        crs_names=crs_names_of(city.crs),
        place=place_of(city.place) if city.place else None,
    )


def _make_and_serve(
    made: Made, tiling: TileOptions, config: ServerConfig, listener: socket.socket, folder: Path
) -> None:
    from citiverse.maker import news_of
    from citiverse_server.making import Maker
    from citiverse_tiling.glance import glance
    from citiverse_tiling.pipeline import tile

    with progress.shown() as show:
        first = glance(replace(tiling, output=folder / made.scene.name), time.monotonic, show)
        if first is None:
            tile(tiling, show)
            made.remember()
    if first is None:
        serve(config, listener)
        return
    _introduce(first)

    def finished() -> None:
        made.remember()
        print(f"The whole city is there now: {made.scene}", flush=True)

    news = partial(news_of, _words(tiling, first), made.scene, finished)
    maker = Maker(made.scene.name, made.scene, news)
    serve(replace(config, scenes=(first.scene,), maker=maker), listener)


def _introduce(first: Glance) -> None:
    more = "" if first.share == 1 else " at least"
    print(
        f"This is a first look: {first.buildings:,} of{more} {first.found:,} buildings, in rough"
        " shapes. The whole city is being made meanwhile, and takes its place by itself.",
        flush=True,
    )


def _words(tiling: TileOptions, first: Glance) -> list[str]:
    """The arguments of `citiverse tile` for the whole, in the frame of the first look."""
    words = ["--output", str(tiling.output), f"--origin={first.origin.lon!r},{first.origin.lat!r}"]
    if tiling.crs is not None:
        words.append(f"--crs={tiling.crs}")
    words += [f"--crs={name}={code}" for name, code in tiling.crs_names.items()]
    if (place := tiling.place) is not None:
        numbers = (place.lon, place.lat, place.height, place.heading_deg)
        words.append("--place=" + ",".join(map(repr, numbers)))
    return [*words, "--", *map(os.fspath, tiling.inputs)]
