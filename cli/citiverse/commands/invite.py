"""`citiverse invite`: a signed link that lets somebody in as more than a visitor."""

from __future__ import annotations

import re
import sys
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import typer

from citiverse.exits import one_sentence
from citiverse_server.access import Role
from citiverse_server.errors import ServerError
from citiverse_server.invitations import Invitation, inviter_in
from citiverse_server.state import state_folder
from citiverse_server.storage import open_storage

if TYPE_CHECKING:
    from pathlib import Path

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"([1-9][0-9]{0,3})([mhdw])")


def run(scene: Path, role: str, until: str, address: str, state: Path | None) -> None:
    """Print the link on standard output, and what it is on standard error."""
    now = datetime.now().astimezone()
    end = moment(until, now)
    if end <= now:
        raise typer.BadParameter(f"{until} is over already", param_hint="--until")
    with one_sentence(ServerError, OSError):
        name = open_storage(scene).manifest.manifest.name
        inviter = inviter_in(state_folder(scene, name, state))
    token = inviter.issue(Invitation(name, Role(role), int(end.timestamp())))
    print(
        f"Whoever has this link enters {name} as {role}, until {end:%Y-%m-%d %H:%M %Z}. "
        "Give it to nobody else.",
        file=sys.stderr,
    )
    print(f"{root_of(address)}/s/{name}#invite={token}")


def moment(until: str, now: datetime) -> datetime:
    """When an invitation ends: after a duration, at the end of a day, or at a moment.

    Days and moments without a zone are those of this machine. Raises `typer.BadParameter`.
    """
    duration = _DURATION.fullmatch(until)
    try:
        if duration:
            return now + timedelta(**{_UNITS[duration[2]]: int(duration[1])})
        parsed = datetime.fromisoformat(until)
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", until):
            parsed = datetime.combine(parsed.date(), time.max)
        return parsed if parsed.tzinfo else parsed.replace(tzinfo=now.tzinfo)
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            f"{until!r} is no moment; write a day (2026-12-31), a moment (2026-12-31T18:00) "
            "or how long from now (90m, 12h, 7d, 4w)",
            param_hint="--until",
        ) from None


def root_of(address: str) -> str:
    """The address of a server without what comes after its host. Raises `typer.BadParameter`."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.username is not None:
        raise typer.BadParameter(
            f"{address!r} is no address of a server, such as https://city.example",
            param_hint="--address",
        )
    return f"{parts.scheme}://{parts.netloc}"
