"""Comments over the stream, by strangers on a real server: told to all, kept once, hidden by hosts;
and what becomes of those who would spoil it."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import msgpack
import pytest
import websockets

from citiverse_server.access import Role
from citiverse_server.config import Limits
from citiverse_server.invitations import Invitation, Inviter
from server.scenes import FEATURE

if TYPE_CHECKING:
    from pathlib import Path

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


async def told(stranger: Stranger) -> dict[str, Any]:
    """The next comment that was made or changed."""
    (one,) = (await stranger.until("comments"))["comments"]
    assert isinstance(one, dict)
    return one


async def test_a_comment_is_told_to_all_and_is_there_for_those_who_come(serving: Serving) -> None:
    async with serving() as running:
        async with running.stranger() as anna, running.stranger() as ben:
            assert await enter(anna, name="Anna") == []
            await enter(ben)
            await anna.send(comment("key-0001", feature=FEATURE))
            accepted = await outcome(anna, "key-0001")
            seen = await told(ben)
            assert (seen["id"], seen["time"]) == (accepted["id"], accepted["time"])
            assert (seen["name"], seen["role"], seen["hidden"]) == ("Anna", "visitor", False)
            assert (seen["text"], seen["feature"]) == ("A bench here, please.", FEATURE)
            assert {key: seen[key] for key in PLACE} == PLACE
        async with running.stranger() as late:
            assert await enter(late) == [seen]


async def test_comments_outlive_the_server(serving: Serving) -> None:
    async with serving() as running, running.stranger() as anna:
        await enter(anna)
        await anna.send(comment("key-0001"))
        first = await outcome(anna, "key-0001")
    async with serving() as running, running.stranger() as anna:
        (kept,) = await enter(anna)
        assert kept["id"] == first["id"]
        await anna.send(comment("key-0001"))
        assert await outcome(anna, "key-0001") == first


async def test_a_replayed_comment_is_the_same_comment(serving: Serving) -> None:
    async with serving() as running, running.stranger() as anna, running.stranger() as ben:
        await enter(anna)
        await enter(ben)
        await anna.send(comment("key-0001"))
        first = await outcome(anna, "key-0001")
        await ben.send(comment("key-0001"))
        assert await outcome(ben, "key-0001") == first
        await ben.send(comment("key-0001", text="Something else."))
        refused = await outcome(ben, "key-0001")
        assert (refused["code"], refused["fatal"]) == ("key-reused", False)
        await ben.send(comment("key-0002"))
        assert (await outcome(ben, "key-0002"))["id"] == first["id"] + 1


@pytest.mark.parametrize(
    ("key", "more"),
    [
        ("key-0001", {"text": ""}),
        ("key-0001", {"text": " \n\t\u202e\u200f\u0000 "}),
        ("key-0001", {"text": "x" * 1001}),
        ("key-0001", {"text": "x" * 15_000}),
        ("key-0001", {"feature": "town/nowhere"}),
        ("key-0001", {"feature": "town/" + "x" * 9_000}),
        ("short", {}),
        ("key with blanks", {}),
        ("k" * 65, {}),
    ],
)
async def test_what_is_no_comment_is_refused_and_the_session_goes_on(
    serving: Serving, key: str, more: dict[str, object]
) -> None:
    async with serving() as running, running.stranger() as anna:
        await enter(anna)
        await anna.send({**comment(key), **more})
        refused = await outcome(anna, key)
        assert (refused["code"], refused["fatal"]) == ("bad-comment", False)
        assert refused["message"].endswith(".")
        await anna.send(comment("key-0002"))
        assert (await outcome(anna, "key-0002"))["t"] == "commented"


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 1e9])
async def test_a_comment_nowhere_costs_its_sender_the_connection(
    serving: Serving, number: float
) -> None:
    async with serving() as running, running.stranger() as anna:
        await enter(anna)
        await anna.send(comment("key-0001", position=[number, 0.0, 0.0]))
        error = await anna.until("error")
        assert (error["code"], error["fatal"]) == ("bad-message", True)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("<script>alert(1)</script> & \"'", "<script>alert(1)</script> & \"'"),
        ("user\u202egnp.exe\u2066!", "usergnp.exe!"),
        ("e\u0301te\u0301", "été"),
        ("one\r\n\r\n\r\n\r\ntwo\x07", "one\n\ntwo"),
    ],
)
async def test_text_is_plain_text(serving: Serving, written: str, kept: str) -> None:
    async with serving() as running, running.stranger() as anna:
        await enter(anna)
        await anna.send(comment("key-0001", text=written))
        assert (await told(anna))["text"] == kept


async def test_a_host_hides_a_comment_and_shows_it_again(serving: Serving, tmp_path: Path) -> None:
    async with (
        serving() as running,
        running.stranger() as host,
        running.stranger() as guest,
        running.stranger() as late,
    ):
        await enter(host, token=invitation(running), name="Hanna")
        assert host.welcome["role"] == "host"
        await enter(guest)
        await guest.send(comment("key-0001"))
        number = (await told(guest))["id"]
        await told(host)
        await host.send({"t": "hide", "comment": number, "hidden": True, "reason": "a name"})
        seen = await told(guest)
        assert (seen["hidden"], seen["text"]) == (True, "")
        assert (await told(host))["text"] == "A bench here, please."
        (found,) = await enter(late)
        assert (found["hidden"], found["text"]) == (True, "")
        await host.send({"t": "hide", "comment": number, "hidden": False, "reason": ""})
        assert (await told(guest))["text"] == "A bench here, please."
        await host.send({"t": "hide", "comment": 999, "hidden": True, "reason": ""})
        assert (await host.until("error"))["code"] == "unknown-comment"
    with closing(sqlite3.connect(next(tmp_path.rglob("consultation.sqlite")))) as database:
        audit = database.execute("SELECT comment, hidden, name, reason FROM audit").fetchall()
    assert audit == [(number, 1, "Hanna", "a name"), (number, 0, "Hanna", "")]


async def test_a_visitor_may_not_hide(serving: Serving) -> None:
    async with serving() as running, running.stranger() as guest:
        await enter(guest, token=invitation(running, Role.VISITOR))
        await guest.send({"t": "hide", "comment": 1, "hidden": True, "reason": ""})
        error = await guest.until("error")
        assert (error["code"], error["fatal"]) == ("not-allowed", True)


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


async def test_a_scene_takes_no_more_than_it_can_bear(serving: Serving) -> None:
    limits = Limits(scene_comment_burst=3.0, scene_comments_per_min=1.0)
    async with serving(limits=limits) as running, running.stranger() as anna:
        await enter(anna)
        codes = []
        for number in range(4):
            await anna.send(comment(f"key-000{number}"))
            codes.append((await outcome(anna, f"key-000{number}")).get("code"))
        assert codes == [None, None, None, "too-many-comments"]


async def test_where_comments_cannot_be_kept_the_city_is_served_all_the_same(
    serving: Serving, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    async with serving(state=tmp_path / "file") as running, running.stranger() as anna:
        assert await enter(anna) == []
        await anna.send(comment("key-0001"))
        refused = await outcome(anna, "key-0001")
        assert (refused["code"], refused["fatal"]) == ("not-stored", False)
        await anna.look([0.0, 0.0, 2.0])
        assert anna.tiles
    assert any("comments are off" in record.message for record in caplog.records)


async def test_two_servers_never_write_the_same_comments(serving: Serving) -> None:
    async with serving() as first, first.stranger() as anna:
        await enter(anna)
        await anna.send(comment("key-0001"))
        assert (await outcome(anna, "key-0001"))["t"] == "commented"
        async with serving() as second, second.stranger() as ben:
            assert len(await enter(ben)) == 1
            await ben.send(comment("key-0002"))
            assert (await outcome(ben, "key-0002"))["code"] == "not-stored"
