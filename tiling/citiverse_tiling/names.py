"""Names for URLs."""

from __future__ import annotations

import re

_NOT_IN_NAME = re.compile(r"[^a-z0-9]+")
_LONGEST_NAME = 63


def slug(text: str) -> str:
    """A name for URLs: `[a-z0-9][a-z0-9-]{0,62}` (scene.md)."""
    return _NOT_IN_NAME.sub("-", text.lower()).strip("-")[:_LONGEST_NAME].strip("-") or "scene"
