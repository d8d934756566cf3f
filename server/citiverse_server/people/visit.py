"""One session's part in a crowd: what it does there, and what it is told of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..clock import Now
    from ..protocol import Pose, Vector
    from .crowd import Crowd, Member


class Visit:
    """From `welcome` to `leave`."""

    def __init__(self, crowd: Crowd, member: Member) -> None:
        self._crowd = crowd
        self._member = member
        # Whoever hasn't looked at anything yet needs none.
        self._seat: int | None = None
        self._roster_version = crowd.roster.version

    @property
    def crowd(self) -> Crowd:
        """Those who are there."""
        return self._crowd

    @property
    def person(self) -> int:
        """Her number."""
        return self._member.person

    @property
    def name(self) -> str:
        """How she is called now."""
        return self._member.name

    @property
    def seat(self) -> int | None:
        """Her seat among the onlookers, where somebody may have moved since she was told last."""
        if self._seat is None or not self._crowd.onlookers.has_news(self._seat):
            return None
        return self._seat

    @property
    def list_has_changed(self) -> bool:
        """Whether `next_people` has something to tell."""
        return self._roster_version != self._crowd.roster.version

    def everyone(self) -> bytes:
        """The list of all who are here, herself included, encoded."""
        return self._crowd.roster.everyone()

    def next_people(self) -> bytes | None:
        """What changed in the list since it was told last, encoded."""
        changes = self._crowd.roster.since(self._roster_version)
        self._roster_version = self._crowd.roster.version
        return changes

    def look_from(self, eye: Vector) -> None:
        """Her eye is there, though perhaps nobody sees her."""
        self._look(eye)
        self._crowd.look_from(self._member, eye)

    def move(self, pose: Pose) -> None:
        """Others see her there from now on."""
        self._look(pose.position)
        self._crowd.move(self._member, pose)

    def _look(self, eye: Vector) -> None:
        onlookers = self._crowd.onlookers
        if self._seat is None:
            self._seat = onlookers.sit(self._member, eye)
        else:
            onlookers.look_from(self._seat, eye)

    def rename(self, wish: str) -> None:
        """Raises `RequestRefused` (`bad-name`)."""
        self._crowd.rename(self._member, wish)

    def block(self, person: int, blocked: bool) -> None:
        """Raises `RequestRefused` (`unknown-person`)."""
        self._crowd.block(self._member, person, blocked)

    def leave(self, now: Now, for_good: bool) -> None:
        """Her connection is gone, by her own will or not."""
        if self._seat is not None:
            self._crowd.onlookers.rise(self._seat)
            self._seat = None
        self._crowd.leave(self._member, now.monotonic, for_good)
