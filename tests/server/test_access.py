"""Deny by default: no route and no message type without a row in the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import msgpack
import pytest

from citiverse_server import access, protocol
from citiverse_server.access import Role
from citiverse_server.app import Application, create_app
from citiverse_server.config import ServerConfig

if TYPE_CHECKING:
    from pathlib import Path

    from server.conftest import Serving

HTTP_DOCUMENT = "docs/contract/http.md"


@pytest.fixture
def application(scene: Path, tmp_path: Path) -> Application:
    return create_app(ServerConfig(scenes=(scene,), static=tmp_path))


def test_every_route_has_a_row_and_every_row_a_route(application: Application) -> None:
    assert {route.path for route in application.routes} == set(access.ROUTES)


def test_every_message_a_client_may_send_has_a_row(application: Application) -> None:
    kinds = {protocol.message_type(kind) for kind in protocol.CLIENT_MESSAGES}
    assert kinds == set(access.MESSAGES)


def test_every_role_has_grants_and_every_action_is_someones() -> None:
    assert set(access.GRANTS) == set(Role)
    assert frozenset().union(*access.GRANTS.values()) == frozenset(access.Action)


def test_what_has_no_action_may_nobody_do() -> None:
    assert not any(access.may(role, None) for role in Role)


def test_every_route_is_in_the_document(
    application: Application, pytestconfig: pytest.Config
) -> None:
    text = (pytestconfig.rootpath / HTTP_DOCUMENT).read_text(encoding="utf-8")
    missing = [route.path for route in application.routes if f"`{route.path}`" not in text]
    assert missing == []


@pytest.mark.anyio
async def test_a_route_without_a_grant_is_forbidden(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(access.ROUTES, "/scenes")
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="http://town") as client:
        assert (await client.get("/scenes")).status_code == 403
        assert (await client.get("/healthz")).status_code == 200


@pytest.mark.anyio
async def test_a_message_without_a_grant_ends_the_session(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(access.MESSAGES, "ping")
    async with serving() as running, running.stranger() as stranger:
        await stranger.hello("town")
        await stranger.socket.send(msgpack.packb({"t": "ping", "id": 1}))
        assert (await stranger.until("error"))["code"] == "not-allowed"
