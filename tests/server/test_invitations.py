"""Invitations: what a signed link grants, for how long, and what a forged one gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_server.access import Role
from citiverse_server.errors import ErrorCode, ProtocolError
from citiverse_server.invitations import KEY_FILE, Invitation, Inviter, inviter_in

if TYPE_CHECKING:
    from pathlib import Path

INVITER = Inviter(bytes(range(32)))
HOST = Invitation("town", Role.HOST, until_s=1_000)
TOKEN = INVITER.issue(HOST)


def refusal(token: str, scene: str = "town", now_s: float = 0) -> ErrorCode:
    with pytest.raises(ProtocolError) as caught:
        INVITER.verify(token, scene, now_s)
    assert caught.value.sentence.endswith(".")
    return caught.value.code


def test_an_invitation_grants_its_role_until_its_moment() -> None:
    assert INVITER.verify(TOKEN, "town", 999.9) == HOST


def test_an_invitation_is_over_at_its_moment() -> None:
    assert refusal(TOKEN, now_s=1_000) is ErrorCode.EXPIRED_INVITE


def test_an_invitation_is_for_one_city() -> None:
    assert refusal(TOKEN, scene="village") is ErrorCode.BAD_INVITE


def test_another_secret_signs_nothing_here() -> None:
    assert refusal(Inviter(b"x" * 32).issue(HOST)) is ErrorCode.BAD_INVITE


@given(st.text(max_size=80))
def test_words_are_no_invitation(words: str) -> None:
    assert refusal(words) is ErrorCode.BAD_INVITE


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("AZaz09-_."))
def test_an_invitation_with_another_letter_is_forged(at: int, letter: str) -> None:
    forged = TOKEN[:at] + letter + TOKEN[at + 1 :]
    # The last letter of base64 has bits that mean nothing.
    if forged != TOKEN and at != len(TOKEN) - 1:
        assert refusal(forged) is ErrorCode.BAD_INVITE


def test_a_token_fits_into_an_address() -> None:
    assert all(letter.isalnum() or letter in "-_." for letter in TOKEN)
    assert len(TOKEN) < 200


def test_the_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "town.state"
    first = inviter_in(folder)
    assert inviter_in(folder) == first
    assert len(first.secret) == 32
    assert [file.name for file in folder.iterdir()] == [KEY_FILE]
    assert (folder / KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_a_broken_secret_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text("short")
    with pytest.raises(OSError, match="remove it, and invite everybody anew"):
        inviter_in(tmp_path)
