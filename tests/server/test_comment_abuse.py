"""Who would spoil the talk is refused with a sentence, and others do not notice."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

import msgpack
import pytest
import websockets

from citiverse_server.access import Role
from citiverse_server.invitations import Invitation, Inviter

if TYPE_CHECKING:
    from server.conftest import Running, Serving
    from server.stranger import Stranger

pytestmark = pytest.mark.anyio

PLACE = {
    "position": [1.0, 2.0, 3.0],
    "eye": [8.0, -3.0, 4.5],
    "orientation": [0.0, 0.0, 0.0, 1.0],
}


def comment(key: str, text: str = "A bench here, please.", **more: object) -> dict[str, Any]:
    return {"t": "comment", "key": key, "text": text, **PLACE, **more}


def invitation(running: Running, role: Role = Role.HOST, ends_in_s: int = 60) -> str:
    until_s = int(time.time()) + ends_in_s
    issued: str = running.application.hub.inviters["town"].issue(Invitation("town", role, until_s))
    return issued


async def outcome(stranger: Stranger, key: str) -> dict[str, Any]:
    """What the server says to the comment with this key."""
    while (message := await answer(stranger)).get("key") != key:
        pass
    return message


async def answer(stranger: Stranger) -> dict[str, Any]:
    """The next answer to a comment."""
    while True:
        message: dict[str, Any] = msgpack.unpackb(await stranger.socket.recv())
        if message["t"] in ("commented", "error"):
            return message


async def enter(stranger: Stranger, **hello: object) -> list[dict[str, Any]]:
    """Says hello; the comments that were there already."""
    await stranger.hello("town", **hello)
    found: list[dict[str, Any]] = (await stranger.until("comments"))["comments"]
    return found


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 1e9])
async def test_a_comment_nowhere_costs_its_sender_the_connection(
    serving: Serving, number: float
) -> None:
    async with serving() as running, running.stranger() as anna:
        await enter(anna)
        await anna.send(comment("key-0001", position=[number, 0.0, 0.0]))
        error = await anna.until("error")
        assert (error["code"], error["fatal"]) == ("bad-message", True)


async def test_forged_foreign_and_ended_invitations_are_told_apart(serving: Serving) -> None:
    async with serving() as running, running.stranger() as good:
        await enter(good)
        forger = Inviter(bytes(32))
        inviter = running.application.hub.inviters["town"]
        soon = int(time.time()) + 60
        for token, code in (
            ("", "bad-invite"),
            ("x" * 1025, "bad-message"),
            (forger.issue(Invitation("town", Role.HOST, soon)), "bad-invite"),
            (inviter.issue(Invitation("harbour", Role.HOST, soon)), "bad-invite"),
            (invitation(running)[:-1], "bad-invite"),
            (invitation(running, ends_in_s=-1), "expired-invite"),
        ):
            async with running.stranger() as stranger:
                await stranger.send(
                    {"t": "hello", "protocol": [1, 0], "scene": "town", "token": token}
                )
                error = await stranger.until("error")
                assert (error["code"], error["fatal"]) == (code, True), token
                assert error["message"].endswith(".")
        await good.send(comment("key-0001"))
        assert (await outcome(good, "key-0001"))["t"] == "commented"


async def test_a_thousand_comments_are_a_flood_and_others_do_not_notice(serving: Serving) -> None:
    async with serving() as running, running.stranger() as flood, running.stranger() as good:
        await enter(flood)
        await enter(good)
        for number in range(20):
            await flood.send(comment(f"flood-{number:04}"))
        codes = [(await answer(flood)).get("code") for _ in range(20)]
        assert sorted(codes, key=str) == [None] * 5 + ["too-many-comments"] * 15
        with contextlib.suppress(websockets.ConnectionClosed):
            for number in range(20, 1000):
                await flood.send(comment(f"flood-{number:04}"))
        while (last := await flood.until("error"))["fatal"] is False:
            assert last["code"] == "too-many-comments"
        assert last["code"] == "too-many"
        await good.send(comment("key-0001"))
        assert (await outcome(good, "key-0001"))["t"] == "commented"
        async with running.stranger() as late:
            assert len(await enter(late)) == 6
