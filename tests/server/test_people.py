"""Two strangers meet on a real server: names, lists, poses, blocks, as protocol.md promises."""

from __future__ import annotations

import logging
import struct
from typing import TYPE_CHECKING, Any

import httpx
import msgpack
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from server.conftest import Serving
    from server.stranger import Stranger

pytestmark = pytest.mark.anyio


def pose(x: float, y: float, heading: float = 0.0) -> dict[str, Any]:
    return {"t": "pose", "position": [x, y, 1.7], "heading": heading, "pitch": 0.0}


async def entered(stranger: Stranger, **hello: object) -> dict[str, Any]:
    await stranger.hello("town", **hello)
    return stranger.welcome


async def names_of(stranger: Stranger) -> list[str]:
    return sorted(entry["name"] for entry in (await stranger.until("people"))["joined"])


async def told(stranger: Stranger, key: str) -> dict[str, Any]:
    """The next frame of `presence` that has this column."""
    while key not in (frame := await stranger.until("presence")):
        pass
    return frame


async def test_whoever_comes_gets_the_whole_list_and_others_are_told(serving: Serving) -> None:
    async with serving() as running, running.stranger() as anna, running.stranger() as other:
        welcome = await entered(anna, name=" Anna\u202e ")
        assert welcome["name"] == "Anna"
        assert await names_of(anna) == ["Anna"]
        given = (await entered(other))["name"]
        assert len(given.split()) == 2
        assert await names_of(other) == sorted(["Anna", given])
        assert await names_of(anna) == [given]


async def test_a_walker_is_seen_where_she_is_and_where_she_goes(serving: Serving) -> None:
    async with serving() as running, running.stranger() as anna, running.stranger() as ben:
        number = (await entered(anna))["person"]
        await entered(ben)
        await ben.send(pose(3.0, 4.0))
        await anna.send(pose(10.0, 20.0, heading=1.5707963))
        seen = await told(ben, "far")
        assert seen["origin"] == [3.0, 4.0, 1.7]
        assert struct.unpack("<H3hB", seen["far"] + seen["far_offsets"] + seen["far_turns"]) == (
            *(number, 70, 160, 0),
            64,
        )
        await anna.send(pose(3.0, 2.5))
        seen = await told(ben, "near")
        assert struct.unpack(
            "<H3h2h", seen["near"] + seen["near_offsets"] + seen["near_turns"]
        ) == (
            *(number, 0, -150, 0),
            *(0, 0),
        )
        await anna.send(pose(300.0, 2.5))
        assert (await told(ben, "gone"))["gone"] == struct.pack("<H", number)


async def test_who_blocks_or_is_blocked_is_gone_and_comes_back(serving: Serving) -> None:
    async with serving() as running, running.stranger() as anna, running.stranger() as ben:
        first, second = (await entered(anna))["person"], (await entered(ben))["person"]
        await anna.send(pose(0.0, 0.0))
        await ben.send(pose(1.0, 0.0))
        await told(anna, "near")
        await told(ben, "near")
        await anna.send({"t": "block", "person": second, "blocked": True})
        assert (await told(anna, "gone"))["gone"] == struct.pack("<H", second)
        assert (await told(ben, "gone"))["gone"] == struct.pack("<H", first)
        await anna.send({"t": "block", "person": second, "blocked": False})
        assert (await told(ben, "near"))["near"] == struct.pack("<H", first)


async def test_a_name_can_be_changed_and_a_bad_one_changes_nothing(serving: Serving) -> None:
    async with serving() as running, running.stranger() as anna, running.stranger() as ben:
        await entered(ben)
        await names_of(ben)
        number = (await entered(anna, name="Anna"))["person"]
        await names_of(ben)
        await anna.send({"t": "rename", "name": "\u202e\u0007 "})
        error = await anna.until("error")
        assert (error["code"], error["fatal"]) == ("bad-name", False)
        await anna.send({"t": "rename", "name": "Annalena"})
        changed = await ben.until("people")
        assert changed["joined"] == [{"person": number, "name": "Annalena", "role": "visitor"}]
        await anna.send({"t": "block", "person": 60_000, "blocked": True})
        assert (await anna.until("error"))["code"] == "unknown-person"


async def test_a_bad_wish_is_refused_and_a_name_is_given(serving: Serving) -> None:
    async with serving() as running, running.stranger() as stranger:
        assert len((await entered(stranger, name="x" * 41))["name"].split()) == 2
        error = await stranger.until("error")
        assert (error["code"], error["fatal"]) == ("bad-name", False)


async def test_the_eleventh_name_in_a_minute_is_too_many(serving: Serving) -> None:
    async with serving() as running, running.stranger() as stranger:
        await entered(stranger)
        for number in range(11):
            await stranger.send({"t": "rename", "name": f"Anna {number}"})
        error = await stranger.until("error")
        assert (error["code"], error["fatal"]) == ("too-many", True)


async def test_who_comes_back_at_once_has_never_left(serving: Serving) -> None:
    async with serving() as running, running.stranger() as witness:
        await entered(witness, name="Witness")
        async with running.stranger() as anna:
            await entered(anna, name="Anna")
            await witness.until("people")
            await witness.until("people")
            await anna.send(pose(0.0, 0.0))
            await witness.send(pose(1.0, 0.0))
            await told(witness, "near")
            anna.socket.transport.abort()
        person = struct.pack("<H", anna.welcome["person"])
        assert (await told(witness, "gone"))["gone"] == person
        async with running.stranger() as back:
            await entered(back, resume=anna.welcome["resume"])
            assert (back.welcome["person"], back.welcome["name"]) == (
                anna.welcome["person"],
                "Anna",
            )
            await back.send(pose(0.5, 0.0))
            heard: list[str] = []
            while (message := msgpack.unpackb(await witness.socket.recv()))["t"] != "presence":
                heard.append(message["t"])
            assert "people" not in heard


async def test_poses_are_never_stored_nor_logged(
    serving: Serving, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "citiverse")
    place = (123.456789, -98.7654321)
    async with (
        serving(state=tmp_path / "state") as running,
        running.stranger() as anna,
        running.stranger() as ben,
    ):
        await entered(anna)
        await entered(ben)
        await ben.send(pose(120.0, -98.0))
        await anna.send(pose(*place))
        await told(ben, "near")
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    for number in place:
        assert str(number)[:6] not in caplog.text
        assert str(number)[:6].encode() not in kept
        assert struct.pack("<d", number) not in kept
        assert struct.pack(">d", number) not in kept


async def test_people_and_bytes_are_counted(serving: Serving) -> None:
    async with serving() as running, running.stranger() as anna, running.stranger() as ben:
        await entered(anna)
        await entered(ben)
        await ben.send(pose(3.0, 4.0))
        await anna.send(pose(3.0, 5.0))
        frame = await told(ben, "near")
        async with httpx.AsyncClient() as client:
            text = (await client.get(running.http + "/metrics")).text
        figures = dict(line.split() for line in text.splitlines() if line.startswith("citiverse_p"))
        assert figures["citiverse_people"] == "2"
        assert int(figures["citiverse_presence_bytes_total"]) >= len(frame)
