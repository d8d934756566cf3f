"""The plain page of the comments and what its forms send, as docs/contract/http.md has it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import math
import random
import re
import secrets
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.responses import Response

from .. import features
from ..access import Action, Role, may
from ..connection import address_of
from ..errors import ProtocolError, Refusal, RequestRefused, SceneError
from ..features import FeatureQuery
from ..invitations import NOBODY
from ..people import names
from ..protocol import Comment
from ..protocol import Hide as HideMessage
from . import html, store
from .listing import BadPageError, page_query
from .places import called, places
from .posting import BadFormError, form_of
from .requests import Author, hide_of, post_of, unknown_feature

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from ..hub import Hub
    from ..protocol import Quaternion, Vector
    from ..scene import Scene
    from .store import PageQuery

logger = logging.getLogger("citiverse.http")

CHOICES = 20
STYLE = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
# Who reads this page sees its subject from above, looking north, as one does on a map.
ABOVE_M = 60.0
NORTH_AND_DOWN: Quaternion = (math.sin(math.pi / 8), 0.0, 0.0, math.cos(math.pi / 8))
MAX_ID = 2**53 - 1

_STATUS = {
    Refusal.KEY_REUSED: 409,
    Refusal.TOO_MANY_COMMENTS: 429,
    Refusal.NOT_STORED: 503,
    Refusal.UNKNOWN_COMMENT: 404,
}


class CommentEndpoints:
    """One method for each route."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        # Questions share threads with the reading of tiles and mustn't take them all.
        self._asking = asyncio.Semaphore(2)

    async def page(self, request: Request) -> Response:
        """The plain page, or a comment that its form sends."""
        scene = await self._scene(request)
        if scene is None:
            return _sentence(404, "This server has no such city.")
        if request.method == "POST":
            return await self._post(request, scene)
        return await self._page(scene, request.query_params)

    async def hide(self, request: Request) -> Response:
        """A host hides a comment, or shows it again."""
        scene = await self._scene(request)
        if scene is None:
            return _sentence(404, "This server has no such city.")
        try:
            fields = await form_of(request)
            role = self._role(scene, fields)
            if not may(role, Action.HIDE_COMMENTS):
                raise BadFormError(403, "Only hosts may hide comments.")
            number = fields.get("comment", "")
            if not re.fullmatch("[0-9]{1,15}", number) or int(number) > MAX_ID:
                raise BadFormError(400, "This isn't a form of this page.")
            message = HideMessage(
                comment=int(number),
                hidden=fields.get("hidden") == "yes",
                reason=fields.get("reason", ""),
            )
            author = Author("A host on the plain page", role.value, "")
            await self._hub.boards[scene.name].hide(hide_of(message, author))
        except BadFormError as error:
            return _sentence(error.status, str(error))
        except ProtocolError as error:
            return _sentence(403, error.sentence)
        except RequestRefused as refused:
            self._hub.metrics.refuse(refused.code)
            return _sentence(_STATUS.get(refused.code, 400), refused.sentence)
        return _see_other(scene, {"invite": fields["invite"]}, f"comment-{number}")

    async def _post(self, request: Request, scene: Scene) -> Response:
        fields: Mapping[str, str] = {}
        try:
            fields = await form_of(request)
            role = self._role(scene, fields)
            if not may(role, Action.COMMENT):
                raise BadFormError(403, "You may not comment here.")
            message = await self._comment(scene, fields)
            author = Author(_name(fields), role.value, "")
            post = post_of(message, author, scene.manifest_file.manifest.variants)
            kept = await self._hub.boards[scene.name].post(post, address_of(request.scope))
        except BadFormError as error:
            return _sentence(error.status, str(error))
        except ProtocolError as error:
            # An invitation that isn't good any more is left away, and the form keeps the rest.
            left = {name: value for name, value in fields.items() if name != "invite"}
            return await self._page(scene, left, error.sentence, 403)
        except SceneError as error:
            logger.error("%s", error)
            return _sentence(500, "This city can't be read now. Please try again later.")
        except RequestRefused as refused:
            self._hub.metrics.refuse(refused.code)
            return await self._again(scene, fields, refused)
        onwards = {"said": str(kept.id)}
        if fields.get("invite"):
            onwards["invite"] = fields["invite"]
        return _see_other(scene, onwards, f"comment-{kept.id}")

    async def _again(
        self, scene: Scene, fields: Mapping[str, str], refused: RequestRefused
    ) -> Response:
        status = _STATUS.get(refused.code, 400)
        if refused.code is not Refusal.KEY_REUSED:
            return await self._page(scene, fields, refused.sentence, status)
        # Somebody went back, and says something else.
        fresh = {name: value for name, value in fields.items() if name != "key"}
        sentence = "You sent this form before, with other words. Send it again to say this too."
        return await self._page(scene, fresh, sentence, status)

    async def _comment(self, scene: Scene, fields: Mapping[str, str]) -> Comment:
        """The comment of the form, at the middle of the top of its feature."""
        key, feature = fields.get("key", ""), fields.get("feature", "")
        top = await asyncio.to_thread(features.top_centre, scene.features, feature)
        if top is None:
            raise unknown_feature(key)
        return Comment(
            key=key,
            text=fields.get("text", ""),
            position=top,
            eye=_from_above(top),
            orientation=NORTH_AND_DOWN,
            feature=feature,
            variant=features.database_of(scene.features, feature)[0],
        )

    async def _page(
        self, scene: Scene, fields: Mapping[str, str], problem: str = "", status: int = 200
    ) -> Response:
        role = Role.VISITOR
        try:
            role = self._role(scene, fields)
        except ProtocolError as error:
            problem, status = problem or error.sentence, max(status, 403)
        is_host = may(role, Action.HIDE_COMMENTS)
        try:
            query = page_query(fields, with_hidden=is_host)
        except BadPageError as error:
            return _sentence(400, f"This address can't be used: {error}")
        try:
            async with self._asking:
                rows, more = await asyncio.to_thread(self._rows, scene, query)
                form = await self._form(scene, fields)
        except TimeoutError:
            return _sentence(503, "This search takes too long; ask for less.")
        except sqlite3.Error as error:
            logger.error("The comments of %s can't be read: %s.", scene.name, error)
            return _sentence(500, "The comments can't be read now. Please try again later.")
        view = html.View(
            scene=scene.name,
            title=scene.manifest_file.manifest.title,
            rows=rows,
            form=form,
            order=query.order,
            next_after=rows[-1].comment.id if more and rows else None,
            is_later_page=query.after is not None,
            invitation=fields.get("invite", "") if role is not Role.VISITOR else "",
            is_host=is_host,
            problem=problem,
            done="Saved. Everyone can see it." if "said" in fields and not problem else "",
        )
        return html_response(status, html.page(view, STYLE))

    def _rows(self, scene: Scene, query: PageQuery) -> tuple[tuple[html.Row, ...], bool]:
        board = self._hub.boards[scene.name]
        page = store.page(board.folder, query)
        found = zip(page.comments, places(board.features, page.comments), strict=True)
        titles = {one.name: one.title for one in scene.manifest_file.manifest.variants}
        rows = (
            html.Row(comment, place.words, titles.get(comment.variant, comment.variant))
            for comment, place in found
        )
        return tuple(rows), page.more

    async def _form(self, scene: Scene, fields: Mapping[str, str]) -> html.Form:
        search = fields.get("q", "").strip()[: html.MAX_SEARCH_LENGTH]
        form = html.Form(
            key=fields.get("key") or secrets.token_urlsafe(16),
            search=search,
            feature=fields.get("feature", ""),
            name=fields.get("name", "")[: html.MAX_NAME_LENGTH],
            text=fields.get("text", ""),
        )
        if not search:
            return form
        found = await features.find(scene.features, FeatureQuery(text=search, limit=CHOICES))
        choices = tuple(
            html.Choice(one.id, called(one.name, one.address) or f"{one.class_} {one.source_id}")
            for one in found.features
            if one.box is not None
        )
        return replace(form, choices=choices, more_choices=found.more)

    def _role(self, scene: Scene, fields: Mapping[str, str]) -> Role:
        """Raises `ProtocolError` where an invitation isn't good."""
        token = fields.get("invite", "")
        if not token:
            return Role.VISITOR
        inviter = self._hub.inviters.get(scene.name, NOBODY)
        return inviter.verify(token, scene.name, self._hub.now().micros / 1e6).role

    async def _scene(self, request: Request) -> Scene | None:
        try:
            return await self._hub.enter(request.path_params["scene"])
        except SceneError:
            raise HTTPException(500, "This city can't be opened any more.") from None


def _name(fields: Mapping[str, str]) -> str:
    wish = fields.get("name", "")
    if wish.strip():
        return names.cleaned(wish)
    return names.friendly(random.SystemRandom(), lambda _: False)


def _from_above(top: Vector) -> Vector:
    x, y, z = top
    return (x, y - ABOVE_M, z + ABOVE_M)


def _see_other(scene: Scene, parameters: Mapping[str, str], fragment: str) -> Response:
    location = f"/s/{scene.name}/comments?{urlencode(parameters)}#{fragment}"
    return Response(b"", 303, {"location": location, "cache-control": "no-store"})


def _sentence(status: int, text: str) -> Response:
    return html_response(status, html.sentence("Comments", text, STYLE))


def said_plainly(status: int, text: str) -> Response:
    """A plain page that says one thing."""
    return html_response(status, html.sentence("CitiVerse", text, STYLE))


def html_response(status: int, text: str) -> Response:
    """A plain page of ours, which runs no scripts."""
    return Response(text, status, _HEADERS, media_type="text/html")


def _policy() -> str:
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


_HEADERS = {
    "content-security-policy": _policy(),
    # Not no-referrer: with that, browsers send no origin by which we know a form of ours.
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
}
