"""One session's part in a crowd: what it does there, and what it is told of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .onlooker import Onlooker

if TYPE_CHECKING:
    from ..clock import Now
    from ..protocol import Pose, Vector
    from .crowd import Crowd, Member


class Visit:
    """From `welcome` to `leave`."""

    def __init__(self, crowd: Crowd, member: Member) -> None:
        self._crowd = crowd
        self._member = member
        self._onlooker = Onlooker(crowd.poses, member)
        self._roster_version = crowd.roster.version

    @property
    def person(self) -> int:
        """Her number."""
        return self._member.person

    @property
    def name(self) -> str:
        """How she is called now."""
        return self._member.name

    @property
    def has_news(self) -> bool:
        """Whether `next` may have something to tell."""
        return self._roster_version != self._crowd.roster.version or self._onlooker.has_news

    def everyone(self) -> bytes:
        """The list of all who are here, herself included, encoded."""
        return self._crowd.roster.everyone()

    def next_people(self) -> bytes | None:
        """What changed in the list since it was told last, encoded."""
        changes = self._crowd.roster.since(self._roster_version)
        self._roster_version = self._crowd.roster.version
        return changes

    def next_presence(self, now: Now) -> bytes | None:
        """Where those near are now, encoded, as far as it is worth telling."""
        frame = self._onlooker.next(now)
        if frame is not None:
            self._crowd.presence_bytes += len(frame)
        return frame

    def look_from(self, eye: Vector) -> None:
        """Her eye is there, though perhaps nobody sees her."""
        self._onlooker.look_from(eye)
        self._crowd.look_from(self._member, eye)

    def move(self, pose: Pose) -> None:
        """Others see her there from now on."""
        self._onlooker.look_from(pose.position)
        self._crowd.move(self._member, pose)

    def rename(self, wish: str) -> None:
        """Raises `RequestRefused` (`bad-name`)."""
        self._crowd.rename(self._member, wish)

    def block(self, person: int, blocked: bool) -> None:
        """Raises `RequestRefused` (`unknown-person`)."""
        self._crowd.block(self._member, person, blocked)

    def leave(self, now: Now, for_good: bool) -> None:
        """Her connection is gone, by her own will or not."""
        self._crowd.leave(self._member, now.monotonic, for_good)
