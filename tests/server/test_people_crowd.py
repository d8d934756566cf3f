"""Who is in the list, under which number and name, and what others are told of it."""

from __future__ import annotations

from random import Random
from typing import Any

import msgpack
import msgspec
import pytest

from citiverse_server.clock import Now
from citiverse_server.errors import Refusal, RequestRefused
from citiverse_server.outbox import Outbox
from citiverse_server.people import crowd as crowd_module
from citiverse_server.people.crowd import GRACE_S, MAX_ABSENT, Crowd
from citiverse_server.people.visit import Visit
from citiverse_server.protocol import Pose

HERE = Pose(position=(1.0, 2.0, 3.0), heading=0.0, pitch=0.0)


@pytest.fixture
def crowd() -> Crowd:
    return Crowd(Random(1))


def message(frame: bytes | None) -> dict[str, Any]:
    assert frame is not None
    decoded: dict[str, Any] = msgpack.unpackb(frame)
    return decoded


def names(frame: bytes | None) -> list[str]:
    return [entry["name"] for entry in message(frame)["joined"]]


def test_two_of_one_name_are_told_apart_whatever_its_case(crowd: Crowd) -> None:
    assert crowd.enter("a", "visitor", "Anna").name == "Anna"
    assert crowd.enter("b", "visitor", "ANNA").name == "ANNA 2"
    crowd.rename(crowd.enter("c", "visitor", None), "anna")
    assert names(crowd.roster.everyone()) == ["Anna", "ANNA 2", "anna 3"]


def test_many_changes_are_one_message_with_the_last_of_each(crowd: Crowd) -> None:
    anna = crowd.enter("a", "visitor", "Anna")
    seen = crowd.roster.version
    ben = crowd.enter("b", "host", "Ben")
    for number in range(1000):
        crowd.rename(anna, f"Anna {number}")
    crowd.leave(ben, now=0.0)
    crowd.sweep(GRACE_S + 0.1)
    told = message(crowd.roster.since(seen))
    assert told["joined"] == [{"person": anna.person, "name": "Anna 999", "role": "visitor"}]
    assert told["left"] == [ben.person]
    assert crowd.roster.since(crowd.roster.version) is None


def test_hundreds_who_come_at_once_are_one_message_to_a_slow_client(crowd: Crowd) -> None:
    visit = Visit(crowd, crowd.enter("me", "visitor", "Me"))
    outbox = Outbox()
    outbox.meet(visit)
    for number in range(500):
        crowd.enter(str(number), "visitor", None)
        outbox.tick()
    outbox.reply(b"pong")
    now = Now(1.0, 1_000_000)
    assert outbox.next(now) == b"pong"
    people = outbox.next(now)
    assert isinstance(people, bytes)
    assert len(names(people)) == 500
    assert outbox.next(now) is None
    assert outbox.tick() is False


def test_while_a_frame_of_presence_waits_no_other_is_made(crowd: Crowd) -> None:
    me, other = crowd.enter("me", "visitor", None), crowd.enter("other", "visitor", None)
    visit = Visit(crowd, me)
    visit.look_from(HERE.position)
    outbox = Outbox()
    outbox.meet(visit)
    now = Now(1.0, 1_000_000)
    for heading in (1.0, 2.0, 3.0):
        crowd.move(other, msgspec.structs.replace(HERE, heading=heading))
        assert outbox.next(now) is None
    assert outbox.listener is visit
    assert visit.seat is not None
    (frame,) = crowd.presence([visit.seat], now)
    assert frame is not None
    outbox.hear(frame)
    assert outbox.listener is None
    assert message(outbox.next(now))["t"] == "presence"
    assert outbox.next(now) is None
    assert outbox.listener is visit


def test_whoever_has_kept_up_shares_one_encoded_frame(crowd: Crowd) -> None:
    seen = crowd.roster.version
    crowd.enter("a", "visitor", "Anna")
    assert crowd.roster.since(seen) is crowd.roster.since(seen)


def test_who_comes_back_in_time_is_who_she_was_and_nobody_is_told(crowd: Crowd) -> None:
    anna = crowd.enter("a", "visitor", "Anna")
    crowd.move(anna, HERE)
    crowd.leave(anna, now=0.0)
    assert not (crowd.poses.person == anna.person).any(), "she is nowhere meanwhile"
    seen = crowd.roster.version
    crowd.sweep(GRACE_S)
    back = crowd.enter("a", "visitor", None)
    crowd.sweep(2 * GRACE_S)
    assert (back.person, back.name) == (anna.person, "Anna")
    assert crowd.roster.since(seen) is None
    assert len(crowd) == 1


def test_who_comes_back_too_late_is_someone_new(crowd: Crowd) -> None:
    anna = crowd.enter("a", "visitor", "Anna")
    crowd.leave(anna, now=0.0)
    crowd.sweep(GRACE_S + 0.1)
    assert crowd.enter("a", "visitor", None).person != anna.person


def test_a_page_that_is_loaded_again_keeps_its_name(crowd: Crowd) -> None:
    former = crowd.enter("a", "visitor", "Anna")
    crowd.leave(former, now=0.0)
    again = crowd.enter("b", "visitor", "Anna")
    assert (again.name, len(crowd)) == ("Anna", 1)


def test_what_a_superseded_connection_does_changes_nothing(crowd: Crowd) -> None:
    former = crowd.enter("a", "visitor", "Anna")
    other = crowd.enter("b", "visitor", "Ben")
    crowd.enter("a", "visitor", None)
    seen = crowd.roster.version, crowd.poses.version
    crowd.move(former, HERE)
    crowd.rename(former, "Ghost")
    crowd.block(former, other.person, blocked=True)
    crowd.leave(former, now=0.0)
    crowd.sweep(GRACE_S + 0.1)
    assert (crowd.roster.version, crowd.poses.version) == seen
    assert len(crowd) == 2
    assert not other.blocked_by


def test_only_so_many_are_remembered_while_they_are_away(crowd: Crowd) -> None:
    for number in range(MAX_ABSENT + 10):
        crowd.leave(crowd.enter(str(number), "visitor", None), now=0.0)
    assert len(crowd) == MAX_ABSENT


def test_a_number_isnt_soon_anothers(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd_module, "NUMBERS", 4)
    stays = crowd.enter("stays", "visitor", None)
    numbers = []
    for session in "abcde":
        member = crowd.enter(session, "visitor", None)
        numbers.append(member.person)
        crowd.leave(member, now=0.0)
        crowd.sweep(GRACE_S + 0.1)
    assert stays.person == 0
    assert numbers == [1, 2, 3, 1, 2]


def test_blocks_end_with_the_session(crowd: Crowd) -> None:
    anna, ben = crowd.enter("a", "visitor", None), crowd.enter("b", "visitor", None)
    crowd.block(anna, ben.person, blocked=True)
    assert (anna.blocks, ben.blocked_by) == ({ben.person}, {anna.person})
    crowd.leave(ben, now=0.0)
    crowd.sweep(GRACE_S + 0.1)
    assert not anna.blocks


def test_nobody_blocks_herself_or_one_who_isnt_there(crowd: Crowd) -> None:
    anna = crowd.enter("a", "visitor", None)
    for person in (anna.person, 77):
        with pytest.raises(RequestRefused) as caught:
            crowd.block(anna, person, blocked=True)
        assert caught.value.code is Refusal.UNKNOWN_PERSON


def test_the_same_pose_again_is_no_news(crowd: Crowd) -> None:
    anna = crowd.enter("a", "visitor", None)
    crowd.move(anna, HERE)
    seen = crowd.poses.version
    crowd.move(anna, HERE)
    assert crowd.poses.version == seen


def test_who_says_goodbye_is_off_the_list_at_once(crowd: Crowd) -> None:
    anna = crowd.enter("s-anna", "visitor", "Anna")
    crowd.leave(anna, now=0.0, for_good=True)
    again = crowd.enter("s-other", "visitor", "Anna")
    assert (len(crowd), again.name) == (1, "Anna")
