"""`citiverse feed`, as the command line has it."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the types of options at run time
from typing import Annotated

import typer


def feed(
    recordings: Annotated[
        list[Path],
        typer.Argument(metavar="RECORDING", help="Files, or folders with files in them."),
    ],
    to: Annotated[
        str,
        typer.Option(
            metavar="URL", help="mqtt://HOST:PORT/LEVEL, or http://HOST:PORT/sensors/SOURCE."
        ),
    ],
    speed: Annotated[
        float, typer.Option(min=0, max=1e9, help="How many times faster; 0: as fast as it goes.")
    ] = 1.0,
    loop: Annotated[
        bool, typer.Option("--loop", help="Again from the beginning, for ever.")
    ] = False,
    start: Annotated[
        str,
        typer.Option(
            metavar="WHEN",
            help="now: times become those of sending; recorded: they stay; or when it begins.",
        ),
    ] = "now",
    timezone: Annotated[
        str, typer.Option(metavar="ZONE", help="That of recorded times which name none.")
    ] = "UTC",
    token_env: Annotated[
        str | None,
        typer.Option(metavar="VARIABLE", help="Environment variable with the credential."),
    ] = None,
    made_up: Annotated[
        bool,
        typer.Option("--made-up", help="Invent readings for a thing that is only described."),
    ] = False,
) -> None:
    """Play recorded sensor readings again, to a broker or to a server, at any speed.

    Recordings are CSV tables, entities of NGSI-LD, other JSON, feeds of GTFS Realtime, and lines
    of JSON with time, topic and payload.

    \b
    Examples:
      citiverse feed weather.csv --to mqtt://127.0.0.1:1883/seattle --speed 3600
      citiverse feed entities/ --to http://127.0.0.1:8000/sensors/context --token-env TOKEN
      citiverse feed day.jsonl --to mqtt://127.0.0.1 --loop
      citiverse feed air.csv --to http://127.0.0.1:8000/sensors/air --start recorded --speed 0
    """
    from citiverse.commands import feed as command

    options = command.FeedOptions(to, speed, start, timezone, loop, made_up, token_env)
    command.run(recordings, options)
