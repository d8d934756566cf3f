"""The people of one scene: who is in, how they are called, where they are, who blocks whom."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..errors import Refusal, RequestRefused
from ..protocol import PersonInfo
from . import names
from .onlookers import Onlookers
from .poses import Poses
from .roster import Roster

if TYPE_CHECKING:
    from random import Random

    from ..clock import Now
    from ..protocol import Pose, Vector

# The wire writes a person in 16 bits.
NUMBERS = 1 << 16
# Whoever comes back within this time hasn't left.
GRACE_S = 30.0
# Whoever looks from farther off than this has left her body: she looks from above.
BODY_M = 10.0
# So many may be away at a time; before more can be, the longest gone are struck off.
MAX_ABSENT = 1024


@dataclass(slots=True, eq=False)
class Member:
    """Someone in the scene. `row` is hers in the columns of poses, while she has a pose."""

    person: int
    session: str
    name: str
    role: str
    row: int | None = None
    pose: Pose | None = None
    # Persons she blocks or who block her.
    blocks: set[int] = field(default_factory=set)
    blocked_by: set[int] = field(default_factory=set)


class Crowd:
    """Pure: times in monotonic seconds are given, names are drawn from the given `random`."""

    def __init__(self, random: Random) -> None:
        self.roster = Roster()
        self.poses = Poses()
        self.onlookers = Onlookers(self.poses)
        self.presence_bytes = 0
        self._random = random
        self._members: dict[int, Member] = {}
        self._sessions: dict[str, Member] = {}
        self._names: dict[str, Member] = {}
        # When those who are away went, longest gone first.
        self._absent: dict[int, float] = {}
        self._next = 0

    def __len__(self) -> int:
        return len(self._members)

    def enter(self, session: str, role: str, wish: str | None) -> Member:
        """Someone comes, or comes back as the same session: then she is who she was.

        Raises `RequestRefused` (`bad-name`) where she can't be called as she wishes.
        """
        name = None if wish is None else names.cleaned(wish)
        former = self._sessions.get(session)
        if former is not None:
            return self._return(former, role, name)
        ghost = None if name is None else self._names.get(name.casefold())
        if ghost is not None and ghost.person in self._absent:
            # Someone who lost her session comes again under her name.
            self._forget(ghost)
        person = self._free_number()
        chosen = self._distinct(name) if name else names.friendly(self._random, self._is_taken)
        member = Member(person, session, chosen, role)
        self._hold(member)
        self._announce(member)
        return member

    def leave(self, member: Member, now: float, for_good: bool = False) -> None:
        """Her connection is gone: she is nowhere at once, and leaves for good after `GRACE_S`."""
        if not self._is_current(member):
            return
        self._withdraw(member)
        if for_good:
            self._forget(member)
            return
        self._absent[member.person] = now
        if len(self._absent) > MAX_ABSENT:
            self._forget(self._members[next(iter(self._absent))])

    def sweep(self, now: float) -> None:
        """Strikes those off the list who haven't come back."""
        for person, left_at in tuple(self._absent.items()):
            if now - left_at <= GRACE_S:
                break
            self._forget(self._members[person])

    def presence(self, seats: list[int], now: Now) -> list[bytes | None]:
        """What each of these onlookers is to be told now of where others are, encoded."""
        frames = self.onlookers.frames(seats, now)
        self.presence_bytes += sum(len(frame) for frame in frames if frame is not None)
        return frames

    def rename(self, member: Member, wish: str) -> None:
        """Raises `RequestRefused` (`bad-name`)."""
        name = names.cleaned(wish)
        if not self._is_current(member):
            return
        del self._names[member.name.casefold()]
        member.name = self._distinct(name)
        self._names[member.name.casefold()] = member
        self._announce(member)

    def block(self, member: Member, person: int, blocked: bool) -> None:
        """From now on (not) to see each other; raises `RequestRefused` (`unknown-person`)."""
        other = self._members.get(person)
        if other is None or other is member:
            raise RequestRefused(Refusal.UNKNOWN_PERSON, "This person isn't here any more.")
        if not self._is_current(member):
            return
        if blocked:
            member.blocks.add(person)
            other.blocked_by.add(member.person)
        else:
            member.blocks.discard(person)
            other.blocked_by.discard(member.person)
        # Both are told at the next tick, though nobody moved.
        self.poses.version += 1

    def move(self, member: Member, pose: Pose) -> None:
        """She is there now; the former pose is forgotten."""
        if member.pose == pose or not self._is_current(member):
            return
        if member.row is None:
            member.row = self.poses.add(member.person)
        member.pose = pose
        self.poses.put(member.row, pose)

    def _return(self, former: Member, role: str, name: str | None) -> Member:
        # A new object: what the former connection still does isn't hers any more.
        member = Member(former.person, former.session, former.name, role)
        member.blocks, member.blocked_by = former.blocks, former.blocked_by
        self._withdraw(former)
        self._absent.pop(former.person, None)
        del self._names[former.name.casefold()]
        if name is not None:
            member.name = self._distinct(name)
        self._hold(member)
        if (member.name, role) != (former.name, former.role):
            self._announce(member)
        return member

    def look_from(self, member: Member, eye: Vector) -> None:
        """She looks from there; where that isn't from her body, she is nowhere any more."""
        if member.pose is not None and math.dist(member.pose.position, eye) > BODY_M:
            self._withdraw(member)

    def _is_current(self, member: Member) -> bool:
        """Whether no later connection has taken her place."""
        return self._members.get(member.person) is member

    def _hold(self, member: Member) -> None:
        self._members[member.person] = member
        self._sessions[member.session] = member
        self._names[member.name.casefold()] = member

    def _announce(self, member: Member) -> None:
        self.roster.tell(PersonInfo(person=member.person, name=member.name, role=member.role))

    def _withdraw(self, member: Member) -> None:
        if member.row is not None:
            self.poses.remove(member.row)
        member.row = None
        member.pose = None

    def _forget(self, member: Member) -> None:
        self._absent.pop(member.person, None)
        del self._members[member.person]
        del self._sessions[member.session]
        del self._names[member.name.casefold()]
        for person in member.blocks | member.blocked_by:
            if (other := self._members.get(person)) is not None:
                other.blocks.discard(member.person)
                other.blocked_by.discard(member.person)
        self.roster.tell_gone(member.person)

    def _distinct(self, name: str) -> str:
        return names.distinct(name, self._is_taken)

    def _is_taken(self, name: str) -> bool:
        return name.casefold() in self._names

    def _free_number(self) -> int:
        # In turn, so that a number isn't soon another's.
        while self._next in self._members:
            self._next = (self._next + 1) % NUMBERS
        person = self._next
        self._next = (self._next + 1) % NUMBERS
        return person
