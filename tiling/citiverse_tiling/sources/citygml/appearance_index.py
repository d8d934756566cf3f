"""Which claims there are on which ids, in one file: of the city model on disk, so that memory is
bounded, and of the member that is being read in memory."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from citiverse_tiling.sources.citygml.names import MEMBERS
from citiverse_tiling.sources.citygml.stream import (
    HEAD_BYTES,
    SURFACE_DATA,
    is_surface_data,
    stream_members,
)
from citiverse_tiling.sources.citygml.surface_data import (
    Claim,
    data_id,
    href_of,
    read_surface_data,
)

if TYPE_CHECKING:
    from pathlib import Path

    from lxml.etree import _Element

    from citiverse_tiling.sources.parts import Part
    from citiverse_tiling.sources.themes import Themes

_CHUNK_BYTES = 1 << 20
_OVERLAP_BYTES = 64
_KEPT_IDS = 20_000
_ROWS_AT_ONCE = 1_000
_INSERT = "INSERT INTO claims (id, claim, data) VALUES (?, ?, ?)"
MAX_LINKS = 100_000
"""To surface data of the city model that stand elsewhere in it."""


_decoder = msgspec.msgpack.Decoder(Claim)
_encoder = msgspec.msgpack.Encoder()


class AppearanceIndex:
    """The claims of a file, by id; its themes are noted in `themes`.

    Several themes may share surface data by xlink:href; `dead_links` lead to none.
    """

    def __init__(self, path: Path, themes: Themes, part: Part | None = None) -> None:
        has_of_model = False
        if part is None:
            self.has_any, has_of_model = look_for(path)
        else:
            self.has_any = part.has_looks
        self._themes = themes
        self.dead_links = 0
        self._of_member: defaultdict[str, list[Claim]] = defaultdict(list)
        self._of_model: sqlite3.Connection | None = None
        self._found: dict[str, list[Claim]] = {}
        if has_of_model:
            self._read_model(path)

    def read_member(self, member: _Element) -> None:
        """Forget the claims of the member before, and take those of this one."""
        self._of_member.clear()
        by_data: dict[str, list[tuple[str, Claim]]] = {}
        links: list[tuple[str, str]] = []
        for element in member.iter(*SURFACE_DATA):
            theme = self._theme_of(element)
            if href := href_of(element):
                links.append((href, theme))
                continue
            claims = by_data.setdefault(data_id(element), [])
            claims += read_surface_data(element, theme)
            for identifier, claim in claims:
                self._of_member[identifier].append(claim)
        for href, theme in links:
            self.dead_links += href not in by_data
            for identifier, claim in by_data.get(href, ()):
                self._of_member[identifier].append(msgspec.structs.replace(claim, theme=theme))

    def claims(self, identifier: str) -> list[Claim]:
        """What is said of the surface or ring with this id, the member's own first."""
        own = self._of_member.get(identifier, [])
        if self._of_model is None or not identifier:
            return own
        known = self._found.get(identifier)
        if known is None:
            rows = self._of_model.execute(
                "SELECT claim FROM claims WHERE id = ? ORDER BY number", (identifier,)
            )
            known = [_decoder.decode(claim) for (claim,) in rows]
            if len(self._found) >= _KEPT_IDS:
                self._found.clear()
            self._found[identifier] = known
        return own + known

    def close(self) -> None:
        """Remove what is on disk."""
        if self._of_model is not None:
            self._of_model.close()
            self._of_model = None

    def _theme_of(self, element: _Element) -> str:
        around = element.getparent()
        theme = around.findtext("{*}theme") if around is not None else ""
        theme = (theme or "").strip()
        self._themes.meet(theme)
        return theme

    def _read_model(self, path: Path) -> None:
        """Read the appearances of the city model, which may stand anywhere in the file."""
        # Without a name it is a file of its own that SQLite removes at the end.
        database = self._of_model = sqlite3.connect("")
        database.execute("PRAGMA journal_mode = OFF")
        database.execute(
            "CREATE TABLE claims (number INTEGER PRIMARY KEY, id TEXT, claim BLOB, data TEXT)"
        )
        rows: list[tuple[str, bytes, str]] = []
        links: list[tuple[str, str]] = []
        for element in stream_members(path, MEMBERS, lambda _: None):
            if is_surface_data(element):
                theme, data = self._theme_of(element), data_id(element)
                if (href := href_of(element)) and len(links) < MAX_LINKS:
                    links.append((href, theme))
                claims = read_surface_data(element, theme)
                rows += [(name, _encoder.encode(claim), data) for name, claim in claims]
            if len(rows) >= _ROWS_AT_ONCE:
                database.executemany(_INSERT, rows)
                rows = []
        database.executemany(_INSERT, rows)
        self._follow(links, database)
        database.execute("CREATE INDEX claims_by_id ON claims (id)")

    def _follow(self, links: list[tuple[str, str]], database: sqlite3.Connection) -> None:
        """Repeat the claims of surface data that other themes point at."""
        if not links:
            return
        database.create_function("with_theme", 2, _with_theme)
        database.execute("CREATE INDEX claims_by_data ON claims (data)")
        for href, theme in links:
            done = database.execute(
                "INSERT INTO claims (id, claim) SELECT id, with_theme(claim, ?) FROM claims"
                " WHERE data = ?",
                (theme, href),
            )
            self.dead_links += done.rowcount == 0


def _with_theme(claim: bytes, theme: str) -> bytes:
    return _encoder.encode(msgspec.structs.replace(_decoder.decode(claim), theme=theme))


def look_for(path: Path) -> tuple[bool, bool]:
    """Whether a file has appearances, and whether some may be those of the city model."""
    with path.open("rb") as file:
        if b"\0" in file.read(HEAD_BYTES)[:64]:
            return True, True
    has_any = _holds(path, b"surfaceData")
    return has_any, has_any and _holds(path, b"appearanceMember", b"featureMember")


def _holds(path: Path, *words: bytes) -> bool:
    """Whether one of the words stands anywhere in a file."""
    left = b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            text = left + chunk
            if any(word in text for word in words):
                return True
            left = text[-_OVERLAP_BYTES:]
    return False
