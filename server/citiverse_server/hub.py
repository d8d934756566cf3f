"""All connections of a server, and what they share: scenes, content, sensors, clock, counters."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from functools import partial
from typing import TYPE_CHECKING

from . import protocol, renewal, rounds
from .access import Role
from .consultation.board import Board
from .content import ContentCache
from .errors import ErrorCode, ProtocolError, SceneError, ServerError
from .invitations import inviter_in
from .listening import Listening, sensors_of
from .making import Ended, Progress, Remade
from .metrics import Metrics
from .overlays.audience import Audience
from .overlays.binding import bind
from .overlays.place import frame_at
from .people.crowd import Crowd
from .protocol import encode
from .scene import open_scene
from .session import Session, SessionOptions
from .state import state_folder
from .waiting import WaitingRoom

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from .clock import Clock, Now
    from .config import ServerConfig
    from .connection import Connection
    from .invitations import Inviter
    from .library import Library
    from .making import Maker
    from .scene import Scene

logger = logging.getLogger("citiverse.hub")

FAILED = (
    "The rest of this city could not be read. What is here stays; its shapes are rough, and parts"
    " of it may be missing."
)
NOTHING = "This city could not be read. Whoever started the server can see why."
SWEEP_S = 1.0
REBIND_S = 1.0


class Hub:
    """Raises `ConfigError` where the sensor file can't be used."""

    def __init__(self, config: ServerConfig, scenes: Library, clock: Clock) -> None:
        self.config = config
        self.scenes = scenes
        self.content = ContentCache(config.cache_bytes)
        self.metrics = Metrics()
        self._clock = clock
        self.listening = Listening(sensors_of(config), clock, config.feed)
        self.sensors = self.listening.sensors
        self._connections: set[Connection] = set()
        self._running = False
        self._closing = False
        self.inviters = dict(_inviters(config, scenes))
        self.boards: dict[str, Board] = {}
        self.audiences: dict[str, Audience] = {}
        self._entering: dict[str, asyncio.Task[Scene | None]] = {}
        self.crowds = {name: Crowd(secrets.SystemRandom()) for name in scenes}
        self.making: dict[str, bytes] = {}
        self.waiting = WaitingRoom(config.max_sessions)
        self.failure = ""
        self._revisions = dict.fromkeys(scenes, 0)
        self._options = SessionOptions(
            scenes=scenes,
            inviters=self.inviters,
            crowds=self.crowds,
            limits=config.limits,
            window_bytes=config.window_bytes,
            delivery=config.delivery,
            revisions=self._revisions,
            epoch=clock.micros(),
            secret=secrets.token_bytes(32),
        )

    @property
    def ready(self) -> bool:
        """Whether new sessions are welcome."""
        return self._running and not self._closing

    @property
    def forthcoming(self) -> str | None:
        """The name of the scene that isn't there yet."""
        maker = self.config.maker
        return maker.name if maker is not None and maker.name not in self.scenes else None

    def knows(self, scene: str) -> bool:
        """Whether there is a scene of this name, or will be."""
        return scene in self.scenes or scene == self.forthcoming

    async def enter(self, name: str) -> Scene | None:
        """The scene of a name with all that belongs to it, for whoever asks for anything in it.

        The first one opens it. Raises `SceneError` where that can't be done, and logs why.
        """
        if name not in self.boards or name not in self.scenes.alive:
            entering = self._entering.get(name)
            if entering is None:
                entering = self._entering[name] = asyncio.create_task(self._enter(name))
                entering.add_done_callback(lambda _: self._entering.pop(name))
            return await asyncio.shield(entering)
        return self.scenes[name]

    async def _enter(self, name: str) -> Scene | None:
        try:
            scene = await self.scenes.opened(name)
        except SceneError as error:
            logger.error("%s", error)
            raise
        if scene is not None:
            await self._open_board(scene)
            await self._bind(scene)
        return scene

    async def _bind(self, scene: Scene, *, anew: bool = False) -> None:
        """Finds the places of the city's sensors in a scene. Raises `SceneError`.

        `anew`: it is another one under its name, and whoever is in it comes to it afterwards.
        """
        sensors = self.sensors
        things = tuple(sensors.registry.things.values())
        binding = await asyncio.to_thread(bind, scene, things)
        sensors.bind(scene.name, binding)
        if scene.name in self.audiences and not anew:
            self.audiences[scene.name].renew(binding)
            return
        origin = scene.manifest_file.manifest.origin
        self.audiences[scene.name] = Audience(
            sensors.registry,
            binding,
            (sensors.latest, sensors.fixes),
            frame_at(origin.lon, origin.lat),
            [style.info() for style in sensors.file.style],
        )

    async def _rebind(self) -> None:
        """Sources discover sensors as they go: whoever is in a scene is told of the new ones."""
        while True:
            await asyncio.sleep(REBIND_S)
            for scene in self.scenes.held:
                if scene.name not in self.audiences or self.sensors.is_bound(scene.name):
                    continue
                try:
                    await self._bind(scene)
                except SceneError as error:
                    logger.error("%s", error)

    async def _open_board(self, scene: Scene) -> None:
        board = self.boards.get(scene.name)
        if board is None:
            board = self._board(scene)
            await board.open()
            self.boards[scene.name] = board
        elif board.features != scene.features:
            # Where a scene is copied here from elsewhere, each time it is to another place.
            board.move_to(scene.features)

    def now(self) -> Now:
        """This moment."""
        return self._clock.now()

    def new_session(self) -> Session:
        """A session that waits for its hello."""
        return Session(self._options, secrets.token_urlsafe(12), self.now())

    def refusal(self) -> ProtocolError | None:
        """Why no session can be opened now, if so."""
        if self._closing:
            return ProtocolError(ErrorCode.GOING_AWAY, "The server is stopping.")
        if len(self._connections) >= self.config.max_sessions or self.waiting.is_full:
            return ProtocolError(ErrorCode.SERVER_FULL, "The server is full; try again later.")
        return None

    @contextlib.contextmanager
    def holding(self, connection: Connection) -> Iterator[None]:
        """Counts a connection in for as long as it lives."""
        self._connections.add(connection)
        self.metrics.sessions += 1
        self.metrics.sessions_total += 1
        try:
            yield
        finally:
            self._connections.discard(connection)
            self.metrics.sessions -= 1

    def tell(self, scene: str, frames: dict[Role, bytes]) -> None:
        """Sends everyone in a scene the frame of her role."""
        for connection in self._connections:
            if connection.is_in(scene):
                connection.tell(frames[connection.role])

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Runs the comments, the sensors, their tick and the sweep of silent clients meanwhile."""
        for scene in self.scenes.held:
            await self.enter(scene.name)
        meetings = rounds.run(self._connections, self.now)
        always = (meetings, self._sweep(), renewal.watch(self), self._rebind())
        tasks = [asyncio.create_task(work) for work in always]
        tasks += map(asyncio.create_task, self.listening.tasks(self._tell))
        if self.config.maker is not None:
            tasks.append(asyncio.create_task(self._follow(self.config.maker)))
        for task in tasks:
            task.add_done_callback(_tell_bug)
        self._running = True
        try:
            yield
        finally:
            await self.close()
            for task in tasks:
                task.cancel()
            # A broker that hangs mustn't hold up the end.
            await asyncio.wait(tasks, timeout=0.5)
            await self.listening.close()
            for board in self.boards.values():
                await board.close()

    async def close(self) -> None:
        """Tells every client that the server stops, and waits a moment for them to go."""
        self._closing = True
        self.waiting.open()
        error = ProtocolError(ErrorCode.GOING_AWAY, "The server is stopping; reconnect soon.")
        for connection in tuple(self._connections):
            connection.end(error)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.8):
                while self._connections or self.waiting.inside:
                    await asyncio.sleep(0.01)

    async def admit(self, scene: Scene) -> None:
        """The scene is there that everybody waits for. Raises `StateError`."""
        name = scene.name
        await self._open_board(scene)
        self.crowds[name] = Crowd(secrets.SystemRandom())
        await self._bind(scene, anew=True)
        self._revisions[name] = 0
        self.scenes.put(scene)
        self.inviters.update(_inviters(self.config, self.scenes))
        self.waiting.open()

    async def move_to(self, scene: Scene) -> None:
        """A city has been made anew under its name: everyone in it goes on in the new scene.

        Raises `SceneError` where its features can't be read.
        """
        name = scene.name
        await self._bind(scene, anew=True)
        self.scenes.put(scene)
        self._revisions[name] += 1
        self.boards[name].move_to(scene.features)
        manifest = scene.manifest_file.packed
        news = encode(protocol.Scene(revision=self._revisions[name], manifest=manifest))
        for connection in tuple(self._connections):
            if connection.is_in(name):
                connection.move_to(scene, news)

    async def _follow(self, maker: Maker) -> None:
        name = maker.name
        try:
            async for news in maker.news():
                match news:
                    case Progress(stage, done):
                        self._tell_making(name, protocol.Making(state=stage, done=done))
                    case Remade(folder):
                        scene = await asyncio.to_thread(_opened, folder, name)
                        if name in self.scenes:
                            await self.move_to(scene)
                        else:
                            await self.admit(scene)
                    case Ended(""):
                        self._tell_making(name, protocol.Making(state="done", done=1.0))
                        del self.making[name]
                    case Ended(failure):
                        self._tell_failure(name, failure)
        except ServerError as error:
            self._tell_failure(name, str(error))

    def _tell_making(self, name: str, making: protocol.Making) -> None:
        self.making[name] = frame = encode(making)
        self.waiting.tell(frame)
        self.tell(name, dict.fromkeys(Role, frame))

    def _tell_failure(self, name: str, failure: str) -> None:
        if name not in self.scenes:
            self.failure = failure
            self._tell_making(name, protocol.Making(state="failed", done=0.0, message=NOTHING))
            return
        logger.error("%s", failure)
        self._tell_making(name, protocol.Making(state="failed", done=0.0, message=FAILED))

    def _board(self, scene: Scene) -> Board:
        return Board(
            state_folder(_place(scene.folder, self.config), scene.name, self.config.state),
            scene.features,
            limits=self.config.limits,
            clock=self._clock,
            metrics=self.metrics,
            announce=partial(self.tell, scene.name),
        )

    def _tell(self) -> bool:
        """Tells everyone what is new of sensors; whether something waits for its time."""
        now, latest, fixes = self.now(), self.sensors.latest, self.sensors.fixes
        told, moved = latest.tell(now.monotonic), fixes.tell(now.monotonic)
        for audience in self.audiences.values():
            audience.tell(told, moved, now)
        return latest.waiting or fixes.waiting or any(one.owes for one in self.audiences.values())

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            for crowd in self.crowds.values():
                crowd.sweep(self._clock.monotonic())
            for connection in tuple(self._connections):
                connection.check()


def _tell_bug(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (bug := task.exception()) is not None:
        logger.critical("A part of the server has stopped; restart it.", exc_info=bug)


def _opened(folder: Path, name: str) -> Scene:
    """The scene in a folder; raises `SceneError` also where it has another name."""
    scene = open_scene(folder)
    if scene.name != name:
        raise SceneError(f"it is called {scene.name!r}, and {name!r} was expected", folder)
    return scene


def _place(folder: Path, config: ServerConfig) -> Path:
    """Where a scene lies, or will lie when it is finished."""
    return folder if config.maker is None else config.maker.place


def _inviters(config: ServerConfig, scenes: Library) -> Iterator[tuple[str, Inviter]]:
    """Those of all scenes whose secret can be read or made."""
    for name, entry in scenes.entries.items():
        try:
            yield name, inviter_in(state_folder(_place(entry.folder, config), name, config.state))
        except OSError as error:
            logger.warning("%s takes no invitations: %s.", name, error)
