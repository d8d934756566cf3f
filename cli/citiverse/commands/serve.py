"""`citiverse serve`: settings from the command line, then the server until it is told to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citiverse.exits import one_sentence
from citiverse_server.config import DEFAULT_PORT, ServerConfig
from citiverse_server.errors import ServerError
from citiverse_server.run import serve

if TYPE_CHECKING:
    from pathlib import Path


def run(
    scenes: tuple[Path, ...], host: str, port: int | None, sensors: Path | None, max_sessions: int
) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    with one_sentence(ServerError):
        serve(
            ServerConfig(
                scenes=scenes,
                host=host,
                port=DEFAULT_PORT if port is None else port,
                sensors=sensors,
                max_sessions=max_sessions,
            )
        )
