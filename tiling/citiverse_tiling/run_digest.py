"""What makes two runs the same: what one of them has left unfinished, the other can go on with."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from citiverse_tiling.made import code_digest, file_digest

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.former import FormerFrame
    from citiverse_tiling.inputs import Inputs
    from citiverse_tiling.options import TileOptions

_SAMPLE_BYTES = 65_536
_SAMPLES = 4


def run_digest(options: TileOptions, inputs: Inputs, former: FormerFrame | None) -> bytes:
    """Of the program, the options but who works, the inputs, and the frame that may be kept.

    A file is told by its name, size, time and samples of its content; one that was unpacked for
    this run by all of its content.
    """
    digest = hashlib.sha256(code_digest())
    digest.update(repr((replace(options, workers=1, scheduler=None), former)).encode())
    if options.heights.geoid is not None:
        digest.update(file_digest(str(options.heights.geoid)))
    named = {path.resolve() for path in options.inputs}
    for file in inputs.files:
        digest.update(f"{file.shown}\n".encode())
        is_own = not named.isdisjoint((file.path.resolve(), *file.path.resolve().parents))
        digest.update(_sampled(file.path) if is_own else file_digest(str(file.path)))
    digest.update(repr(inputs.skipped).encode())
    return digest.hexdigest().encode()


def _sampled(path: Path) -> bytes:
    about = path.stat()
    digest = hashlib.sha256(f"{about.st_size} {about.st_mtime_ns}".encode())
    with path.open("rb") as file:
        for number in range(_SAMPLES):
            file.seek(max(about.st_size - _SAMPLE_BYTES, 0) * number // (_SAMPLES - 1))
            digest.update(file.read(_SAMPLE_BYTES))
    return digest.digest()
