"""Inputs and scenes that lie elsewhere than in folders of this machine: archives and storage."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from citiverse_tiling.archive import SUFFIX, pack, unpack
from citiverse_tiling.errors import SceneError
from citiverse_tiling.objects import as_url, fetch, is_remote, is_scene, upload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse_tiling.options import TileOptions


def as_named(place: Path) -> str:
    """A place as it is written on the command line."""
    return as_url(place) if is_remote(place) else str(place)


@contextmanager
def brought_here(options: TileOptions) -> Iterator[TileOptions]:
    """Options of which all lies in folders here, for the time being.

    In the end the scene is packed or uploaded to where it belongs, unless something was raised.
    Raises TilingError.
    """
    with ExitStack() as stack:
        inputs = tuple(
            fetch(path, _folder(stack)) if is_remote(path) else path for path in options.inputs
        )
        previous = _previous(options, stack)
        output = options.output
        if is_remote(output):
            output = _folder(stack) / output.name
        elif output.suffix == SUFFIX:
            parent = output.resolve().parent
            parent.mkdir(parents=True, exist_ok=True)
            beside = TemporaryDirectory(prefix=f"{output.name}.partial-", dir=parent)
            output = Path(stack.enter_context(beside)) / output.stem
        yield replace(options, inputs=inputs, previous=previous, output=output)
        if is_remote(options.output):
            upload(output, options.output)
        elif options.output.suffix == SUFFIX:
            pack(output, options.output)


def _folder(stack: ExitStack) -> Path:
    return Path(stack.enter_context(TemporaryDirectory(prefix="citiverse-")))


def _previous(options: TileOptions, stack: ExitStack) -> Path | None:
    """The former delivery's folder: the one named, or what is replaced elsewhere."""
    previous = options.previous
    if previous is None and options.fresh:
        return None
    if previous is None:
        output = options.output
        is_replaced = (
            is_scene(output) if is_remote(output) else output.suffix == SUFFIX and output.is_file()
        )
        if not is_replaced:
            return None
        previous = output
    if is_remote(previous):
        previous = fetch(previous, _folder(stack))
    if previous.suffix == SUFFIX:
        folder = _folder(stack)
        unpack(previous, folder)
        return folder
    if not (previous / "scene.json").is_file():
        raise SceneError("this is no scene of a former delivery", previous)
    return previous
