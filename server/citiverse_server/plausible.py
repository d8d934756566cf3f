"""Numbers that a client may send: finite, within reach, and such as an eye can have."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .claims import NAME_BYTES
from .errors import ErrorCode, ProtocolError

if TYPE_CHECKING:
    from .protocol import Comment, Pose, Quaternion, Vector, View

MAX_DISTANCE_M = 100_000.0
MIN_FOV = 0.001
MIN_NORMAL = 1e-6
AHEAD = (0.0, 0.0, 0.0, 1.0)


def check_view(view: View) -> None:
    """Raises `ProtocolError` (`bad-message`), as do all of these."""
    # A velocity has the bounds of a position: so far in one second.
    _check("view", (view.position, view.velocity), view.orientation)
    check_sight("view", view.fov, view.viewport)


def check_sight(kind: str, fov: list[float], viewport: tuple[float, float]) -> None:
    """How wide the eye sees, and on how many pixels; `kind` is the message that says so."""
    if not all(map(math.isfinite, (*fov, *viewport))):
        raise _bad(kind, "a number isn't finite")
    if not all(MIN_FOV <= angle <= math.pi - MIN_FOV for angle in fov):
        raise _bad(kind, "the field of view isn't between 0.001 and 3.14")
    if not all(1.0 <= side <= 32_768.0 for side in viewport):
        raise _bad(kind, "the viewport isn't between 1 and 32768 pixels")


def check_pose(pose: Pose) -> None:
    """The eye, where it looks, and the hands."""
    if not all(map(math.isfinite, (pose.heading, pose.pitch))):
        raise _bad("pose", "a number isn't finite")
    _check("pose", (pose.position, *pose.hands))


def check_comment(comment: Comment) -> None:
    """The point, the viewpoint and what is cut away."""
    points = [plane[:3] for plane in comment.planes]
    _check("comment", (comment.position, comment.eye, *points), comment.orientation)
    if comment.fov is not None and not MIN_FOV <= comment.fov <= math.pi:
        raise _bad("comment", "a field of view isn't between 0 and half a turn")
    for plane in comment.planes:
        if not MIN_NORMAL <= math.hypot(*plane[3:]) <= 1 / MIN_NORMAL:
            raise _bad("comment", "a plane has no direction")


def check_names(kind: str, names: bytes) -> None:
    """Beginnings of hashes, one after the other."""
    if len(names) % NAME_BYTES:
        raise _bad(kind, f"its names haven't {NAME_BYTES} bytes each")


def _check(kind: str, places: tuple[Vector, ...], orientation: Quaternion = AHEAD) -> None:
    for place in places:
        if not all(map(math.isfinite, place)):
            raise _bad(kind, "a number isn't finite")
        if math.hypot(*place) > MAX_DISTANCE_M:
            raise _bad(kind, "a place is more than 100 km from the origin")
    length = math.hypot(*orientation)
    # Not a number fails every comparison.
    if not 0.5 <= length <= 2.0:
        raise _bad(kind, "the orientation isn't a unit quaternion")


def _bad(kind: str, why: str) -> ProtocolError:
    return ProtocolError(ErrorCode.BAD_MESSAGE, f"This {kind} can't be used: {why}.")
