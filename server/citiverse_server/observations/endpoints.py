"""What was observed, over HTTP: one datastream, or a whole scene; the work is done in threads."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import TYPE_CHECKING

from ..answers import BadQuestionError, as_body, as_json, problem
from ..errors import SceneError, StateError
from ..overlays.place import frame_at
from .asking import asked_span, asked_step, question

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from ..hub import Hub
    from .asking import Question
    from .store import ObservationStore

    Answering = Callable[[Request, ObservationStore], Awaitable[Response]]

logger = logging.getLogger("citiverse.http")

CSV = "text/csv; charset=utf-8; header=present"
MSGPACK = "application/msgpack"


class ObservationEndpoints:
    """One method for each route."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        # Each may read and write much: so few at a time leave the others their threads.
        self._asking, self._playing = asyncio.Semaphore(2), asyncio.Semaphore(1)

    async def history(self, request: Request) -> Response:
        """One datastream's observations, all of them or in steps, as JSON or CSV."""
        return await self._answered(request, self._history)

    async def playback(self, request: Request) -> Response:
        """All datastreams of a scene in steps, as MessagePack."""
        return await self._answered(request, self._playback)

    async def _answered(self, request: Request, answering: Answering) -> Response:
        try:
            if await self._hub.enter(request.path_params["scene"]) is None:
                return problem(404, "This server has no such scene.")
            store = self._hub.sensors.store
            if store is None:
                return problem(404, "This server keeps no observations.")
            return await answering(request, store)
        except BadQuestionError as error:
            return problem(400, str(error))
        except SceneError:
            return problem(500, "This scene can't be opened any more.")
        except TimeoutError:
            return problem(503, "This question takes too long; ask for less.")
        except StateError as error:
            logger.error("%s", error)
            return problem(500, "What was observed can't be read now.")

    async def _history(self, request: Request, store: ObservationStore) -> Response:
        accept = request.headers.get("accept", "")
        asked = question(request.query_params, accept, self._hub.now().micros)
        row = self._hub.sensors.registry.datastream(asked.datastream)
        if row is None:
            return problem(404, "This server has no such datastream.")
        async with self._asking:
            body = await self._told(asked, store, row)
        if not asked.csv:
            return as_json(request, body)
        response = as_body(request, body, CSV)
        name = re.sub(r"[^A-Za-z0-9._-]", "_", asked.datastream)
        response.headers["content-disposition"] = f'attachment; filename="{name}.csv"'
        return response

    async def _told(self, asked: Question, store: ObservationStore, row: int) -> bytes:
        # A server without sensors loads none of this.
        from . import telling

        registry = self._hub.sensors.registry
        datastream = registry.datastreams[row]
        about = telling.provenance(datastream, registry.thing(datastream.thing))
        if asked.step_us:
            summary = await store.summary(row, asked.span, asked.step_us)
            if asked.csv:
                return await asyncio.to_thread(telling.steps_csv, about, summary)
            return await asyncio.to_thread(telling.steps_json, about, summary, asked.step_us)
        # One more than is told says whether there are more.
        found = await store.history(row, asked.span, asked.limit + 1, newest=True)
        batch = telling.last(found, asked.limit)
        if asked.csv:
            return await asyncio.to_thread(telling.series_csv, about, batch)
        more = len(found.rows) > asked.limit
        return await asyncio.to_thread(telling.series_json, about, batch, more=more)

    async def _playback(self, request: Request, store: ObservationStore) -> Response:
        from . import playback
        from .tracks import track

        span = asked_span(request.query_params, self._hub.now().micros)
        step_us = asked_step(request.query_params, span, playback.MOST_STEPS)
        sensors, scene = self._hub.sensors, request.path_params["scene"]
        registry = sensors.registry
        binding = registry.binding(scene)
        shown = {
            row: datastream.key
            for row, datastream in registry.datastreams.items()
            if binding is None or datastream.thing in binding
        }
        if len(shown) * (span.end_us - span.begin_us) > playback.MOST_CELLS * step_us:
            raise BadQuestionError("These are too many values; ask for longer steps.")
        moving = [thing.key for thing in registry.things.values() if thing.moving]
        every_us = max(1, step_us // playback.FIXES_A_STEP)
        async with self._playing:
            overview = await store.overview(tuple(shown), span, step_us)
            tracks = {
                key: await track(store, key, span, every_us)
                for key in moving[: playback.MOST_MOVERS]
            }
        recorded = playback.Recorded(tuple(shown.values()), overview, tracks)
        origin = self._hub.scenes[scene].manifest_file.manifest.origin
        frame = frame_at(origin.lon, origin.lat)
        body = await asyncio.to_thread(playback.told, recorded, span, step_us, frame)
        return as_body(request, body, MSGPACK)
