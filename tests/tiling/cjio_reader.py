"""cjio, without what importing it does to the standard library's json for the whole process."""

from __future__ import annotations

import json.encoder
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType


def _imported() -> ModuleType:
    encoder = vars(json.encoder)
    kept = dict(encoder)
    module = import_module("cjio.cityjson")
    encoder.clear()
    encoder.update(kept)
    return module


cityjson = _imported()
