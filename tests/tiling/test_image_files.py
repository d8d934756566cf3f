"""Names of images lead to files beside the source, however written, and to nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_tiling.sources.image_files import ImageFiles, NoImage
from tiling.appearance_documents import image


@pytest.fixture
def files(tmp_path: Path) -> ImageFiles:
    folder = tmp_path / "city"
    image(folder / "textures" / "Wall one.PNG")
    image(folder / "textures" / "Dächer.png")
    image(folder / "100%25.png")
    image(tmp_path / "secret.png")
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    (folder / "city.gml").write_text("", encoding="utf-8")
    return ImageFiles(folder / "city.gml")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("textures/Wall one.PNG", "Wall one.PNG"),
        ("textures\\Wall one.PNG", "Wall one.PNG"),
        ("./textures/../textures/Wall one.PNG", "Wall one.PNG"),
        ("textures/Wall%20one.PNG", "Wall one.PNG"),
        ("Textures/wall ONE.png", "Wall one.PNG"),
        ("textures/Da\u0308cher.png", "Dächer.png"),
        ("textures/D%C3%A4cher.png", "Dächer.png"),
        ("100%25.png", "100%25.png"),
    ],
)
def test_row_24_names_are_understood_however_written(
    files: ImageFiles, name: str, found: str
) -> None:
    assert Path(files.find(name)).name == found


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../secret.png", "outside of the folder"),
        ("..\\secret.png", "outside of the folder"),
        ("textures/../../secret.png", "outside of the folder"),
        ("%2e%2e/secret.png", "outside of the folder"),
        ("/etc/passwd", "absolute"),
        ("\\\\server\\share\\a.png", "absolute"),
        ("C:\\a.png", "absolute"),
        ("http://example.org/a.png", "URL"),
        ("file:///etc/passwd", "URL"),
        ("data:image/png;base64,AAAA", "URL"),
        ("link.png", "leads out of the folder"),
        ("textures", "no such file"),
        ("none.png", "no such file"),
        ("", "can't be that of a file"),
        ("a\0.png", "can't be that of a file"),
        ("a" * 5_000, "can't be that of a file"),
        ("a" * 400, "no such file"),
    ],
)
def test_nothing_else_is_opened(files: ImageFiles, name: str, why: str) -> None:
    for _ in range(2):
        with pytest.raises(NoImage, match=why):
            files.find(name)


@given(st.text(st.sampled_from("./\\%2eE:aC~\0 ") | st.characters(), max_size=30))
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    folder = Path(__file__).resolve().parent
    try:
        found = ImageFiles(folder / "city.gml").find(name)
    except NoImage:
        return
    assert Path(found).resolve().is_relative_to(folder)
