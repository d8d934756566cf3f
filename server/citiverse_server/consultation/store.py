"""The comments of one scene in SQLite: what was committed here outlives the process and the power.

One process writes (`Store`, which holds the state folder's lock); any may read (`page`, `newest`).
"""

from __future__ import annotations

import math
import os
import sqlite3
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

from ..errors import Refusal, RequestRefused, StateError
from ..features import exists, global_id
from ..manifest import ModelFile
from ..protocol import CommentInfo
from ..state import locked, make_state_folder
from ..transactions import transaction
from .requests import Hide, Post, unknown_feature

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from .requests import Request

FILE = "consultation.sqlite"
SCHEMA_VERSION = 2
NEWEST = 200
BAND_M = 50.0
BUSY_TIMEOUT_S = 5.0

Order = Literal["time", "place"]

# What a comment is about, so that it can be told of elsewhere: the variant that was looked at,
# GlobalId and files of a building model, and how it was seen. Since version 2.
_SINCE_2 = (
    "variant TEXT NOT NULL DEFAULT ''",
    "fov REAL",
    "planes TEXT NOT NULL DEFAULT '[]'",
    "guid TEXT NOT NULL DEFAULT ''",
    "files TEXT NOT NULL DEFAULT '[]'",
)
_ABOUT = ", ".join(_SINCE_2)
# `band` counts strips of 50 m from north to south, so that a list can go through the city.
_SCHEMA = f"""
CREATE TABLE comment(
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, time INTEGER NOT NULL,
    name TEXT NOT NULL, role TEXT NOT NULL, text TEXT NOT NULL, feature TEXT NOT NULL,
    x REAL NOT NULL, y REAL NOT NULL, z REAL NOT NULL,
    eye_x REAL NOT NULL, eye_y REAL NOT NULL, eye_z REAL NOT NULL,
    orientation_x REAL NOT NULL, orientation_y REAL NOT NULL,
    orientation_z REAL NOT NULL, orientation_w REAL NOT NULL,
    hidden INTEGER NOT NULL DEFAULT 0, band INTEGER NOT NULL, {_ABOUT}
);
CREATE INDEX comment_place ON comment(band, x, id);
CREATE TABLE audit(
    id INTEGER PRIMARY KEY AUTOINCREMENT, comment INTEGER NOT NULL REFERENCES comment(id),
    hidden INTEGER NOT NULL, time INTEGER NOT NULL, name TEXT NOT NULL, session TEXT NOT NULL,
    reason TEXT NOT NULL
);
"""
_COLUMNS = (
    "SELECT id, time, name, role, text, feature, x, y, z, eye_x, eye_y, eye_z, "
    "orientation_x, orientation_y, orientation_z, orientation_w, hidden, "
)
_SELECT = f"{_COLUMNS}variant, fov, planes, guid, files FROM comment"
_SELECT_OF_1 = f"{_COLUMNS}'', NULL, '[]', '', '[]' FROM comment"


@dataclass(frozen=True, slots=True)
class Kept:
    """A comment as it is on the disk; `changed` is false where it was so already."""

    comment: CommentInfo
    changed: bool


@dataclass(frozen=True, slots=True)
class PageQuery:
    """`after` is the last comment of the page before; `variant` the only one, None for all."""

    order: Order = "time"
    limit: int = 50
    after: int | None = None
    with_hidden: bool = False
    variant: str | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """The element of a building model that a comment is about: its GlobalId, and the files that
    the variant was made of; empty where it is about none.
    """

    guid: str
    files: tuple[ModelFile, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Comments and, of each, what it is about; `more` says that the limit left some out."""

    comments: list[CommentInfo]
    models: list[Model]
    more: bool


class Store:
    """Writes; to be used by one thread. `features` is the scene's database of CityObjects."""

    def __init__(self, connection: sqlite3.Connection, features: Path) -> None:
        self._connection = connection
        self.features = features

    def transaction(self) -> AbstractContextManager[None]:
        """Everything or nothing; on the disk when it ends. Raises `sqlite3.Error`."""
        return transaction(self._connection)

    def do(self, request: Request, micros: int) -> Kept:
        """Does what is asked, at a time in microseconds since 1970 UTC.

        Raises `RequestRefused`, `SceneError` and `sqlite3.Error`.
        """
        match request:
            case Post():
                return self._post(request, micros)
            case Hide():
                return self._hide(request, micros)

    def newest(self) -> list[CommentInfo]:
        """The newest 200, oldest first."""
        return _newest(self._connection)

    def _post(self, post: Post, micros: int) -> Kept:
        former = self._one("key", post.key)
        if former is not None:
            if not _is_same(former, post):
                raise RequestRefused(
                    Refusal.KEY_REUSED, "This key belongs to another comment.", post.key
                )
            return Kept(former, changed=False)
        if post.feature and not exists(self.features, post.feature):
            raise unknown_feature(post.key)
        self._connection.execute(
            "INSERT INTO comment(key, time, name, role, text, feature, x, y, z, "
            "eye_x, eye_y, eye_z, orientation_x, orientation_y, orientation_z, orientation_w, "
            "variant, fov, planes, guid, files, band) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                post.key,
                micros,
                post.author.name,
                post.author.role,
                post.text,
                post.feature,
                *post.position,
                *post.eye,
                *post.orientation,
                post.variant,
                post.fov,
                msgspec.json.encode(post.planes).decode(),
                global_id(self.features, post.feature) if post.feature else "",
                msgspec.json.encode(post.files).decode(),
                -math.floor(post.position[1] / BAND_M),
            ),
        )
        return Kept(self._get("key", post.key), changed=True)

    def _hide(self, hide: Hide, micros: int) -> Kept:
        former = self._one("id", hide.comment)
        if former is None:
            raise RequestRefused(Refusal.UNKNOWN_COMMENT, "There is no such comment.")
        if former.hidden == hide.hidden:
            return Kept(former, changed=False)
        self._connection.execute(
            "UPDATE comment SET hidden = ? WHERE id = ?", (hide.hidden, hide.comment)
        )
        self._connection.execute(
            "INSERT INTO audit(comment, hidden, time, name, session, reason) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (
                hide.comment,
                hide.hidden,
                micros,
                hide.author.name,
                hide.author.session,
                hide.reason,
            ),
        )
        return Kept(self._get("id", hide.comment), changed=True)

    def _one(self, column: Literal["id", "key"], value: int | str) -> CommentInfo | None:
        row = self._connection.execute(f"{_SELECT} WHERE {column} = ?", (value,)).fetchone()
        return None if row is None else _comment(row)

    def _get(self, column: Literal["id", "key"], value: int | str) -> CommentInfo:
        found = self._one(column, value)
        if found is None:
            raise sqlite3.DatabaseError("what was written can't be read again")
        return found


@contextmanager
def open_store(folder: Path, features: Path) -> Iterator[Store]:
    """The store of a state folder, made where it isn't there, for this process alone.

    `features` is the scene's database of CityObjects. Raises `StateError`.
    """
    with ExitStack() as held:
        try:
            make_state_folder(folder)
            held.enter_context(locked(folder))
            connection = held.enter_context(closing(_connect(folder / FILE)))
            _prepare(connection, folder / FILE)
        except BlockingIOError:
            raise StateError(
                "another server keeps the comments of this scene", folder, remedy="stop one of them"
            ) from None
        except OSError as error:
            raise _unwritable(folder, error.strerror or str(error)) from None
        except sqlite3.Error as error:
            raise _unwritable(folder, str(error)) from None
        yield Store(connection, features)


def check_place(folder: Path) -> None:
    """Raises `StateError` where a state folder that isn't there couldn't be made."""
    nearest = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
        raise _unwritable(folder, f"{nearest} can't be written")


def newest(folder: Path) -> list[CommentInfo]:
    """The newest 200 of a state folder, oldest first. Raises `sqlite3.Error`."""
    with _reading(folder) as connection:
        return [] if connection is None else _newest(connection)


def page(folder: Path, query: PageQuery) -> Page:
    """A page of the comments of a state folder. Raises `sqlite3.Error`."""
    with _reading(folder) as connection:
        return Page([], [], more=False) if connection is None else _page(connection, query)


def on_dataset(folder: Path, dataset: str) -> list[tuple[int, str]]:
    """The ids of comments on features of a data set, and those features. Raises `sqlite3.Error`."""
    with _reading(folder) as connection:
        if connection is None:
            return []
        # "0" comes after "/".
        about = "SELECT id, feature FROM comment WHERE feature >= ? AND feature < ? ORDER BY id"
        return connection.execute(about, (f"{dataset}/", f"{dataset}0")).fetchall()


@contextmanager
def _reading(folder: Path) -> Iterator[sqlite3.Connection | None]:
    """None where nobody has said anything yet."""
    file = folder / FILE
    if not file.exists():
        yield None
        return
    address = f"{file.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT_S)) as connection:
        yield connection if 1 <= _version(connection) <= SCHEMA_VERSION else None


def _connect(file: Path) -> sqlite3.Connection:
    # Opened by one thread and closed by another only when that one has ended.
    return sqlite3.connect(
        file, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )


def _prepare(connection: sqlite3.Connection, file: Path) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    # FULL: a commit returns when the disk has it; fullfsync: on macOS, when the disk really has it.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA fullfsync = ON")
    connection.execute("PRAGMA foreign_keys = ON")
    version = _version(connection)
    if version > SCHEMA_VERSION:
        raise StateError(
            f"the comments were written by a newer version (schema {version}, this one knows "
            f"{SCHEMA_VERSION})",
            file,
            remedy="use the newer version",
        )
    if version == 0:
        connection.executescript(f"BEGIN;{_SCHEMA}PRAGMA user_version = {SCHEMA_VERSION};COMMIT;")
    if version == 1:
        added = "".join(f"ALTER TABLE comment ADD COLUMN {column};" for column in _SINCE_2)
        connection.executescript(f"BEGIN;{added}PRAGMA user_version = {SCHEMA_VERSION};COMMIT;")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _select(connection: sqlite3.Connection) -> str:
    """What was written by an older version is read as it is, where nobody may write."""
    return _SELECT if _version(connection) == SCHEMA_VERSION else _SELECT_OF_1


def _newest(connection: sqlite3.Connection) -> list[CommentInfo]:
    rows = connection.execute(
        f"{_select(connection)} ORDER BY id DESC LIMIT ?", (NEWEST,)
    ).fetchall()
    return [_comment(row) for row in reversed(rows)]


def _page(connection: sqlite3.Connection, query: PageQuery) -> Page:
    conditions = ["1" if query.with_hidden else "NOT hidden"]
    values: list[int | str] = []
    if query.variant is not None:
        values.append(query.variant)
        # What is older than variants is about the scene as it is.
        is_known = _version(connection) == SCHEMA_VERSION
        conditions.append("variant = ?" if is_known else "'' = ?")
    if query.after is not None:
        values.append(query.after)
        conditions.append(
            "id < ?"
            if query.order == "time"
            else "(band, x, id) > (SELECT band, x, id FROM comment WHERE id = ?)"
        )
    order = "id DESC" if query.order == "time" else "band, x, id"
    rows = connection.execute(
        f"{_select(connection)} WHERE {' AND '.join(conditions)} ORDER BY {order} LIMIT ?",
        (*values, query.limit + 1),
    ).fetchall()
    shown = rows[: query.limit]
    return Page(
        [_comment(row) for row in shown], [_model(row) for row in shown], len(rows) > query.limit
    )


def _comment(row: tuple[object, ...]) -> CommentInfo:
    named = dict(zip(("id", "time", "name", "role", "text", "feature"), row[:6], strict=True))
    places = {"position": row[6:9], "eye": row[9:12], "orientation": row[12:16]}
    seen = {"variant": row[17], "fov": row[18], "planes": msgspec.json.decode(str(row[19]))}
    return msgspec.convert({**named, **places, **seen, "hidden": bool(row[16])}, CommentInfo)


def _model(row: tuple[object, ...]) -> Model:
    files = msgspec.json.decode(str(row[21]), type=tuple[ModelFile, ...])
    return Model(str(row[20]), files)


def _is_same(former: CommentInfo, post: Post) -> bool:
    return (
        former.text == post.text
        and former.feature == post.feature
        and former.position == post.position
        and former.eye == post.eye
        and former.orientation == post.orientation
        and former.variant == post.variant
    )


def _unwritable(folder: Path, why: str) -> StateError:
    return StateError(
        f"comments are off, for they can't be kept here: {why}",
        folder,
        remedy="choose a folder that can be written with --state",
    )
