"""`citiverse`: one command, a subcommand for each thing that one does with a city.

The heavy parts are imported by the command that needs them, so that `--help` answers at once.
"""

from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

import typer

from citiverse import feed_app, layer_app, sensors_app, variant_app
from citiverse import option_types as kinds
from citiverse_tiling.options import Reality

app = typer.Typer(
    name="citiverse",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command()(feed_app.feed)
app.add_typer(layer_app.app, name="layer")
app.add_typer(sensors_app.app, name="sensors")
app.add_typer(variant_app.app, name="variant")
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of words.")]


def main() -> None:
    """Entry point of the `citiverse` script."""
    app()


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"citiverse {version('citiverse')}")
        raise typer.Exit


@app.callback()
def citiverse(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Step into your city: from city model files to a walk in the browser.

    \b
    Start here:
      citiverse demo                        a small town, ready to walk
      citiverse info city.gml               see what is in a file
      citiverse tile city.gml -o my-city    turn your own city into a scene
      citiverse serve my-city               walk in it
    """


@app.command()
def tile(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="City files, folders or archives.")
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="SCENE", help="Folder to write, or archive (CITY.3tz)."
        ),
    ],
    crs: kinds.Crs = None,
    place: Annotated[
        str | None,
        typer.Option(
            metavar="lon,lat,height,heading",
            help="Where local coordinates (0, 0, 0) are and where their north points, in degrees"
            " and metres; height and heading may be left out.",
        ),
    ] = None,
    origin: kinds.Origin = None,
    name: Annotated[str | None, typer.Option(help="The scene's name in links.")] = None,
    title: Annotated[str | None, typer.Option(help="The scene's name for people.")] = None,
    attribution: kinds.Attributions = None,
    reality: Annotated[
        Reality, typer.Option(help="Whether the city stands, is planned, computed or made up.")
    ] = "measured",
    lod: kinds.Lods = None,
    height_offset: Annotated[
        float, typer.Option(metavar="METRES", help="Added to all heights.", min=-1e4, max=1e4)
    ] = 0.0,
    geoid: kinds.Geoid = None,
    theme: kinds.Theme = None,
    fresh: kinds.Fresh = False,
    strict: kinds.Strict = False,
    workers: kinds.Workers = None,
    scheduler: kinds.Scheduler = None,
    compression: kinds.Compression = "meshopt",
    images: kinds.Images = "webp",
    profile: kinds.DeviceProfile = "desktop",
    visibility: kinds.Visibility = False,
    previous: kinds.Previous = None,
    progress_lines: Annotated[
        bool,
        typer.Option("--progress-lines", help="Tell progress on standard error, one JSON a line."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Turn city model files into a scene: 3D Tiles that a browser can walk in.

    Ends with 0 when all is well, 3 when the scene is there but something of the source could not be
    drawn (it is listed), and 1 when there is no scene.

    \b
    Examples:
      citiverse tile city.gml -o my-city
      citiverse tile east.gml west.gml -o my-city --title "My city"
      citiverse tile old.gml -o my-city --crs EPSG:25832
      citiverse tile campus.gml -o campus --place 13.06,52.4,35,0
      citiverse tile city.gml -o my-city --attribution "City of Potsdam;CC BY 4.0"
      citiverse tile 2027.gml -o my-city --previous my-city-2026
      citiverse tile delivery.zip -o my-city --lod Building=2 --lod Bridge=1 --strict
    """
    from citiverse.commands import tile as command
    from citiverse_tiling.options import Encoding, Heights, TileOptions
    from citiverse_tiling.workers import cores

    command.check_files(files)
    if name is not None:
        command.check_name(name)
    options = TileOptions(
        inputs=tuple(files),
        output=output,
        crs=command.crs_of(crs or []),
        crs_names=command.crs_names_of(crs or []),
        place=command.place_of(place) if place else None,
        origin=command.origin_of(origin) if origin else None,
        name=name,
        title=title,
        attributions=command.attributions_of(attribution or []),
        reality=reality,
        heights=Heights(height_offset, geoid),
        lods=command.lods_of(lod or []),
        theme=theme,
        fresh=fresh,
        strict=strict,
        previous=previous,
        workers=workers or cores(),
        scheduler=scheduler,
        encoding=Encoding(compression, images),
        profile=profile,
        visibility=visibility,
    )
    command.run(options, as_json, progress_lines)


@app.command()
def info(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="City files, folders or archives.")
    ],
    crs: kinds.Crs = None,
    place: Annotated[
        str | None,
        typer.Option(metavar="lon,lat,height,heading", help="As for `tile`."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what is in city model files: format, CRS, extent, objects, textures, problems.

    Ends with 0, or with 1 where `citiverse tile` would refuse a file.

    \b
    Examples:
      citiverse info city.gml
      citiverse info city.city.json town.city.jsonl --json
      citiverse info old.gml --crs EPSG:25832
    """
    from citiverse.commands import info as command
    from citiverse.commands import tile as tiling

    tiling.check_files(files)
    words, where = crs or [], tiling.place_of(place) if place else None
    registry = command.Where(tiling.crs_of(words), where, tiling.crs_names_of(words))
    command.run(files, registry, as_json)


@app.command()
def archive(
    scene: Annotated[Path, typer.Argument(metavar="SCENE", help="Folder made by `tile`.")],
    file: Annotated[Path, typer.Argument(metavar="CITY.3tz", help="Archive to write.")],
) -> None:
    """Pack a scene into one file, which can be sent, kept and served as it is.

    \b
    Examples:
      citiverse archive my-city my-city.3tz
      citiverse serve my-city.3tz
    """
    from citiverse.commands import archive as command

    command.run(scene, file)


@app.command()
def check(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="PATH", help="Scene, archive, tileset.json, or file of tile content."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Check a scene against its contract, or anyone's 3D Tiles and glTF against the standards.

    Ends with 0 when nothing is wrong and 1 when something is.

    \b
    Examples:
      citiverse check my-city
      citiverse check my-city.3tz
      citiverse check their-city/tileset.json
      citiverse check tile.glb --json
    """
    from citiverse.commands import check as command

    command.run(path, as_json)


@app.command()
def serve(
    scenes: Annotated[
        list[Path], typer.Argument(metavar="SCENE", help="Scenes, or the files of one city.")
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="SCENE",
            help="Where to keep the scene that is made of city files.",
            show_default="a folder in the cache",
        ),
    ] = None,
    crs: kinds.Crs = None,
    place: kinds.PlaceAsForTile = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: kinds.Port = None,
    sensors: Annotated[
        Path | None, typer.Option(metavar="FILE.toml", help="Which sensors to listen to.")
    ] = None,
    delivery: kinds.Delivering = "value",
    content_url: kinds.ContentUrl = None,
    tls_cert: kinds.TlsCert = None,
    tls_key: kinds.TlsKey = None,
    state: kinds.State = None,
    max_sessions: kinds.MaxSessions = 500,
    cache_bytes: kinds.CacheBytes = 256 * 1024 * 1024,
    proposal_bytes: kinds.ProposalBytes = 200_000_000,
) -> None:
    """Serve scenes to browsers: the page, the tiles and the live stream on one port.

    Of city files a first look is served within seconds, in rough shapes. The whole city is made
    meanwhile, takes its place under those who walk in it, and is kept for the next time.

    \b
    Examples:
      citiverse serve city.gml
      citiverse serve folder-of-scenes other-city.3tz --port 9000
      citiverse serve my-city --host 0.0.0.0 --sensors sensors.toml
      citiverse serve my-city --host 0.0.0.0 --tls-cert server.pem --tls-key server-key.pem
    """
    from citiverse.commands import serve as command

    options = command.ServeOptions(
        host=host,
        port=port,
        delivery=delivery,
        content_url=content_url,
        tls_cert=tls_cert,
        tls_key=tls_key,
        sensors=sensors,
        state=state,
        max_sessions=max_sessions,
        cache_bytes=cache_bytes,
        proposal_bytes=proposal_bytes,
    )
    command.run(tuple(scenes), options, command.CityOptions(output, tuple(crs or ()), place))


@app.command()
def cert(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="More names or addresses of this machine."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="Where to keep the files.",
            show_default="a folder in the home folder",
        ),
    ] = None,
) -> None:
    """Make a certificate for this machine in its local network, so that headsets can enter VR.

    Browsers start WebXR on secure pages only. Run it again to renew: what is good is kept.

    \b
    Examples:
      citiverse cert
      citiverse cert museum.local 192.168.1.20
    """
    from citiverse.commands import cert as command

    command.run(tuple(names or ()), output)


@app.command()
def invite(
    scene: Annotated[Path, typer.Argument(metavar="SCENE", help="Folder made by `tile`.")],
    until: Annotated[
        str,
        typer.Option(
            metavar="WHEN", help="Last day, moment, or how long from now (90m, 12h, 7d, 4w)."
        ),
    ],
    role: Annotated[
        Literal["host", "visitor"], typer.Option(help="What the link lets somebody be.")
    ] = "host",
    address: Annotated[
        str, typer.Option(metavar="URL", help="Where the server is reached.")
    ] = "http://127.0.0.1:8000",
    state: kinds.State = None,
) -> None:
    """Print a signed link that lets somebody into a scene as its host.

    A host may hide comments. The link works until the moment that it carries, on every server that
    has the state of this scene.

    \b
    Examples:
      citiverse invite my-city --until 7d
      citiverse invite my-city --role host --until 2026-12-31 --address https://city.example
    """
    from citiverse.commands import invite as command

    command.run(scene, role, until, address, state)


@app.command()
def demo(
    port: kinds.Port = None,
    no_open: Annotated[
        bool, typer.Option("--no-open", help="Don't open the browser, only print the link.")
    ] = False,
    buildings: Annotated[
        int,
        typer.Option(min=300, max=30_000, metavar="N", help="About how many; more are quarters."),
    ] = 300,
) -> None:
    """Make a small harbour town, tile it, start its sensors and serve it.

    Takes a free port where none is chosen and 8000 is in use.

    \b
    Examples:
      citiverse demo
      citiverse demo --port 9000 --no-open
      citiverse demo --buildings 3000
    """
    from citiverse.commands import demo as command

    command.run(port, open_browser=not no_open, buildings=buildings)


@app.command()
def bench(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="Which to run; all if none.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Smaller inputs, fewer runs.")] = False,
) -> None:
    """Measure this machine: each figure with its goal.

    Ends with 0 even where a goal is missed.

    \b
    Examples:
      citiverse bench
      citiverse bench tile --quick
      citiverse bench tile --json
    """
    from citiverse.bench import runner

    runner.run(tuple(names or ()), as_json, quick)
