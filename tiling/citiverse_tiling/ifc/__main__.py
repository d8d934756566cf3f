"""Reads an IFC file and says on standard output what is in it, in `messages`.

`python -m citiverse_tiling.ifc FILE` says all. With `--bodies` it only says bodies, each announced
before it is begun; numbers of products to be left out come by standard input, one a line.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from citiverse_tiling.ifc.geometry import MOST_TRIANGLES, Bodies, TooMuch, has_body, is_room
from citiverse_tiling.ifc.messages import Element, End, Failed, Refused, write
from citiverse_tiling.ifc.placements import circular
from citiverse_tiling.ifc.properties import PropertySets
from citiverse_tiling.ifc.start import start_of
from citiverse_tiling.ifc.structure import Structure
from citiverse_tiling.ifc.units import is_sound

if TYPE_CHECKING:
    from collections.abc import Callable

    from ifcopenshell import file

    from citiverse_tiling.ifc.messages import Message

BUFFER_BYTES = 1 << 18
MOST_PRODUCTS = 1_000_000
LEAST_MEMORY_BYTES = 6 << 30
MEMORY_A_BYTE = 60
"""Address space that the process may use; the library takes 20 times the file, and maps more."""


class _NoSqlite(ModuleType):
    """Stands in for the module of ifcopenshell that reads IFC in SQLite."""

    def __getattr__(self, name: str) -> type:
        """Whatever is asked for: a class that nothing is of."""
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


def main(arguments: list[str]) -> None:
    """Read the file that is named."""
    path, *options = arguments
    # What the library prints must not come between the messages.
    with os.fdopen(os.dup(1), "wb", buffering=BUFFER_BYTES) as stream:
        os.dup2(2, 1)
        _limit_memory(path)

        def say(message: Message) -> None:
            write(stream, message)
            if not isinstance(message, Element):
                stream.flush()

        try:
            if (model := _open(path, say)) is not None:
                _read(model, say, bodies_only=bool(options))
        except MemoryError:
            say(Refused("it needs more memory than may be used", "cut it into pieces"))
        except Exception as error:  # a broken file may lack whatever the schema asks for
            reason = (str(error).splitlines() or [""])[0][:120] or type(error).__name__
            say(Refused(f"it breaks its schema ({reason})", "export it anew"))


def _read(model: file, say: Callable[[Message], None], *, bodies_only: bool) -> None:
    if bodies_only:
        done = {int(line) for line in sys.stdin}
        _say_bodies(model, say, Bodies(model, say, done), at_once=False)
        return
    sets = PropertySets(model)
    if not is_sound(sets.units.metres):
        say(Refused(f"its unit of length has {sets.units.metres:g} m", "mend IfcUnitAssignment"))
        return
    products = model.by_type("IfcProduct")
    if len(products) > MOST_PRODUCTS:
        say(Refused(f"it has {len(products):,} products, more than {MOST_PRODUCTS:,}"))
        return
    say(start_of(model, sets.units, len(products)))
    structure = Structure(model, sets)
    for product in structure.in_order(products):
        say(structure.element(product))
    _say_bodies(model, say, Bodies(model, say), at_once=True)


def _say_bodies(
    model: file, say: Callable[[Message], None], bodies: Bodies, *, at_once: bool
) -> None:
    in_circles = circular(model)
    wanted = []
    for product in model.by_type("IfcProduct"):
        if product.id() in bodies.done or not (has_body(product) or is_room(product)):
            continue
        placement = product.ObjectPlacement
        if placement is not None and placement.id() in in_circles:
            say(Failed(product.id(), "its placement is relative to itself"))
        else:
            wanted.append(product)
    try:
        # A circle is the end of the engine wherever it meets it.
        if at_once and not in_circles:
            bodies.all_at_once(wanted)
        bodies.one_by_one(wanted)
    except TooMuch:
        say(Refused(f"it has more than {MOST_TRIANGLES:,} triangles", "cut it into pieces"))
        return
    say(End())


def _open(path: str, say: Callable[[Message], None]) -> file | None:
    import ifcopenshell

    try:
        return ifcopenshell.open(path)
    except ifcopenshell.SchemaError as error:
        schema = str(error).rpartition(":")[2].strip() or "unknown"
        known = "IFC2X3, IFC4 or IFC4X3"
        say(Refused(f"its schema is {schema}, which can't be read", f"export it as {known}"))
    except (RuntimeError, OSError, ValueError, ifcopenshell.Error) as error:
        reason = (str(error).strip().splitlines() or [""])[0][:120]
        say(Refused(f"it can't be read as IFC ({reason or 'it is broken'})", "export it anew"))
    return None


def _limit_memory(path: str) -> None:
    """Let the process end itself before it takes all memory of the machine."""
    try:
        import resource
    except ImportError:
        return
    most = LEAST_MEMORY_BYTES + MEMORY_A_BYTE * Path(path).stat().st_size
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or most < hard:
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))


if __name__ == "__main__":
    # Nothing here goes in circles. Model views, which lark would read, and IFC in SQLite, which
    # brings numpy, are asked for by nobody. Together that is half of the time of a small file.
    gc.disable()
    sys.modules["lark"] = None  # type: ignore[assignment]  # this is how one says "not installed"
    sys.modules["ifcopenshell.sql"] = _NoSqlite("ifcopenshell.sql")
    main(sys.argv[1:])
