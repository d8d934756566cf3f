"""What somebody asks of the consultation, cleaned and checked: to post or to hide a comment."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import Refusal, RequestRefused
from ..plain_text import plain, plain_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..manifest import ModelFile, Variant
    from ..message import CutPlane
    from ..protocol import Comment, Quaternion, Vector
    from ..protocol import Hide as HideMessage

MAX_TEXT_LENGTH = 1000
MAX_REASON_LENGTH = 200
MAX_FEATURE_LENGTH = 1024
_KEY = re.compile("[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True, slots=True)
class Author:
    """Who asks: a person's name and role, and the session she asks in ("" over plain HTTP)."""

    name: str
    role: str
    session: str


@dataclass(frozen=True, slots=True)
class Post:
    """A comment to be stored; metres in the scene frame, as in the message `comment`.

    `files` are those that the variant was made of which `feature` belongs to.
    """

    author: Author
    key: str
    text: str
    feature: str
    position: Vector
    eye: Vector
    orientation: Quaternion
    variant: str = ""
    fov: float | None = None
    planes: tuple[CutPlane, ...] = ()
    files: tuple[ModelFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Hide:
    """A comment to be hidden, or shown again, and why."""

    author: Author
    comment: int
    hidden: bool
    reason: str


Request = Post | Hide


def post_of(message: Comment, author: Author, variants: Iterable[Variant] = ()) -> Post:
    """The comment of a message in a scene with these variants.

    Raises `RequestRefused` (`bad-comment`).
    """
    if _KEY.fullmatch(message.key) is None:
        raise _bad(message, "A comment's key has 8 to 64 letters, digits, hyphens or underscores.")
    text = plain(message.text)
    if not text:
        raise _bad(message, "This comment is empty. Please write something.")
    if len(text) > MAX_TEXT_LENGTH:
        raise _bad(
            message,
            f"This comment has {len(text)} characters; at most {MAX_TEXT_LENGTH} are taken.",
        )
    if len(message.feature) > MAX_FEATURE_LENGTH:
        raise unknown_feature(message.key)
    known = {one.name: one for one in variants}
    if message.variant and message.variant not in known:
        raise _bad(message, "This comment is about a variant that this city doesn't have.")
    whose = known.get(message.feature.partition("/")[0])
    return Post(
        author=author,
        key=message.key,
        text=text,
        feature=message.feature,
        position=message.position,
        eye=message.eye,
        orientation=message.orientation,
        variant=message.variant,
        fov=message.fov,
        planes=tuple(message.planes),
        files=tuple(whose.files) if whose else (),
    )


def hide_of(message: HideMessage, author: Author) -> Hide:
    """What a host's message asks for."""
    reason = plain_line(message.reason)[:MAX_REASON_LENGTH]
    return Hide(author, message.comment, message.hidden, reason)


def unknown_feature(key: str) -> RequestRefused:
    """The comment is about nothing that this scene has."""
    return RequestRefused(
        Refusal.BAD_COMMENT, "This comment is about something that this city doesn't have.", key
    )


def _bad(message: Comment, sentence: str) -> RequestRefused:
    return RequestRefused(Refusal.BAD_COMMENT, sentence, message.key)
