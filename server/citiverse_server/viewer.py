"""What one viewer holds, wants and is sent next: the server's picture of one client's scene.

A state machine without input or output. Views, credit and evictions go in; `next` hands out one
decision at a time, always by the newest view, so nothing that isn't wanted any more is ever sent.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from . import lod
from .agenda import Agenda, Missing, agenda
from .choice import Choice, Holding, Outlook, choose
from .claims import Claims
from .colliders import cells_beyond, cells_within
from .decisions import Decision, SendCollider, SendTile
from .errors import ErrorCode, ProtocolError
from .flight import Flight
from .moving import has_jumped, has_moved, has_turned
from .parcels import Numbers, Parcels
from .protocol import Complete, Drop, DropColliders, Visible
from .queues import send_first

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from .catalog import Catalog
    from .parcels import Piece
    from .protocol import View
    from .visibility import Sight


# A choice among so many takes some milliseconds.
MANY_TILES = 4096


@dataclass(frozen=True, slots=True)
class ViewerOptions:
    """`have` names content the client holds, and `kept` what it keeps (`Claims`).

    `in_pieces` says that the client can put content together; `by_reference`, that it is to fetch
    that of tiles by itself; `hides`, that it knows of hidden tiles and of variants.
    """

    window_bytes: int
    aim: lod.Aim
    have: frozenset[bytes] = frozenset()
    kept: bytes = b""
    in_pieces: bool = False
    by_reference: bool = False
    hides: bool = False


class Viewer:
    """One client's tiles and colliders; `contents_sent` counts messages that carried content."""

    def __init__(
        self, catalog: Catalog, options: ViewerOptions, flight: Flight | None = None
    ) -> None:
        self._catalog = catalog if options.hides else catalog.as_it_is()
        self._options = options
        self._flight = flight or Flight()
        self._flight.arriving = True
        numbers = Numbers()
        self._begun_tiles = Parcels(numbers)
        self._begun_cells = Parcels(numbers)
        self._claims = Claims(options.have, options.kept)
        self._variant = ""
        self._seq = -1
        self._newest: View | None = None
        self._latest: View | None = None
        self._selected: lod.Viewpoint | None = None
        self._ordered: lod.Viewpoint | None = None
        self._choice = Choice()
        self._agenda = Agenda()
        self._tiles: set[int] = set()
        self._veiled: set[int] = set()
        self._restated: deque[int] = deque()
        self._promised: set[int] = set()
        self._cells: set[int] = set()
        self._queued_cells: deque[int] = deque()
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

    def show(self, variant: str) -> None:
        """This variant is looked at from now on; "" and what the scene hasn't got are none."""
        self._variant = variant
        self._selected, self._newest = None, self._latest

    def before(self, catalog: Catalog) -> Viewer:
        """This viewer before another scene in the same frame, of which the client has nothing yet.

        What is in flight to the client stays counted.
        """
        options = replace(self._options, have=frozenset(), kept=b"")
        other = Viewer(catalog, options, self._flight)
        other._claims = self._claims.lasting()
        other._begun_tiles = Parcels(self._begun_tiles.numbers)
        other._begun_cells = Parcels(self._begun_tiles.numbers)
        other._variant = self._variant
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

    def evict(self, rows: Iterable[int], *, full: bool = False) -> None:
        """The client has given up tiles and everything below them.

        Where that was because its memory is `full`, it holds now what it can hold: no later view
        is worth more.
        """
        gone = set(rows)
        if gone and max(gone) >= self._catalog.tiles.count:
            raise ProtocolError(
                ErrorCode.BAD_MESSAGE, f"This scene has no tile {max(gone)} to give up."
            )
        known = sorted(self._tiles | self._agenda.waiting)
        # Parents come before children, so one pass finds everything below.
        for row, parent in zip(known, self._catalog.tiles.parent[known].tolist(), strict=True):
            if parent in gone:
                gone.add(row)
        self._tiles -= gone
        unfinished = self._begun_tiles.begun & gone
        self._begun_tiles.forget(unfinished)
        self._veiled -= gone
        self._drop = sorted(unfinished.union(self._drop))
        self._agenda.forget(gone)
        if self._promised & gone and not full:
            # The client said that it held this and didn't: that mustn't leave a hole.
            self._send_again()
        self._promised -= gone
        if full:
            self._be_content_with(self._catalog.tiles.content_bytes[sorted(self._tiles)].sum())

    def _be_content_with(self, budget_bytes: int) -> None:
        aim = self._options.aim
        less = replace(aim, budget_bytes=min(aim.budget_bytes, int(budget_bytes)))
        self._options = replace(self._options, aim=less)

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
        if tiles or cells:
            self._send_again()

    def _send_again(self) -> None:
        if self._ordered is None or self._latest is None:
            return
        self._reorder(self._ordered, self._choice.wanted - self._whole_tiles)
        self._choose_cells(self._latest)
        self._visible = self._complete = True

    def pause(self, paused: bool) -> None:
        """A paused client is sent no content."""
        self._paused = paused
        self._blocked_since = None

    def stalled_s(self, now: float) -> float:
        """Seconds that content has been waiting for the client to return credit."""
        return 0.0 if self._blocked_since is None else now - self._blocked_since

    @property
    def has_much_to_choose(self) -> bool:
        """Whether to `follow` may take milliseconds: then it is better done in a thread."""
        wanted = len(self._choice.wanted) if self._selected else self._catalog.tiles.count
        return self._newest is not None and wanted > MANY_TILES

    def follow(self) -> None:
        """Works out what the newest view means; `next` does so where nobody has."""
        if self._newest is not None:
            # A newer one that comes meanwhile waits for its turn.
            view, self._newest = self._newest, None
            self._follow(view)

    def next(self, now: float) -> Decision | None:
        """What to send now, or nothing; `now` in monotonic seconds."""
        self.follow()
        while self._restated:
            if (decision := self._restate(self._restated.popleft())) is not None:
                return decision
        if self._drop:
            rows, self._drop = self._drop, []
            return Drop(tiles=rows)
        if self._drop_cells:
            rows, self._drop_cells = self._drop_cells, []
            return DropColliders(cells=[self._cell_key(row) for row in rows])
        if self._paused:
            return None
        todo = self._agenda
        coarse, finer = (todo.coarse, self._send_tile), (todo.finer, self._send_tile)
        cells = (self._queued_cells, self._send_collider)
        # Who arrives looks before she walks; who walks needs ground, whatever there is to see.
        picture = (coarse, cells, finer) if self._has_arrived else (coarse, finer)
        if any(queue for queue, _ in picture):
            return send_first(picture, now)
        if self._visible:
            self._visible = False
            self._has_arrived = True
            self._flight.arriving = False
            if self._queued_cells or todo.unseen:
                return Visible(seq=self._seq)
        rest = (cells, (todo.unseen, self._send_tile))
        if any(queue for queue, _ in rest):
            return send_first(rest, now)
        if self._complete:
            self._complete = False
            return Complete(seq=self._seq, degraded=self._choice.cut.degraded)
        self._flight.ran_dry()
        return None

    def _follow(self, view: View) -> None:
        self._visible = self._complete = True
        seen = lod.viewpoint(view)
        if self._selected is None or has_moved(self._selected, seen):
            sight = self._catalog.sight(view, self._variant) if self._options.hides else None
            self._select(Outlook(seen, sight, self._options.aim))
            self._choose_cells(view)
        elif self._ordered is not None and has_turned(self._ordered, seen):
            self._reorder(seen, self._agenda.waiting)

    def _select(self, outlook: Outlook) -> None:
        seen, former = outlook.seen, self._selected
        jumped = former is None or has_jumped(former, seen)
        self._selected = seen
        holding = Holding(self._tiles, self._begun_tiles)
        before = self._choice
        choice = self._choice = choose(self._catalog.tiles, outlook, before, holding)
        unwanted = self._tiles - choice.wanted
        self._begun_tiles.forget(unwanted)
        self._drop = sorted(unwanted.union(self._drop))
        self._tiles &= choice.wanted
        self._promised &= choice.wanted
        self._veiled &= self._begun_tiles.begun
        self._restated.extend(self._to_restate(outlook.sight, jumped=jumped))
        missing = choice.wanted - self._whole_tiles
        if self._agenda.waiting or missing - self._begun_tiles.begun or not choice.is_like(before):
            self._reorder(seen, missing)

    @property
    def _whole_tiles(self) -> set[int]:
        return self._tiles - self._begun_tiles.begun

    def _reorder(self, seen: lod.Viewpoint, missing: AbstractSet[int]) -> None:
        self._ordered = seen
        begins = self._options.in_pieces and not self._options.by_reference
        gap = Missing(missing, self._begun_tiles.begun, begins)
        self._agenda = agenda(self._catalog.tiles, self._choice, seen, gap)

    def _to_restate(self, sight: Sight | None, *, jumped: bool) -> list[int]:
        """What the client took for hidden and can be seen, and the reverse, while it is empty.

        What a walker comes to see stays hidden until it can be drawn: it was sent in time.
        """
        empty = {row for row in self._begun_tiles.begun if not self._begun_tiles.sent(row)}
        rows = (empty & self._choice.hidden) - self._veiled
        rows.difference_update(self._choice.cut.refined.tolist())
        if jumped:
            rows |= {row for row in empty & self._veiled if sight is None or sight.now[row]}
        return sorted(rows)

    def _restate(self, row: int) -> Decision | None:
        if row not in self._begun_tiles.begun:
            return None
        hidden = row in self._choice.hidden
        (self._veiled.add if hidden else self._veiled.discard)(row)
        return SendTile(row, self._begun_tiles.again(row), hidden=hidden)

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
        size = int(tiles.content_gzip_bytes[row]) or int(tiles.content_bytes[row])
        outlines = self._agenda.outlines
        if row in outlines and row in self._choice.hidden:
            outlines.discard(row)
            self._tiles.add(row)
            self._veiled.add(row)
            return SendTile(row, self._begun_tiles.begin(row, size), hidden=True)
        hidden = row in self._veiled
        content_hash = tiles.hash_of(row)
        if self._claims.holds(content_hash):
            self._tiles.add(row)
            self._begun_tiles.forget([row])
            if not self._claims.keeps(content_hash):
                self._promised.add(row)
            return SendTile(row, None, hidden=hidden)
        if row in outlines:
            outlines.discard(row)
            self._tiles.add(row)
            return SendTile(row, self._begun_tiles.begin(row, size))
        by_reference = self._options.by_reference
        piece = self._spend(self._begun_tiles, row, size, now, elsewhere=by_reference)
        if piece is None:
            return None
        self._tiles.add(row)
        return SendTile(row, piece, by_reference, hidden)

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
