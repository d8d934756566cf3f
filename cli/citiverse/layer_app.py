"""`citiverse layer`: what others made, beside the layers of a scene."""

from pathlib import Path
from typing import Annotated

import typer

from citiverse import option_types as kinds
from citiverse_tiling.options import Reality

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)

Scene = Annotated[Path, typer.Argument(metavar="SCENE", help="Folder made by `tile`.")]


@app.callback()
def layer() -> None:
    """Show 3D Tiles that others made beside the layers of a scene.

    \b
    Examples:
      citiverse layer add my-city photomesh/tileset.json --title "Photo mesh 2025"
      citiverse layer remove my-city photomesh
    """


@app.command()
def add(
    scene: Scene,
    tileset: Annotated[
        Path,
        typer.Argument(metavar="TILESET", help="Its tileset.json, or the folder that has one."),
    ],
    name: Annotated[
        str | None,
        typer.Option(
            help="The layer's name in links and identities.",
            show_default="that of the tileset's folder",
        ),
    ] = None,
    title: Annotated[str | None, typer.Option(help="The layer's name for people.")] = None,
    attribution: kinds.Attributions = None,
    reality: Annotated[
        Reality, typer.Option(help="Whether it shows what stands, is planned, computed or made up.")
    ] = "measured",
) -> None:
    """Put a tileset of 3D Tiles 1.0 or 1.1 beside the layers of a scene.

    Its files are read once, checked, and copied into the scene; nothing is fetched from elsewhere.
    A layer of the same name is replaced.

    \b
    Examples:
      citiverse layer add my-city photomesh/tileset.json --title "Photo mesh 2025"
      citiverse layer add my-city trees --name trees --attribution "City of Potsdam;CC BY 4.0"
    """
    from citiverse.commands import layer as command
    from citiverse.commands.tile import attributions_of

    named = attributions_of(attribution or [])
    command.add(scene, tileset, command.Description(name, title, named, reality))


@app.command()
def remove(
    scene: Scene,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the layer, as `add` gave it.")],
) -> None:
    """Take such a layer out of a scene again.

    \b
    Examples:
      citiverse layer remove my-city photomesh
    """
    from citiverse.commands import layer as command

    command.remove(scene, name)
