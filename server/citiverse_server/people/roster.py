"""Who is in a scene, and what changed in that list since one looked last.

Nothing waits for a slow client: of each number only the last change is kept, and there are 65536
numbers. Whoever has kept up shares one encoded frame.
"""

from __future__ import annotations

from typing import NamedTuple

from ..protocol import People, PersonInfo, encode


class _Change(NamedTuple):
    version: int
    info: PersonInfo | None


class Roster:
    """`version` rises with every change."""

    def __init__(self) -> None:
        self.version = 0
        self._present: dict[int, PersonInfo] = {}
        # The last change of each number, oldest first.
        self._changes: dict[int, _Change] = {}
        self._frames: dict[int, bytes] = {}

    def tell(self, info: PersonInfo) -> None:
        """Someone came, or is called otherwise now."""
        self._present[info.person] = info
        self._change(info.person, info)

    def tell_gone(self, person: int) -> None:
        """Someone left."""
        del self._present[person]
        self._change(person, None)

    def everyone(self) -> bytes:
        """The encoded list of all who are here, for one who has just come."""
        return encode(People(joined=list(self._present.values()), left=[]))

    def since(self, version: int) -> bytes | None:
        """The encoded changes after `version`, if there are any."""
        if version == self.version:
            return None
        frame = self._frames.get(version)
        if frame is None:
            frame = self._frames[version] = encode(self._changes_since(version))
        return frame

    def _change(self, person: int, info: PersonInfo | None) -> None:
        self.version += 1
        self._changes.pop(person, None)
        self._changes[person] = _Change(self.version, info)
        self._frames.clear()

    def _changes_since(self, version: int) -> People:
        joined: list[PersonInfo] = []
        left: list[int] = []
        for person in reversed(self._changes):
            change = self._changes[person]
            if change.version <= version:
                break
            if change.info is not None:
                joined.append(change.info)
            else:
                left.append(person)
        return People(joined=joined[::-1], left=left[::-1])
