"""`citiverse invite`: a link for a host, until a moment said in one of several ways."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import typer

from citiverse.commands.invite import moment
from citiverse_server.access import Role
from citiverse_server.invitations import inviter_in

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Citiverse

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=timezone(timedelta(hours=2)))


def test_the_link_lets_a_host_in(citiverse: Citiverse, scene: Path, tmp_path: Path) -> None:
    result = citiverse(
        "invite", scene, "--until", "7d", "--address", "https://city.example", "--state", tmp_path
    )
    assert result.exit_code == 0
    link = urlsplit(result.stdout.strip())
    assert (link.scheme, link.netloc) == ("https", "city.example")
    name = link.path.removeprefix("/s/")
    token = link.fragment.removeprefix("invite=")
    inviter = inviter_in(tmp_path / f"{name}.state")
    now_s = datetime.now().timestamp()
    invitation = inviter.verify(token, name, now_s)
    assert invitation.role is Role.HOST
    assert invitation.until_s == pytest.approx(now_s + 7 * 86_400, abs=60)


@pytest.mark.parametrize(
    ("until", "end"),
    [
        ("90m", "2026-05-04T11:30:00+02:00"),
        ("2w", "2026-05-18T10:00:00+02:00"),
        ("2026-12-31", "2026-12-31T23:59:59.999999+02:00"),
        ("2026-12-31T18:00", "2026-12-31T18:00:00+02:00"),
        ("2026-12-31T18:00Z", "2026-12-31T18:00:00+00:00"),
    ],
)
def test_an_end_is_a_duration_a_day_or_a_moment(until: str, end: str) -> None:
    assert moment(until, NOW) == datetime.fromisoformat(end)


@pytest.mark.parametrize("until", ["soon", "0d", "7", "2026-13-01", "99999d", ""])
def test_what_is_no_end_is_refused_with_examples(until: str) -> None:
    with pytest.raises(typer.BadParameter, match="2026-12-31"):
        moment(until, NOW)


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--until", "2001-01-01", "is over already"),
        ("--address", "city.example", "is no address of a server"),
    ],
)
def test_wrong_use_is_said(
    citiverse: Citiverse, scene: Path, tmp_path: Path, option: str, value: str, says: str
) -> None:
    options = {"--until": "7d", "--state": str(tmp_path)} | {option: value}
    result = citiverse("invite", scene, *(word for pair in options.items() for word in pair))
    assert result.exit_code == 2
    assert says in result.stderr


def test_a_folder_that_is_no_scene_is_refused(citiverse: Citiverse, tmp_path: Path) -> None:
    result = citiverse("invite", tmp_path, "--until", "7d")
    assert result.exit_code == 1
    assert "not a scene folder" in result.stderr
