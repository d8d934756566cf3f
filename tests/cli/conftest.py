"""Small inputs for the command: a hamlet of the demo town's own buildings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from citiverse.main import app
from citiverse_assets import citygml, town
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

    Citiverse = Callable[..., Result]


@pytest.fixture
def citiverse() -> Citiverse:
    """Runs the command in this process: `citiverse("tile", path, "-o", scene)`."""

    def run(*arguments: object) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return run


@pytest.fixture(scope="session")
def hamlet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CityGML file of a dozen buildings."""
    path = tmp_path_factory.mktemp("hamlet") / "hamlet.gml"
    citygml.write(town.build()[:12], path)
    return path


@pytest.fixture(scope="session")
def scene(hamlet: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hamlet, tiled."""
    folder = tmp_path_factory.mktemp("scene") / "hamlet"
    tile(TileOptions((hamlet,), folder))
    return folder
