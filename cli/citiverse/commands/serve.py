"""`citiverse serve`: settings from the command line, then the server until it is told to stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from citiverse.exits import one_sentence
from citiverse_server.config import DEFAULT_PORT, ServerConfig
from citiverse_server.errors import ServerError
from citiverse_server.run import serve

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """The options of the command, as they were given."""

    host: str
    port: int | None
    sensors: Path | None
    state: Path | None
    max_sessions: int


def run(scenes: tuple[Path, ...], options: ServeOptions) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    with one_sentence(ServerError):
        serve(
            ServerConfig(
                scenes=scenes,
                host=options.host,
                port=DEFAULT_PORT if options.port is None else options.port,
                sensors=options.sensors,
                state=options.state,
                max_sessions=options.max_sessions,
            )
        )
