"""Builds the web client into the server package when a wheel or a source archive is made."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).resolve().parent / "scripts"))

import client


class ClientBuildHook(BuildHookInterface[Any]):
    """An editable install is left alone: there the client is built by `make demo`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it collects files; `build_data` is left as it is."""
        del build_data
        root = Path(self.root)
        if version != "editable" and not client.is_built(root):
            client.build(root)
