"""What a viewer is to be sent next: messages as they are, and content that is still to be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .protocol import Complete, Drop, DropColliders, Visible

if TYPE_CHECKING:
    from .parcels import Piece


@dataclass(frozen=True, slots=True)
class SendTile:
    """Send a piece of the tile in this row of the tree; no content where the client holds it, and
    none with a piece that it fetches by reference. Where it is `hidden`, nothing of it can be seen
    until its content comes.
    """

    row: int
    piece: Piece | None
    by_reference: bool = False
    hidden: bool = False

    @property
    def held(self) -> bool:
        """Whether the client has the content already."""
        return self.piece is None


@dataclass(frozen=True, slots=True)
class SendCollider:
    """Send a piece of the collider cell in this row, as of a tile."""

    row: int
    piece: Piece | None

    @property
    def held(self) -> bool:
        """Whether the client has the content already."""
        return self.piece is None


Decision = Drop | DropColliders | SendTile | SendCollider | Visible | Complete
