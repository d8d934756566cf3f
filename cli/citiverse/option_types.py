"""Types of options: what a word on the command line may be, and what `--help` says of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from citiverse_tiling.options import ImageEncoding, MeshEncoding
from citiverse_tiling.profiles import Profile

Compression: TypeAlias = Annotated[
    MeshEncoding,
    typer.Option(help="How meshes are written; `none` is for readers that can't decompress."),
]
DeviceProfile: TypeAlias = Annotated[
    Profile, typer.Option(help="The device whose budget the tiles are made for.")
]
Images: TypeAlias = Annotated[
    ImageEncoding,
    typer.Option(help="How images are written; `source` is JPEG and PNG."),
]
Fresh: TypeAlias = Annotated[
    bool, typer.Option("--fresh", help="Keep nothing of a scene that is replaced, nor its origin.")
]
Strict: TypeAlias = Annotated[
    bool, typer.Option("--strict", help="Write no scene where anything would be lost.")
]
Visibility: TypeAlias = Annotated[
    bool,
    typer.Option(help="Find out what can be seen from each spot on the ground; takes its time."),
]
Previous: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="SCENE",
        help="Scene of the former delivery, whose identities are led on to this one's.",
        show_default="the scene that is replaced",
    ),
]
Theme: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Which theme of materials and textures to show.",
        show_default="the first of each file",
    ),
]
Delivering: TypeAlias = Annotated[
    Literal["value", "reference"],
    typer.Option(help="Send tiles by the stream, or the addresses that they are fetched from."),
]
ContentUrl: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="With --delivery reference: what comes before /scenes/… in these addresses.",
        show_default="this server",
    ),
]
MaxSessions: TypeAlias = Annotated[
    int, typer.Option(min=1, metavar="N", help="Most visitors at a time.")
]
CacheBytes: TypeAlias = Annotated[
    int, typer.Option(min=1, metavar="N", help="Most bytes of tiles kept in memory.")
]
PlaceAsForTile: TypeAlias = Annotated[
    str | None, typer.Option(metavar="lon,lat,height,heading", help="As for `tile`.")
]
ProposalBytes: TypeAlias = Annotated[
    int,
    typer.Option(min=1, metavar="N", help="Most bytes of a file that a host drops into a city."),
]
TlsCert: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Speak HTTPS with this certificate (PEM); `citiverse cert` makes one.",
    ),
]
TlsKey: TypeAlias = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The key of that certificate (PEM).")
]
Scheduler: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS", help="Let a Dask cluster do the work, which has these folders too."
    ),
]
Workers: TypeAlias = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        max=256,
        help="Processes that share the work of large cities.",
        show_default="the cores of this machine",
    ),
]
Origin: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="lon,lat",
        help="Where the scene's frame touches the Earth, in degrees.",
        show_default="near the first object",
    ),
]
Attributions: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="TEXT[;LICENCE]",
        help="Whom to name where the scene is shown; may be given several times.",
    ),
]
Lods: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="[CLASS=]highest|lowest|N",
        help="Which level of detail to show; may be given several times.",
        show_default="highest",
    ),
]
Geoid: TypeAlias = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Grid of PROJ that turns heights into ellipsoidal ones."),
]
Port: TypeAlias = Annotated[
    int | None,
    typer.Option(
        envvar="CITIVERSE_PORT",
        min=0,
        max=65535,
        help="Port; 0 takes a free one.",
        show_default="8000",
    ),
]
Crs: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="[NAME=]EPSG:n",
        help="Coordinate system of all files; with NAME, what that name in the files means; with"
        " nothing before =, of files that name none. May be given several times.",
    ),
]
State: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Folder for comments and secrets; without it, SCENE.state beside each scene.",
    ),
]
