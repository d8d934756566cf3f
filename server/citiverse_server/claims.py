"""What a client says that it holds already, so that nothing is sent to it twice.

What it merely *has* it may forget when the tile is dropped: that is believed once. What it *keeps*
lies in a store of its own, and is believed until the client says that it is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Names = NDArray[np.uint64]
    Hashes = NDArray[np.uint8]

NAME_BYTES = 8
"""Of a kept content only the beginning of its hash is named: who guesses wrong is told so."""
# 128 KiB a client.
MOST_KEPT = 16 * 1024
_NAME = np.dtype("<u8")


class Claims:
    """`have` are whole hashes, `kept` the first 8 bytes of each, one after the other."""

    def __init__(self, have: frozenset[bytes] = frozenset(), kept: bytes = b"") -> None:
        self._have = set(have)
        self._kept: Names = np.empty(0, dtype=_NAME)
        self.keep(kept)

    def keep(self, names: bytes) -> None:
        """The client keeps these, too; what is beyond the most that is remembered is passed by."""
        room = MOST_KEPT - len(self._kept)
        if names and room > 0:
            added = np.frombuffer(names, dtype=_NAME)[:room]
            self._kept = np.union1d(self._kept, added)

    def holds(self, content_hash: bytes) -> bool:
        """Whether the content need not be sent; what it merely has counts no second time."""
        if self.keeps(content_hash):
            return True
        if content_hash not in self._have:
            return False
        self._have.discard(content_hash)
        return True

    def keeps(self, content_hash: bytes) -> bool:
        """Whether the client can take it out of its store."""
        name = np.frombuffer(content_hash, dtype=_NAME, count=1)[0]
        place = int(np.searchsorted(self._kept, name))
        return place < len(self._kept) and bool(self._kept[place] == name)

    def withdraw(self, hashes: Hashes) -> None:
        """The client doesn't hold these after all; (n, 16)."""
        self._have.difference_update(map(bytes, hashes))
        names = np.ascontiguousarray(hashes[:, :NAME_BYTES]).view(_NAME)
        self._kept = np.setdiff1d(self._kept, names)

    def lasting(self) -> Claims:
        """What remains where the client has nothing of the scene it comes to."""
        other = Claims()
        other._kept = self._kept
        return other
