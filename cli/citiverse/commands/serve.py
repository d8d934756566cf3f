"""`citiverse serve`: scenes, or a city that is made into one while people walk in it."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import typer

from citiverse import cache, remembered, room
from citiverse.commands import PROPOSER
from citiverse.exits import one_sentence
from citiverse.order import Done, FirstLook, Order, Waiting
from citiverse_server.archive import SUFFIX as ARCHIVE
from citiverse_server.bucket import is_remote
from citiverse_server.config import DEFAULT_PORT, ServerConfig
from citiverse_server.errors import ServerError

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse.made import Made
    from citiverse.order import Told
    from citiverse_server.making import Maker
    from citiverse_server.message import Delivery

KEPT = "serve"
FIRST_LOOK_BYTES = 256_000_000
"""More than a first look takes: where the machine has so much memory to spare, it lies there, as
making its many small files is half of the work on a disk."""


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """The options of the command, as they were given."""

    host: str
    port: int | None
    delivery: Delivery
    content_url: str | None
    tls_cert: Path | None
    tls_key: Path | None
    sensors: Path | None
    state: Path | None
    max_sessions: int
    cache_bytes: int
    proposal_bytes: int


@dataclass(frozen=True, slots=True)
class CityOptions:
    """The options that are for city files only, as they were given."""

    output: Path | None = None
    crs: tuple[str, ...] = ()
    place: str | None = None


def run(named: tuple[Path, ...], options: ServeOptions, city: CityOptions) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    named = tuple(scene for path in named for scene in (_scenes_in(path) or (path,)))
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
        from citiverse_server.run import serve

        with one_sentence(ServerError):
            serve(_config(named, options))


def _is_scene(path: Path) -> bool:
    return path.suffix == ARCHIVE or is_remote(path) or (path / "scene.json").is_file()


def _scenes_in(folder: Path) -> list[Path]:
    """The scenes that lie in a folder which isn't one itself, by name."""
    if is_remote(folder) or _is_scene(folder) or not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _is_scene(path))


def _config(
    scenes: tuple[Path, ...], options: ServeOptions, maker: Maker | None = None
) -> ServerConfig:
    return ServerConfig(
        scenes=scenes,
        host=options.host,
        port=DEFAULT_PORT if options.port is None else options.port,
        delivery=options.delivery,
        content_url=options.content_url,
        tls_cert=options.tls_cert,
        tls_key=options.tls_key,
        sensors=options.sensors,
        state=options.state,
        max_sessions=options.max_sessions,
        cache_bytes=options.cache_bytes,
        maker=maker,
        proposer=PROPOSER,
        proposal_bytes=options.proposal_bytes,
    )


def _serve_city(files: tuple[Path, ...], options: ServeOptions, city: CityOptions) -> None:
    """Serve the scene of these files: at once, be it there or yet to be made."""
    began = time.monotonic()
    from citiverse.commands.tile import check_files, crs_of, place_of
    from citiverse.made import home_of, made_of

    check_files(files)
    crs_of(city.crs)
    if city.place:
        place_of(city.place)
    with one_sentence(ServerError, OSError), contextlib.ExitStack() as stack:
        kept = stack.enter_context(cache.writable(KEPT))
        cache.forget_unused(kept)
        made = made_of(files, (city.crs, city.place), city.output, kept)
        stack.enter_context(cache.in_use(made.note.parent))
        if city.output is None and options.state is None:
            options = replace(options, state=remembered.folder(f"{KEPT}/{home_of(files)}"))
        if made.is_fresh:
            from citiverse_server.run import serve

            serve(_config((made.scene,), options))
        else:
            first = stack.enter_context(room.folder(FIRST_LOOK_BYTES))
            _make_and_serve(made, _order(files, city, made, first, began), options)


def _order(
    files: tuple[Path, ...], city: CityOptions, made: Made, first_look: str, began: float
) -> Order:
    return Order(
        files=[str(path) for path in files],
        crs=list(city.crs),
        place=city.place,
        scene=str(made.scene),
        note=str(made.note),
        key=made.key,
        first_look=first_look,
        began=began,
    )


def _make_and_serve(made: Made, order: Order, options: ServeOptions) -> None:
    from citiverse.maker import begun, news_of

    with begun(order) as process:
        # While that process is busy already.
        from citiverse_server.making import Maker
        from citiverse_server.run import serve
        from citiverse_tiling.names import slug

        news = partial(news_of, process, made.scene, _say)
        maker = Maker(slug(made.scene.name), made.scene, news)
        serve(_config((), options, maker))


def _say(told: Told) -> None:
    match told:
        case FirstLook(_, buildings, found, share):
            more = "" if share == 1 else " at least"
            print(
                f"This is a first look: {buildings:,} of{more} {found:,} buildings, in rough"
                " shapes. The whole city is being made meanwhile, and takes its place by itself.",
                flush=True,
            )
        case Waiting():
            print("Another server is making this city already: it appears here too.", flush=True)
        case Done():
            print("The whole city is there now.", flush=True)
