"""One scene's comments on the event loop: asked here, written in a thread, told to everyone.

Nothing is told before it is on the disk.
"""

from __future__ import annotations

import asyncio
from itertools import count
from typing import TYPE_CHECKING

import msgspec

from .. import protocol
from ..access import Action, Role, may
from ..errors import RequestRefused
from ..protocol import Comments
from .rates import Rates
from .store import NEWEST, Kept
from .writer import Writer, not_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from ..clock import Clock
    from ..config import Limits
    from ..metrics import Metrics
    from ..protocol import CommentInfo
    from .requests import Hide, Post
    from .writer import Written

Frames = dict[Role, bytes]


class Board:
    """`announce` is given what changed, encoded once for each role."""

    def __init__(
        self,
        folder: Path,
        features: Path,
        *,
        limits: Limits,
        clock: Clock,
        metrics: Metrics,
        announce: Callable[[Frames], None],
    ) -> None:
        self._folder = folder
        self._features = features
        self._clock = clock
        self._metrics = metrics
        self._announce = announce
        self._rates = Rates(limits, clock.monotonic())
        self._newest: dict[int, CommentInfo] = {}
        self._frames: Frames | None = None
        self._numbers = count()
        self._asked: dict[int, asyncio.Future[Kept]] = {}
        self._writer: Writer | None = None

    @property
    def folder(self) -> Path:
        """Where the comments are kept."""
        return self._folder

    @property
    def features(self) -> Path:
        """The scene's CityObjects, which comments are about."""
        return self._features

    def move_to(self, features: Path) -> None:
        """The city has been made anew: these are its CityObjects from now on."""
        self._features = features
        if self._writer is not None:
            self._writer.move_to(features)

    def newest(self, role: Role) -> bytes:
        """The newest 200 as one message for somebody of this role."""
        if self._frames is None:
            self._frames = frames(self._newest.values())
        return self._frames[role]

    async def open(self) -> None:
        """Reads what is there, and is ready to write."""
        loop = asyncio.get_running_loop()

        def deliver(written: Written) -> None:
            loop.call_soon_threadsafe(self._take, written)

        writer = Writer(self._folder, self._features, deliver)
        self._remember(await asyncio.to_thread(writer.open))
        writer.start()
        self._writer = writer

    async def close(self) -> None:
        """Writes what waits."""
        writer, self._writer = self._writer, None
        if writer is not None:
            await asyncio.to_thread(writer.close)

    async def post(self, post: Post, address: str) -> CommentInfo:
        """The comment as it is on the disk; the same again for the same key.

        Raises `RequestRefused`.
        """
        self._rates.take(address, self._clock.monotonic(), post.key)
        kept = await self._ask(post)
        self._metrics.comments += kept.changed
        return kept.comment

    async def hide(self, hide: Hide) -> CommentInfo:
        """The comment as it is now; raises `RequestRefused`."""
        return (await self._ask(hide)).comment

    def _ask(self, request: Post | Hide) -> asyncio.Future[Kept]:
        if self._writer is None:
            raise not_stored(request)
        number = next(self._numbers)
        answer: asyncio.Future[Kept] = asyncio.get_running_loop().create_future()
        self._writer.submit(number, request, self._clock.micros())
        self._asked[number] = answer
        return answer

    def _take(self, written: Written) -> None:
        """What the writer says, on the event loop."""
        if written.newest is not None:
            self._tell(one for one in written.newest if self._newest.get(one.id) != one)
        outcomes = [outcome for _, outcome in written.answers]
        self._tell(one.comment for one in outcomes if isinstance(one, Kept) and one.changed)
        for number, outcome in written.answers:
            answer = self._asked.pop(number)
            if answer.done():
                continue
            if isinstance(outcome, RequestRefused):
                answer.set_exception(outcome)
            else:
                answer.set_result(outcome)

    def _tell(self, changed: Iterable[CommentInfo]) -> None:
        news = list(changed)
        if news:
            self._remember(news)
            self._announce(frames(news))

    def _remember(self, comments: Iterable[CommentInfo]) -> None:
        known = self._newest | {comment.id: comment for comment in comments}
        self._newest = {number: known[number] for number in sorted(known)[-NEWEST:]}
        self._frames = None


def frames(comments: Iterable[CommentInfo]) -> Frames:
    """The message `comments` as each role may read it, encoded once where they may the same."""
    whole = list(comments)
    public = [_without_text(comment) if comment.hidden else comment for comment in whole]
    for_all = protocol.encode(Comments(comments=public))
    for_hosts = protocol.encode(Comments(comments=whole)) if public != whole else for_all
    return {role: for_hosts if may(role, Action.HIDE_COMMENTS) else for_all for role in Role}


def _without_text(comment: CommentInfo) -> CommentInfo:
    return msgspec.structs.replace(comment, text="")
