"""The comments as JSON, as docs/contract/http.md has them: by time or by place, page by page."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from ..manifest import ModelFile
from ..message import CutPlane
from ..protocol import Quaternion, Vector
from . import store
from .places import places
from .store import PageQuery

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ..protocol import CommentInfo
    from .places import Place
    from .store import Model

MAX_LIMIT = 200
DEFAULT_LIMIT = 50
_NUMBER = re.compile("[0-9]{1,15}")


class BadPageError(ValueError):
    """A parameter can't be used; the text says which and why."""


class CommentEntry(Struct, frozen=True):
    """One comment that isn't hidden; metres in the scene frame.

    `successors` are the features that `feature`, of a former delivery, became, and `became` how.
    `variant` is the one that was looked at, `fov` in radians, `planes` what cut it open; `guid` is
    the GlobalId of the element of a building model, and `files` what that was read from.
    """

    id: int
    time: str
    name: str
    role: str
    text: str
    feature: str
    feature_name: str
    successors: tuple[str, ...]
    became: str
    position: Vector
    eye: Vector
    orientation: Quaternion
    variant: str
    fov: float | None
    planes: list[CutPlane]
    guid: str
    files: tuple[ModelFile, ...]


class CommentList(Struct, frozen=True):
    """A page; `more` says that another one follows."""

    comments: list[CommentEntry]
    more: bool


def page_query(parameters: Mapping[str, str], *, with_hidden: bool = False) -> PageQuery:
    """Reads `order`, `limit`, `after` and `variant`; raises `BadPageError`."""
    order = parameters.get("order", "time")
    if order not in ("time", "place"):
        raise BadPageError("order must be time or place.")
    limit = parameters.get("limit", str(DEFAULT_LIMIT))
    if not (_NUMBER.fullmatch(limit) and 1 <= int(limit) <= MAX_LIMIT):
        raise BadPageError(f"limit must be a number from 1 to {MAX_LIMIT}.")
    after = parameters.get("after")
    if after is not None and not _NUMBER.fullmatch(after):
        raise BadPageError("after must be the id of a comment.")
    return PageQuery(
        "place" if order == "place" else "time",
        int(limit),
        None if after is None else int(after),
        with_hidden,
        parameters.get("variant"),
    )


def listing(folder: Path, features: Path, query: PageQuery) -> bytes:
    """A page as JSON. Blocks; raises `sqlite3.Error`."""
    page = store.page(folder, query)
    found = zip(page.comments, page.models, places(features, page.comments), strict=True)
    entries = [_entry(comment, model, place) for comment, model, place in found]
    return msgspec.json.encode(CommentList(entries, page.more))


def rfc3339(micros: int) -> str:
    """A time since 1970 UTC as RFC 3339 writes it, to the millisecond."""
    moment = datetime.fromtimestamp(micros // 1000 / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _entry(comment: CommentInfo, model: Model, place: Place) -> CommentEntry:
    return CommentEntry(
        id=comment.id,
        time=rfc3339(comment.time),
        name=comment.name,
        role=comment.role,
        text=comment.text,
        feature=comment.feature,
        feature_name=place.feature_name,
        successors=place.successors,
        became=place.became,
        position=comment.position,
        eye=comment.eye,
        orientation=comment.orientation,
        variant=comment.variant,
        fov=comment.fov,
        planes=comment.planes,
        guid=model.guid,
        files=model.files,
    )
