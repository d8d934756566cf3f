"""`citiverse variant`: what a scene may become, beside what it is."""

from pathlib import Path
from typing import Annotated

import typer

from citiverse import option_types as kinds
from citiverse_tiling.options import Reality

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)

Scene = Annotated[Path, typer.Argument(metavar="SCENE", help="Folder made by `tile`.")]


@app.callback()
def variant() -> None:
    """Show what a city may become: proposals, which visitors switch between.

    \b
    Examples:
      citiverse variant add my-city library.gml --name a
      citiverse variant remove my-city a
    """


@app.command()
def add(
    scene: Scene,
    name: Annotated[str, typer.Option(help="The variant's name in identities.")],
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="Files of what is proposed, as for `tile`; none where it only hides or restyles.",
        ),
    ] = None,
    title: Annotated[
        str | None,
        typer.Option(help="The variant's name for people.", show_default="its name, in capitals"),
    ] = None,
    description: Annotated[str, typer.Option(help="A sentence or two about it, for people.")] = "",
    replaces: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="What isn't there any more in it, with all its parts."),
    ] = None,
    replaces_footprint: Annotated[
        bool, typer.Option(help="Nor is what stands where the variant stands.")
    ] = True,
    keeps: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="What stays though the variant stands on it."),
    ] = None,
    restyle: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID=LOOK/WORDS",
            help="What looks otherwise in it: LOOK is #rrggbb, green, paving, road or soil.",
        ),
    ] = None,
    crs: kinds.Crs = None,
    place: Annotated[
        str | None,
        typer.Option(metavar="lon,lat,height,heading", help="As for `tile`."),
    ] = None,
    height_offset: Annotated[
        float, typer.Option(metavar="METRES", help="Added to all heights.", min=-1e4, max=1e4)
    ] = 0.0,
    geoid: kinds.Geoid = None,
    lod: kinds.Lods = None,
    reality: Annotated[
        Reality, typer.Option(help="Whether it is planned, computed, made up, or stands already.")
    ] = "proposed",
) -> None:
    """Put what is proposed into a scene that is there, without tiling the city again.

    A variant of the same name is replaced: so a revised file takes the place of the former one.
    Ends with 0 when all is well, 3 when something of the files could not be drawn (it is listed),
    and 1 when the scene is as it was.

    \b
    Examples:
      citiverse variant add my-city library.gml --name a
      citiverse variant add my-city tower.ifc --name b --title "B: the tower" --replaces BLDG_0042
      citiverse variant add my-city --name green --restyle "ROAD_7=green/A park in the street"
      citiverse variant add my-city hall.glb --name c --place 13.06,52.4,35,0
    """
    from citiverse.commands import variant as command
    from citiverse.commands.tile import crs_names_of, crs_of, lods_of, place_of
    from citiverse_tiling.options import Heights, TileOptions
    from citiverse_tiling.workers import cores

    tiling = TileOptions(
        inputs=tuple(files or ()),
        output=scene,
        crs=crs_of(crs or []),
        crs_names=crs_names_of(crs or []),
        place=place_of(place) if place else None,
        heights=Heights(height_offset, geoid),
        lods=lods_of(lod or []),
        reality=reality,
        workers=cores(),
    )
    said = command.Description(name, title or name.upper(), description)
    changes = command.Changes(
        tuple(replaces or ()), replaces_footprint, tuple(keeps or ()), tuple(restyle or ())
    )
    command.add(tiling, said, changes)


@app.command()
def remove(
    scene: Scene,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the variant, as in `add`.")],
) -> None:
    """Take a variant out of a scene again.

    \b
    Examples:
      citiverse variant remove my-city a
    """
    from citiverse.commands import variant as command

    command.remove(scene, name)
