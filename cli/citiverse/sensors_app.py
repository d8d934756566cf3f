"""`citiverse sensors`: what a city listens to."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)


@app.callback()
def sensors() -> None:
    """Find out what is wrong between a city and its sensors.

    \b
    Examples:
      citiverse sensors check sensors.toml --scene my-city
    """


@app.command()
def check(
    config: Annotated[
        Path, typer.Argument(metavar="CONFIG.toml", help="The sensor file, as for `serve`.")
    ],
    listen_s: Annotated[
        float,
        typer.Option("--for", metavar="SECONDS", min=0.0, max=86_400.0, help="How long to listen."),
    ] = 30.0,
    scene: Annotated[
        Path | None,
        typer.Option(metavar="SCENE", help="Also look for the things' features in this scene."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Listen to the sources of a sensor file, and tell what arrives, what doesn't, and why.

    Nothing is stored. Ends with 0 where every datastream brings values, 3 where something is
    missing or was left out, 1 where nothing came at all.

    \b
    Examples:
      citiverse sensors check sensors.toml
      citiverse sensors check sensors.toml --for 300 --scene my-city --json
    """
    from citiverse.commands import sensors as command

    command.check(config, listen_s, scene, as_json)
