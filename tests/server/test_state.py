"""Where a scene's memory lies, and that one server at a time has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from citiverse_server.state import locked, make_state_folder, state_folder


def test_it_lies_beside_the_scene() -> None:
    assert state_folder(Path("cities/town"), "harbour", None) == Path("cities/town.state")


def test_it_lies_in_the_chosen_folder_under_the_scenes_name() -> None:
    chosen = state_folder(Path("cities/town"), "harbour", Path("/var/lib/citiverse"))
    assert chosen == Path("/var/lib/citiverse/harbour.state")


@pytest.mark.parametrize("here", [".", "../town/.", "../town"])
def test_a_scene_may_be_named_from_within(
    here: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "town").mkdir()
    monkeypatch.chdir(tmp_path / "town")
    assert state_folder(Path(here), "town", None).resolve() == tmp_path / "town.state"


def test_one_at_a_time_holds_it(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "town.state"
    make_state_folder(folder)
    make_state_folder(folder)
    with locked(folder), pytest.raises(BlockingIOError), locked(folder):
        pass
    with locked(folder):
        pass
