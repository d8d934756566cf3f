"""What else reads IFC: ifcopenshell alone, our own reader alone, py3dtiles, the best of npm."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citiverse.bench.peers import command_of
from citiverse.bench.usage import BenchError, measure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citiverse.bench.usage import Usage

BARE = """
import sys, ifcopenshell, ifcopenshell.geom
from ifcopenshell.util.element import get_psets
model = ifcopenshell.open(sys.argv[1])
settings = ifcopenshell.geom.settings()
kernel = "hybrid-cgal-simple-opencascade"
iterator = ifcopenshell.geom.iterator(settings, model, 1, geometry_library=kernel)
more = iterator.initialize()
while more:
    shape = iterator.get().geometry
    bytes(shape.verts_buffer), bytes(shape.faces_buffer)
    more = iterator.next()
for product in model.by_type("IfcProduct"):
    get_psets(product)
"""
"""Reads all bodies, by the iterator in one thread, and all property sets, and keeps nothing."""

BARE_GOAL, PY3DTILES_GOAL, IFC_LITE_GOAL = 1.6, 0.6, 1.5


@dataclass(frozen=True, slots=True)
class Rival:
    """A program that reads a file; `made` is what it makes, if anything."""

    name: str
    versus: str
    command: tuple[str, ...]
    goal: float | None
    made: Path | None = None

    def usage(self) -> Usage:
        """What a run costs. Raises usage.BenchError."""
        if self.made is not None:
            shutil.rmtree(self.made, ignore_errors=True)
        return measure(self.command)


def rivals(model: Path, folder: Path) -> Iterator[Rival]:
    """Those that can be had, and that can read a model; of each other it is said why not."""
    for one in _all(model, folder):
        try:
            one.usage()  # so that all have their modules compiled and their files read
        except BenchError as error:
            reason = str(error).strip().splitlines()[-1]
            print(f"bench ifc: {one.name} can't read {model.name} ({reason}).", file=sys.stderr)
        else:
            yield one


def _all(model: Path, folder: Path) -> Iterator[Rival]:
    bare = (sys.executable, "-c", BARE, str(model))
    yield Rival("bare_reading", "ifcopenshell's iterator and all property sets", bare, BARE_GOAL)
    own = (sys.executable, "-m", "citiverse_tiling.ifc", str(model))
    yield Rival("own_reading", "the process that reads the file, by itself", own, None)
    made = folder / "py3dtiles"
    if command := command_of("py3dtiles"):
        options = ("--out", str(made), "--spec-version", "1.1", "--jobs", "1")
        whole = (*command, "convert", str(model), *options)
        versus = "py3dtiles 12.1.1 convert --spec-version 1.1"
        yield Rival("py3dtiles", versus, whole, PY3DTILES_GOAL, made)
    if command := command_of("ifc-lite"):
        versus = "@ifc-lite/geometry 7.4.0 and parser 3.15.0 in Node, which write nothing"
        yield Rival("ifc_lite", versus, (*command, str(model)), IFC_LITE_GOAL)
    if command := command_of("web-ifc"):
        versus = "web-ifc 0.0.78 in Node, which writes nothing"
        yield Rival("web_ifc", versus, (*command, str(model)), None)
    if command := command_of("fragments"):
        made = folder / "model.frag"
        versus = "@thatopen/fragments 3.4.7 in Node"
        yield Rival("fragments", versus, (*command, str(model), str(made)), None, made)
