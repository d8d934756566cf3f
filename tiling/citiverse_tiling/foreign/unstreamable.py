"""What keeps a foreign tileset from being made into tiles of ours."""

from __future__ import annotations


class Unstreamable(Exception):
    """A tile of ours can't hold this content; the text names what is in it."""
