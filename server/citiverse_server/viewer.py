"""What one viewer holds, wants and is sent next: the server's picture of one client's scene.

A state machine without input or output. Views, credit and evictions go in; `next` hands out one
decision at a time, always by the newest view, so nothing that isn't wanted any more is ever sent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from . import lod
from .claims import Claims
from .colliders import cells_beyond, cells_within
from .decisions import Decision, SendCollider, SendTile
from .errors import ErrorCode, ProtocolError
from .flight import Flight
from .parcels import Numbers, Parcels
from .protocol import Complete, Drop, DropColliders, Visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .catalog import Catalog
    from .parcels import Piece
    from .protocol import View

# Less movement than this changes no tile worth a selection.
MOVED_M = 0.5
TURNED_COSINE = 0.99996  # about 0.5°
ZOOMED = 0.01
# Where the picture is so small, no coarser step is shown on the way to it.
STRAIGHT_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True)
class ViewerOptions:
    """`target_px` is the screen-space error aimed at; `have` names content the client holds, and
    `kept` what it keeps (`Claims`).

    `in_pieces` says that the client can put content together; `by_reference`, that it is to fetch
    that of tiles by itself.
    """

    window_bytes: int
    budget_bytes: int
    target_px: float
    have: frozenset[bytes] = frozenset()
    kept: bytes = b""
    in_pieces: bool = False
    by_reference: bool = False


Queue: TypeAlias = tuple[deque[int], Callable[[int, float], Decision | None]]


class Viewer:
    """One client's tiles and colliders; `contents_sent` counts messages that carried content."""

    def __init__(
        self, catalog: Catalog, options: ViewerOptions, flight: Flight | None = None
    ) -> None:
        self._catalog = catalog
        self._options = options
        self._flight = flight or Flight()
        self._flight.arriving = True
        numbers = Numbers()
        self._begun_tiles = Parcels(numbers)
        self._begun_cells = Parcels(numbers)
        self._claims = Claims(options.have, options.kept)
        self._seq = -1
        self._newest: View | None = None
        self._latest: View | None = None
        self._selected: lod.Viewpoint | None = None
        self._ordered: lod.Viewpoint | None = None
        self._cut = lod.Cut(np.empty(0, dtype=np.intp), np.empty(0), degraded=False)
        self._tiles: set[int] = set()
        self._promised: set[int] = set()
        self._cells: set[int] = set()
        self._coarse: deque[int] = deque()
        self._queued_cells: deque[int] = deque()
        self._finer: deque[int] = deque()
        self._unseen: deque[int] = deque()
        self._outlines: set[int] = set()
        self._drop: list[int] = []
        self._drop_cells: list[int] = []
        self._visible = False
        self._has_arrived = False
        self._complete = False
        self._paused = False
        self._in_flight = 0
        self.contents_sent = 0
        self._blocked_since: float | None = None

    @property
    def in_flight_bytes(self) -> int:
        """Content sent and not yet returned by `credit`."""
        return self._in_flight

    @property
    def tiles(self) -> frozenset[int]:
        """Rows of the tiles that the client holds, as far as the server knows."""
        return frozenset(self._tiles)

    @property
    def colliders(self) -> frozenset[int]:
        """Rows of the collider cells that the client holds."""
        return frozenset(self._cells)

    def look(self, view: View) -> None:
        """A new view replaces the former; raises `ProtocolError` where `seq` doesn't rise.

        What follows from it is worked out when something can be sent: of several views that come
        at once, only the newest costs anything.
        """
        if view.seq <= self._seq:
            raise ProtocolError(
                ErrorCode.BAD_MESSAGE, f"The view {view.seq} came after the view {self._seq}."
            )
        self._seq = view.seq
        self._newest = self._latest = view

    def before(self, catalog: Catalog) -> Viewer:
        """This viewer before another scene in the same frame, of which the client has nothing yet.

        What is in flight to the client stays counted.
        """
        options = replace(self._options, have=frozenset(), kept=b"")
        other = Viewer(catalog, options, self._flight)
        other._claims = self._claims.lasting()
        other._begun_tiles = Parcels(self._begun_tiles.numbers)
        other._begun_cells = Parcels(self._begun_tiles.numbers)
        other._seq = self._seq
        other._newest = other._latest = self._latest
        other._paused = self._paused
        other._in_flight = self._in_flight
        other.contents_sent = self.contents_sent
        return other

    def credit(self, consumed_bytes: int) -> None:
        """The client has consumed content; what it returns too much is ignored."""
        self._in_flight = max(0, self._in_flight - consumed_bytes)
        self._blocked_since = None

    def evict(self, rows: Iterable[int]) -> None:
        """The client has given up tiles and everything below them."""
        gone = set(rows)
        if gone and max(gone) >= self._catalog.tiles.count:
            raise ProtocolError(
                ErrorCode.BAD_MESSAGE, f"This scene has no tile {max(gone)} to give up."
            )
        known = sorted(self._tiles.union(self._finer, self._unseen))
        # Parents come before children, so one pass finds everything below.
        for row, parent in zip(known, self._catalog.tiles.parent[known].tolist(), strict=True):
            if parent in gone:
                gone.add(row)
        self._tiles -= gone
        unfinished = self._begun_tiles.begun & gone
        self._begun_tiles.forget(unfinished)
        self._drop = sorted(unfinished.union(self._drop))
        self._finer = deque(row for row in self._finer if row not in gone)
        self._unseen = deque(row for row in self._unseen if row not in gone)
        if self._promised & gone:
            # The client said that it held this and didn't: that mustn't leave a hole.
            self._send_again()
        self._promised -= gone

    def keep(self, names: bytes) -> None:
        """The client keeps these contents from now on, named as in `Claims`."""
        self._claims.keep(names)

    def miss(self, rows: Iterable[int], keys: Iterable[tuple[int, int, int]]) -> None:
        """The client doesn't hold these tiles and cells, of which it was sent no content; what is
        below the tiles stays.
        """
        tiles, named = self._whole_tiles.intersection(rows), set(keys)
        cells = {row for row in self._cells if named and self._cell_key(row) in named}
        self._claims.withdraw(self._catalog.tiles.content_hash[sorted(tiles)])
        self._claims.withdraw(self._catalog.cells.cell_hash[sorted(cells)])
        self._tiles -= tiles
        self._promised -= tiles
        self._cells -= cells
        self._send_again()

    def _send_again(self) -> None:
        if self._ordered is None or self._latest is None:
            return
        wanted = set(lod.wanted(self._catalog.tiles, self._cut).tolist())
        self._reorder(self._ordered, wanted - self._whole_tiles)
        self._choose_cells(self._latest)
        self._visible = self._complete = True

    def pause(self, paused: bool) -> None:
        """A paused client is sent no content."""
        self._paused = paused
        self._blocked_since = None

    def stalled_s(self, now: float) -> float:
        """Seconds that content has been waiting for the client to return credit."""
        return 0.0 if self._blocked_since is None else now - self._blocked_since

    def next(self, now: float) -> Decision | None:
        """What to send now, or nothing; `now` in monotonic seconds."""
        if self._newest is not None:
            self._follow(self._newest)
            self._newest = None
        if self._drop:
            rows, self._drop = self._drop, []
            return Drop(tiles=rows)
        if self._drop_cells:
            rows, self._drop_cells = self._drop_cells, []
            return DropColliders(cells=[self._cell_key(row) for row in rows])
        if self._paused:
            return None
        coarse, finer = (self._coarse, self._send_tile), (self._finer, self._send_tile)
        cells = (self._queued_cells, self._send_collider)
        # Who arrives looks before she walks; who walks needs ground, whatever there is to see.
        picture = (coarse, cells, finer) if self._has_arrived else (coarse, finer)
        if any(queue for queue, _ in picture):
            return _send_first(picture, now)
        if self._visible:
            self._visible = False
            self._has_arrived = True
            self._flight.arriving = False
            if self._queued_cells or self._unseen:
                return Visible(seq=self._seq)
        rest = (cells, (self._unseen, self._send_tile))
        if any(queue for queue, _ in rest):
            return _send_first(rest, now)
        if self._complete:
            self._complete = False
            return Complete(seq=self._seq, degraded=self._cut.degraded)
        self._flight.ran_dry()
        return None

    def _follow(self, view: View) -> None:
        self._visible = self._complete = True
        seen = lod.viewpoint(view)
        if self._selected is None or _moved(self._selected, seen):
            self._select(seen)
            self._choose_cells(view)
        elif self._ordered is not None and _turned(self._ordered, seen):
            self._reorder(seen, {*self._coarse, *self._finer, *self._unseen})

    def _select(self, seen: lod.Viewpoint) -> None:
        tiles = self._catalog.tiles
        self._selected = seen
        former = self._cut
        self._cut = lod.select(
            tiles, seen, self._options.target_px, self._options.budget_bytes, former.refined
        )
        # Nothing goes before that which takes its place has come.
        unfinished = self._begun_tiles.begun.intersection(former.refined.tolist())
        if unfinished:
            rows = np.array(sorted(unfinished), dtype=np.intp)
            self._cut = lod.kept(tiles, self._cut, former, rows)
        wanted = set(lod.wanted(tiles, self._cut).tolist())
        unwanted = self._tiles - wanted
        self._begun_tiles.forget(unwanted)
        self._drop = sorted(unwanted.union(self._drop))
        self._tiles &= wanted
        self._promised &= wanted
        self._reorder(seen, wanted - self._whole_tiles)

    @property
    def _whole_tiles(self) -> set[int]:
        return self._tiles - self._begun_tiles.begun

    def _reorder(self, seen: lod.Viewpoint, missing: set[int]) -> None:
        tiles = self._catalog.tiles
        self._ordered = seen
        self._coarse, self._finer, self._unseen = deque(), deque(), deque()
        self._outlines.clear()
        if not missing:
            return
        order = lod.sending_order(tiles, self._cut, seen)
        rows = [row for row in order.rows[: order.seen].tolist() if row in missing]
        later = self._outline(rows, seen)
        roots = len(tiles.roots)
        for row in rows:
            if row < roots:
                self._coarse.append(row)
            elif row not in later or row in self._outlines:
                self._finer.append(row)
        aside = [row for row in order.rows[order.seen :].tolist() if row in missing]
        self._unseen.extend([*later, *aside])

    def _outline(self, rows: list[int], seen: lod.Viewpoint) -> list[int]:
        """Those of the picture's families whose content can wait: what is beside the picture, then
        what is replaced at once. So that they hold up nobody, the client is told of them before.
        """
        if not self._options.in_pieces or self._options.by_reference:
            return []
        tiles = self._catalog.tiles
        finer = np.array([row for row in rows if row >= len(tiles.roots)], dtype=np.intp)
        is_refined = np.isin(finer, self._cut.refined)
        is_seen = lod.in_view(tiles, finer, seen)
        sizes = np.where(
            tiles.content_gzip_bytes > 0, tiles.content_gzip_bytes, tiles.content_bytes
        )[finer]
        is_small = int(sizes[is_seen & ~is_refined].sum()) <= STRAIGHT_BYTES
        replaced = finer[is_refined].tolist() if is_small else []
        later: list[int] = finer[~is_seen & ~is_refined].tolist() + replaced
        self._outlines.update(set(later) - self._begun_tiles.begun)
        return later

    def _choose_cells(self, view: View) -> None:
        cells, side = self._catalog.cells, self._catalog.cell_m
        whole = self._cells - self._begun_cells.begun
        self._queued_cells = deque(
            row for row in cells_within(cells, side, view) if row not in whole
        )
        far = cells_beyond(cells, side, view, self._cells)
        self._drop_cells += far
        self._cells.difference_update(far)
        self._begun_cells.forget(far)

    def _send_tile(self, row: int, now: float) -> Decision | None:
        tiles = self._catalog.tiles
        content_hash = tiles.hash_of(row)
        if self._claims.holds(content_hash):
            self._tiles.add(row)
            if not self._claims.keeps(content_hash):
                self._promised.add(row)
            return SendTile(row, None)
        size = int(tiles.content_gzip_bytes[row]) or int(tiles.content_bytes[row])
        if row in self._outlines:
            self._outlines.discard(row)
            self._tiles.add(row)
            return SendTile(row, self._begun_tiles.begin(row, size))
        by_reference = self._options.by_reference
        piece = self._spend(self._begun_tiles, row, size, now, elsewhere=by_reference)
        if piece is None:
            return None
        self._tiles.add(row)
        return SendTile(row, piece, by_reference)

    def _send_collider(self, row: int, now: float) -> Decision | None:
        cells = self._catalog.cells
        if self._claims.holds(cells.hash_of(row)):
            self._cells.add(row)
            return SendCollider(row, None)
        size = int(cells.cell_gzip_bytes[row]) or int(cells.cell_bytes[row])
        piece = self._spend(self._begun_cells, row, size, now)
        if piece is None:
            return None
        self._cells.add(row)
        return SendCollider(row, piece)

    def _spend(
        self, parcels: Parcels, row: int, size: int, now: float, *, elsewhere: bool = False
    ) -> Piece | None:
        """The next piece; None where the line or the client has no room for it.

        What comes from `elsewhere` is no concern of our line.
        """
        if not (elsewhere or self._flight.has_room):
            return None
        most = self._flight.piece_bytes if self._options.in_pieces and not elsewhere else size
        room = self._options.window_bytes - self._in_flight
        if self._in_flight and room < min(most, size):
            if self._blocked_since is None:
                self._blocked_since = now
            return None
        piece = parcels.next(row, size, most)
        self._in_flight += piece.length
        self.contents_sent += 1
        return piece

    def _cell_key(self, row: int) -> tuple[int, int, int]:
        cells = self._catalog.cells
        i, j = cells.cell[row].tolist()
        return int(cells.cell_layer[row]), i, j


def _send_first(queues: tuple[Queue, ...], now: float) -> Decision | None:
    """The first of what waits; None where the window has no room for it."""
    queue, send = next((queue, send) for queue, send in queues if queue)
    decision = send(queue[0], now)
    if isinstance(decision, SendTile | SendCollider) and _is_done(decision.piece):
        queue.popleft()
    return decision


def _is_done(piece: Piece | None) -> bool:
    return piece is None or piece.is_last or piece.length == 0


def _moved(before: lod.Viewpoint, now: lod.Viewpoint) -> bool:
    zoom = now.pixels_per_slope / before.pixels_per_slope
    distance = float(np.linalg.norm(now.eye - before.eye))
    return distance > MOVED_M or abs(zoom - 1.0) > ZOOMED


def _turned(before: lod.Viewpoint, now: lod.Viewpoint) -> bool:
    return float(before.forward @ now.forward) < TURNED_COSINE
