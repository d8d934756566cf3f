"""Runs the process that reads an IFC file, and starts it anew where an element ends it.

The geometry engine is native code: some files make it crash, and some elements take for ever. The
rows of a model come first, then the bodies in one go. Where that ends early, the bodies that are
missing are asked for one by one; who is begun and never comes is lost, and the next run leaves it
out.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING

import msgspec

from citiverse_tiling.errors import InputError
from citiverse_tiling.ifc import messages
from citiverse_tiling.sources.ifc import recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

MOST_BYTES = 2 << 30
"""Of a file; the library holds all of it in memory."""

PROCESS = (sys.executable, "-m", "citiverse_tiling.ifc")
MISSING = "reading IFC needs ifcopenshell, which isn't installed"
REMEDY = "install it with `pip install 'citiverse[ifc]'`"
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1"}
"""Its threads, one a core, would take address space, which is bounded, and do nothing."""

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """How long the process may say nothing, in seconds: while it reads, and over one element.

    So many elements may end it before the rest is given up.
    """

    silence_s: float = 300.0
    element_s: float = 60.0
    crashes: int = 16


_LIMITS = Limits()


@dataclass(slots=True)
class Model:
    """What an IFC file says, in its order. `failed` are elements without their body, and why."""

    start: messages.Start
    elements: list[messages.Element] = field(default_factory=list)
    shapes: list[messages.Shape] = field(default_factory=list)
    bodies: dict[int, messages.Body] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)

    @property
    def missing(self) -> list[int]:
        """Numbers of the elements whose bodies should be there, and aren't."""
        done = self.bodies.keys() | self.failed.keys()
        return [one.number for one in self.elements if one.has_body and one.number not in done]


@dataclass(slots=True)
class _Latest:
    """The model that was read last, where somebody asked that it be kept."""

    is_kept: bool = False
    file: tuple[str, int, int] = ("", 0, 0)
    model: Model | None = None
    heard: Callable[[int, int], None] | None = None


_latest = _Latest()


def keep_latest(heard: Callable[[int, int], None]) -> None:
    """From now on a model that is asked for twice in a row is read once.

    That is for a process that looks at a file and then tiles it: reading takes most of its time.
    `heard` is told how many rows and bodies have come, and of how many.
    """
    _latest.is_kept, _latest.heard = True, heard


def read_model(path: Path, limits: Limits = _LIMITS, process: Sequence[str] = PROCESS) -> Model:
    """All of a file, or of a recording of it. Raises InputError."""
    if not _latest.is_kept:
        return _read(path, limits, process)
    about = path.stat()
    file = str(path.resolve()), about.st_mtime_ns, about.st_size
    if _latest.model is None or _latest.file != file:
        _latest.model = None
        _latest.model, _latest.file = _read(path, limits, process), file
    return _latest.model


def _read(path: Path, limits: Limits, process: Sequence[str]) -> Model:
    if (said := recording.messages_of(path)) is not None:
        return _first(path, said, lambda: "its recording lacks rows")
    if find_spec("ifcopenshell") is None:
        raise InputError(MISSING, path, remedy=REMEDY)
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise InputError(f"it has more than {MOST_BYTES >> 30} GiB", path, remedy="cut it up")
    run = _Run((*process, str(path)), "", limits, limits.silence_s)
    model = _first(path, run, lambda: run.problem)
    crashes = 0 if run.is_whole else 1
    while not run.is_whole and model.missing and crashes <= limits.crashes:
        done = "\n".join(map(str, (*model.bodies, *model.failed)))
        run = _Run((*process, str(path), "--bodies"), done, limits, limits.element_s)
        begun = _more(path, model, run)
        if not run.is_whole:
            crashes += 1
            if begun is None:
                break
            model.failed[begun] = run.problem
    for number in model.missing:
        model.failed[number] = f"it was not tried: {run.problem}"
    return model


def _first(path: Path, said: Iterable[messages.Message], problem: Callable[[], str]) -> Model:
    """The rows of a model, and the bodies that come without trouble.

    Raises InputError where rows are missing; `problem` then says why.
    """
    model: Model | None = None
    for message in said:
        if isinstance(message, messages.Start):
            model = Model(message)
        elif isinstance(message, messages.Refused):
            raise _refused(path, message)
        elif isinstance(message, messages.Element) and model is not None:
            model.elements.append(message)
        elif model is not None:
            _add(model, message, 0)
        if model is not None and _latest.heard is not None:
            _latest.heard(len(model.elements) + len(model.bodies), 2 * model.start.products)
    if model is None or len(model.elements) < model.start.products:
        raise InputError(f"it can't be read: {problem()}", path, remedy="export it anew")
    return model


def _more(path: Path, model: Model, run: _Run) -> int | None:
    """Bodies that a further run makes; returns which element it was at when it ended."""
    begun: int | None = None
    first = len(model.shapes)
    for message in run:
        if isinstance(message, messages.Refused):
            raise _refused(path, message)
        if isinstance(message, messages.Begun):
            begun = message.number
        else:
            _add(model, message, first)
    return None if begun in model.bodies or begun in model.failed else begun


def _add(model: Model, message: messages.Message, first: int) -> None:
    """Take a shape, a body or a failure; numbers of shapes count from `first`."""
    if isinstance(message, messages.Shape):
        model.shapes.append(message)
    elif isinstance(message, messages.Body):
        shape = first + message.shape
        model.bodies[message.number] = messages.Body(message.number, shape, message.matrix)
    elif isinstance(message, messages.Failed):
        model.failed[message.number] = message.problem


def _refused(path: Path, message: messages.Refused) -> InputError:
    return InputError(message.problem, path, remedy=message.remedy or None)


@dataclass(slots=True)
class _Run:
    """One process: its messages as they come.

    When they have ended, `is_whole` says whether the last was `End`, and `problem` else why not.
    """

    command: Sequence[str]
    said: str
    limits: Limits
    silence_s: float
    is_whole: bool = False
    problem: str = ""

    def __iter__(self) -> Iterator[messages.Message]:
        child = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | _ENVIRONMENT,
            bufsize=0,
        )
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            with suppress(BrokenPipeError), child.stdin as given:
                given.write(self.said.encode())
            stream = _Patient(child.stdout.fileno(), self.limits.silence_s)
            try:
                while (message := messages.read(stream)) is not None:
                    stream.silence_s = self.silence_s
                    self.is_whole = isinstance(message, messages.End)
                    yield message
            except TimeoutError:
                self.problem = f"the geometry library says nothing for {stream.silence_s:g} s"
            except msgspec.DecodeError:
                self.problem = "the geometry library wrote over its own messages"
        finally:
            child.kill()
            code = child.wait()
            child.stdout.close()
        if not self.is_whole and not self.problem:
            self.problem = f"the library that reads it ended ({_ending(code)})"


@dataclass(slots=True)
class _Patient:
    """Reads from a pipe; TimeoutError where nothing comes for a while."""

    descriptor: int
    silence_s: float
    _waiting: bytearray = field(default_factory=bytearray)

    def read(self, count: int) -> bytes:
        """So many bytes, fewer at the end."""
        while len(self._waiting) < count:
            if not select.select([self.descriptor], [], [], self.silence_s)[0]:
                raise TimeoutError
            piece = os.read(self.descriptor, _PIECE)
            if not piece:
                break
            self._waiting += piece
        data = bytes(self._waiting[:count])
        del self._waiting[:count]
        return data


def _ending(code: int) -> str:
    """How a process ended, in a word."""
    if code >= 0:
        return f"code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
