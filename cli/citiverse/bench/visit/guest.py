"""A client without a screen: it holds what the server sends, and knows what it would draw."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from citiverse_server import lod
from citiverse_server.decisions import SendCollider, SendTile
from citiverse_server.protocol import Complete, Drop, View, Visible
from citiverse_server.session import PROFILES
from citiverse_server.viewer import Viewer, ViewerOptions

if TYPE_CHECKING:
    from citiverse_server.decisions import Decision
    from citiverse_server.message import Profile, Vector
    from citiverse_server.scene import Scene
    from citiverse_server.visibility import Sight

    Bools = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]

SCREENS: dict[Profile, tuple[float, float]] = {"desktop": (1280.0, 720.0), "phone": (390.0, 844.0)}
FOV_RAD = math.radians(60.0)
WINDOW_BYTES = 2 * 1024 * 1024
UNSHAPED = 2**62


class Guest:
    """`occlusion` says whether it knows of hidden tiles; without it the server hides nothing."""

    def __init__(self, scene: Scene, profile: Profile, *, occlusion: bool) -> None:
        self.catalog = scene.catalog
        count = self.catalog.tiles.count
        options = ViewerOptions(WINDOW_BYTES, PROFILES[profile], in_pieces=True, hides=occlusion)
        self._viewer = Viewer(self.catalog, options)
        self._screen = SCREENS[profile]
        self._seq = 0
        self._clock_s = 0.0
        self.known, self.hidden, self.whole = (np.zeros(count, dtype=np.bool_) for _ in range(3))
        self.tile_bytes = np.zeros(count, dtype=np.int64)
        self.collider_bytes = 0
        self.picture_bytes: int | None = None
        self.is_complete = False

    @property
    def content_bytes(self) -> int:
        """All content that was sent, colliders too."""
        return int(self.tile_bytes.sum()) + self.collider_bytes

    def view(self, eye: Vector, heading: float, velocity: Vector = (0.0, 0.0, 0.0)) -> View:
        """The next view, level; `heading` clockwise from north, radians."""
        self._seq += 1
        cosine, sine = (
            part * math.sqrt(0.5) for part in (math.cos(heading / 2), -math.sin(heading / 2))
        )
        return View(
            seq=self._seq,
            position=eye,
            orientation=(cosine, sine, sine, cosine),
            velocity=velocity,
            fov=[FOV_RAD],
            viewport=self._screen,
        )

    def follow(self, view: View, most_bytes: int = UNSHAPED) -> None:
        """Tells where it looks from, and takes what comes, of content about so many bytes."""
        before = self.content_bytes
        self._viewer.look(view)
        self.picture_bytes, self.is_complete = None, False
        while self.content_bytes - before < most_bytes:
            self._clock_s += 0.001
            decision = self._viewer.next(self._clock_s)
            if decision is None:
                break
            self._viewer.credit(self._take(decision))

    def _take(self, decision: Decision) -> int:
        """Returns how much content came."""
        match decision:
            case SendTile(row, piece):
                size = piece.length if piece else 0
                self.tile_bytes[row] += size
                self.known[row] = True
                if piece is None or piece.is_first:
                    self.hidden[row] = decision.hidden
                if piece is None or piece.is_last:
                    self.whole[row] = True
                return size
            case SendCollider(_, piece):
                size = piece.length if piece else 0
                self.collider_bytes += size
                return size
            case Drop():
                for column in (self.known, self.hidden, self.whole):
                    column[decision.tiles] = False
            case Visible():
                self.picture_bytes = int(self.tile_bytes.sum())
            case Complete():
                self.is_complete = True
                if self.picture_bytes is None:
                    self.picture_bytes = int(self.tile_bytes.sum())
        return 0

    def drawn(self, view: View) -> tuple[Bools, Bools]:
        """Tiles that are drawn and may be in the picture, (N,), and holes in it: what should be
        drawn there and isn't, though it may be seen.

        As the web client does: a tile is shown until all its children are there, or out of sight.
        """
        tiles = self.catalog.tiles
        seen = lod.in_view(tiles, np.arange(tiles.count), lod.viewpoint(view))
        is_covered = self.known & (self.whole | self.hidden | ~seen)
        replaced = np.zeros(tiles.count, dtype=np.bool_)
        levels = [np.flatnonzero(tiles.level == at) for at in range(int(tiles.level.max()) + 1)]
        for rows in reversed(levels):
            inner = rows[tiles.child_count[rows] > 0]
            if not len(inner):
                continue
            sizes = tiles.child_count[inner]
            children = is_covered[tiles.children(inner)]
            replaced[inner] = np.logical_and.reduceat(children, np.cumsum(sizes) - sizes)
            is_covered[inner] |= replaced[inner] & self.known[inner]
        reached = tiles.parent < 0
        for rows in levels[1:]:
            above = tiles.parent[rows]
            reached[rows] = reached[above] & replaced[above]
        ends = reached & ~replaced & seen
        return ends & self.whole, ends & ~self.whole & self._may_be_seen(view)

    def _may_be_seen(self, view: View) -> Bools:
        sight = self.sight(view)
        return np.ones(self.catalog.tiles.count, dtype=np.bool_) if sight is None else sight.now

    def sight(self, view: View) -> Sight | None:
        """What the scene's visibility.bin says of a view."""
        return self.catalog.sight(view)
