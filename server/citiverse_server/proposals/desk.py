"""The proposals of one scene: what each is at, on the disk, and what is being done with it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ..errors import ServerError
from . import orders
from .model import ByFile, ByHand, Proposal, Revision, Work, shown
from .refusal import RefusedError
from .upload import length_of, received, shown_name, stem_of

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from pathlib import Path

    from starlette.requests import Request

    from .model import Model, Phase, Publication, Shown, Wish
    from .orders import Told
    from .reader import Reader
    from .store import ProposalStore
    from .surroundings import Surroundings

logger = logging.getLogger("citiverse.proposals")

MOST = 16
MOST_COMING = 4
LOOK_S, PLACE_S, PUBLISH_S = 300.0, 30.0, 600.0
WAIT_S = 20.0
_BUSY: tuple[Phase, ...] = ("reading", "publishing")
_CUT_OFF = "The server was stopped meanwhile. Please do it again."


@dataclass(slots=True, eq=False)
class _Entry:
    """A proposal, how often it changed, and what is being done with it.

    `seen` is the file that is being read, which takes the former one's place when it was.
    """

    proposal: Proposal
    version: int = 1
    task: asyncio.Task[None] | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class Desk:
    """Opened on the first question about proposals of a scene."""

    def __init__(
        self, around: Surroundings, store: ProposalStore, reader: Reader, most_bytes: int
    ) -> None:
        self._around = around
        self._store = store
        self._reader = reader
        self._most_bytes = most_bytes
        self._entries: dict[str, _Entry] = {}
        self._coming = 0

    async def open(self, now_s: float) -> None:
        """Take up what is on the disk; what was being done when the server stopped wasn't."""
        is_cut_off = False
        for proposal in await asyncio.to_thread(lambda: list(self._store.all(now_s))):
            is_cut_off |= proposal.phase == "publishing"
            self._entries[proposal.id] = _Entry(self._settled(proposal))
        if is_cut_off:
            with contextlib.suppress(RefusedError):
                await self._tidy(self._around.folder)

    async def close(self) -> None:
        """Stop what is being done; on the disk it is as if it had never begun."""
        tasks = [entry.task for entry in self._entries.values() if entry.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def all(self) -> list[Shown]:
        """The oldest first."""
        return [self._shown(entry) for entry in self._entries.values()]

    def one(self, number: str) -> Shown:
        """Raises `RefusedError`."""
        return self._shown(self._entry(number))

    async def after(self, number: str, version: int) -> Shown:
        """The proposal when it has changed since, or after a while anyway."""
        entry = self._entry(number)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WAIT_S):
                while entry.version <= version and number in self._entries:
                    await entry.changed.wait()
        return self.one(number)

    def preview(self, number: str) -> Path:
        """The file. Raises `RefusedError`."""
        path = self._store.preview(self._entry(number).proposal)
        if not path.is_file():
            raise RefusedError(404, "There is no preview yet.")
        return path

    async def take(self, request: Request, name: str, made: int) -> Shown:
        """A new proposal, which is then read."""
        folder = self._around.folder
        length = length_of(request, self._most_bytes)
        if len(self._entries) + self._coming >= MOST:
            raise RefusedError(429, f"There are {MOST} proposals already. Remove one first.")
        number = secrets.token_urlsafe(9)
        stem = stem_of(name)
        with self._one_more():
            try:
                await received(request, self._store.take(number, 1), stem, length)
            except BaseException:
                self._store.remove(number)
                raise
        shown = shown_name(name)
        proposal = Proposal(number, made, shown, stem, length, 1, "reading")
        self._store.save(proposal)
        entry = self._entries[number] = _Entry(proposal)
        self._begin(entry, self._look(entry, folder, proposal))
        return self._shown(entry)

    async def revise(self, request: Request, number: str, name: str) -> Shown:
        """A revised file, which takes the place of the former one when it was read."""
        folder, entry = self._around.folder, self._free(number)
        length = length_of(request, self._most_bytes)
        before = entry.proposal
        take = before.take + 1
        await asyncio.to_thread(self._store.forget_other_takes, before)
        with self._one_more():
            await received(request, self._store.take(number, take), before.stem, length)
        self._free(number)
        coming = replace(before, file=shown_name(name), bytes=length, take=take, problem="")
        self._change(entry, replace(before, phase="reading", problem=""))
        self._begin(entry, self._look(entry, folder, coming))
        return self._shown(entry)

    async def place(self, number: str, wish: Wish) -> Shown:
        """Where it is to stand. Raises `RefusedError`."""
        folder, entry = self._around.folder, self._free(number)
        model = _read(entry.proposal)
        if not model.movable and not isinstance(wish, ByFile):
            raise RefusedError(409, "This file says itself where it stands: it can't be moved.")
        end = await self._reader.do(orders.Place(str(folder), model, wish), _nobody, PLACE_S)
        if isinstance(end, orders.Failed):
            raise RefusedError(400, _sentence(end.problem))
        assert isinstance(end, orders.Placed)
        self._free(number)
        self._keep(
            entry,
            replace(
                entry.proposal,
                placement=end.placement,
                landing=end.landing,
                phase="ready",
                problem="",
            ),
        )
        return self._shown(entry)

    async def publish(self, number: str, publication: Publication) -> Shown:
        """Begin to make it a variant. Raises `RefusedError`."""
        folder, entry = self._around.folder, self._free(number)
        before = entry.proposal
        if _read(before).movable and before.placement is None:
            raise RefusedError(409, "This proposal has no place yet. Place it first.")
        others = frozenset(one.proposal.name for one in self._entries.values() if one is not entry)
        name = before.name or await asyncio.to_thread(
            self._around.free_name, publication.title, others
        )
        self._free(number)
        publishing = replace(
            before,
            phase="publishing",
            problem="",
            name=name,
            title=publication.title,
            description=publication.description,
            replaces=publication.replaces,
            replaces_footprint=publication.replaces_footprint,
        )
        self._keep(entry, publishing)
        self._begin(entry, self._publish(entry, folder, publication))
        return self._shown(entry)

    async def withdraw(self, number: str) -> Shown:
        """Take the variant back. Raises `RefusedError`."""
        entry = self._free(number)
        if entry.proposal.variant:
            folder = self._around.folder
            order = orders.Withdraw(str(folder), entry.proposal.variant)
            end = await self._reader.do(order, _nobody, PLACE_S)
            if isinstance(end, orders.Failed):
                raise RefusedError(503, _sentence(end.problem))
            await self._around.renew()
            self._keep(entry, replace(entry.proposal, variant="", phase="ready", revision=None))
        return self._shown(entry)

    async def remove(self, number: str) -> None:
        """Remove it, and its variant. Raises `RefusedError`."""
        await self.stop(number)
        await self.withdraw(number)
        entry = self._entries.pop(number)
        entry.changed.set()
        await asyncio.to_thread(self._store.remove, number)

    async def stop(self, number: str) -> Shown:
        """End what is being done; it is what it was before. Raises `RefusedError`."""
        entry = self._entry(number)
        if entry.task is not None and not entry.task.done():
            is_publishing = entry.proposal.phase == "publishing"
            entry.task.cancel()
            await asyncio.gather(entry.task, return_exceptions=True)
            if is_publishing:
                await self._recover(entry, "")
        return self._shown(entry)

    async def _recover(self, entry: _Entry, problem: str) -> None:
        """After a publishing that ended early, somewhere: the variant is there, or it is not."""
        await self._tidy(self._around.folder)
        await self._around.renew()
        self._keep(entry, replace(self._settled(entry.proposal), problem=problem))

    async def _tidy(self, folder: Path) -> None:
        await self._reader.do(orders.Tidy(str(folder)), _nobody, PLACE_S)

    async def _look(self, entry: _Entry, folder: Path, coming: Proposal) -> None:
        """Read a file; a proposal is of the former one until that is done."""
        order = orders.Look(
            str(folder), str(self._store.file(coming)), str(self._store.preview(coming))
        )
        seen: list[Model] = []

        def heard(told: Told) -> None:
            if isinstance(told, orders.Seen):
                seen.append(told.model)
            self._hear(entry, told)

        try:
            end = await self._reader.do(order, heard, LOOK_S)
        except asyncio.CancelledError:
            self._keep(entry, replace(self._settled(entry.proposal), problem=""))
            raise
        if isinstance(end, orders.Failed) or not seen:
            problem = end.problem if isinstance(end, orders.Failed) else _CUT_OFF
            self._keep(entry, replace(self._settled(entry.proposal), problem=_sentence(problem)))
            return
        read = replace(coming, model=seen[-1], phase="reading", problem="")
        self._change(entry, read)
        placed = await self._placed_first(folder, read)
        self._keep(entry, replace(placed, phase="ready", work=None))
        self._store.forget_other_takes(placed)

    async def _placed_first(self, folder: Path, proposal: Proposal) -> Proposal:
        """What says where it stands is placed there; what was placed is looked at once more."""
        model = _read(proposal)
        wish: Wish
        if proposal.placement is not None and model.movable:
            stood = proposal.placement
            wish = ByHand(stood.position, stood.heading_deg, on_ground=False)
        elif model.georeference is not None:
            wish = ByFile()
        else:
            return proposal
        end = await self._reader.do(orders.Place(str(folder), model, wish), _nobody, PLACE_S)
        if not isinstance(end, orders.Placed):
            return proposal
        by = proposal.placement.by if proposal.placement is not None else end.placement.by
        return replace(proposal, placement=replace(end.placement, by=by), landing=end.landing)

    async def _publish(self, entry: _Entry, folder: Path, publication: Publication) -> None:
        proposal = entry.proposal
        model = _read(proposal)
        order = orders.Publish(
            str(folder),
            str(self._store.file(proposal)),
            proposal.name,
            model.anchor,
            proposal.placement if model.movable else None,
            publication,
        )
        end = await self._reader.do(order, lambda told: self._hear(entry, told), PUBLISH_S)
        if not isinstance(end, orders.Published):
            problem = end.problem if isinstance(end, orders.Failed) else _CUT_OFF
            await self._recover(entry, _sentence(problem))
            return
        await self._around.renew()
        revision = None
        if end.elements is not None:
            kept, orphans = await self._around.comments_on(proposal.name)
            some = end.elements
            revision = Revision(some.same, some.renamed, some.gone, some.new, kept, orphans)
        self._keep(
            entry,
            replace(
                proposal,
                phase="published",
                variant=proposal.name,
                work=None,
                revision=revision,
            ),
        )

    def _begin(self, entry: _Entry, work: Coroutine[None, None, None]) -> None:
        self._change(entry, replace(entry.proposal, work=Work("waiting for its turn")))
        entry.task = asyncio.create_task(self._guarded(entry, work))

    async def _guarded(self, entry: _Entry, work: Coroutine[None, None, None]) -> None:
        """What goes wrong here is said, and is no end of anything."""
        try:
            await work
        except (ServerError, OSError, RefusedError) as error:
            logger.error("%s", error)
            self._keep(entry, replace(self._settled(entry.proposal), problem=_sentence(str(error))))
        except Exception:
            logger.exception("A proposal can't be read, by a mistake of this program.")
            problem = "The server made a mistake, which its log tells of."
            self._keep(entry, replace(self._settled(entry.proposal), problem=problem))

    def _hear(self, entry: _Entry, told: Told) -> None:
        if isinstance(told, orders.Stage):
            self._change(entry, replace(entry.proposal, work=Work(told.stage, told.share)))

    def _settled(self, proposal: Proposal) -> Proposal:
        """The proposal when nothing is being done with it, whatever was."""
        variant = proposal.name if proposal.name in self._around.variants else ""
        problem = _CUT_OFF if proposal.phase in _BUSY else proposal.problem
        phase: Phase = "ready"
        if proposal.model is None:
            phase = "failed"
        elif variant and proposal.phase in ("published", "publishing"):
            phase = "published"
        return replace(proposal, phase=phase, variant=variant, problem=problem, work=None)

    def _keep(self, entry: _Entry, proposal: Proposal) -> None:
        """It is so from now on, and on the disk."""
        if proposal.id in self._entries:
            self._store.save(proposal)
            self._change(entry, proposal)

    def _change(self, entry: _Entry, proposal: Proposal) -> None:
        entry.proposal = proposal
        entry.version += 1
        entry.changed.set()
        entry.changed = asyncio.Event()

    def _entry(self, number: str) -> _Entry:
        if number not in self._entries:
            raise RefusedError(404, "There is no such proposal.")
        return self._entries[number]

    def _free(self, number: str) -> _Entry:
        entry = self._entry(number)
        if entry.task is not None and not entry.task.done():
            raise RefusedError(409, "This proposal is being worked on. Please wait, or stop that.")
        return entry

    @contextlib.contextmanager
    def _one_more(self) -> Iterator[None]:
        """Counts a file that is coming. Raises `RefusedError` where too many are."""
        if self._coming >= MOST_COMING:
            raise RefusedError(429, "Other files are coming just now. Please try again soon.")
        self._coming += 1
        try:
            yield
        finally:
            self._coming -= 1

    def _shown(self, entry: _Entry) -> Shown:
        return shown(entry.proposal, entry.version, self._around.scene)


def _read(proposal: Proposal) -> Model:
    if proposal.model is None:
        raise RefusedError(409, "This file hasn't been read.")
    return proposal.model


def _nobody(told: Told) -> None:
    """Hears what is said on the way."""
    del told


def _sentence(problem: str) -> str:
    """A problem as it is shown: it begins with a capital, and ends with a stop."""
    return problem[:1].upper() + problem[1:].rstrip(".") + "."
