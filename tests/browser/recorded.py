"""Recorded sensors as visitors meet them: played by `citiverse feed`, in page and headset."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from browser import boards
from browser.conftest import enter, until
from browser.headset import install, next_frames, step_in
from browser.places import in_scene

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from playwright.sync_api import Page

    from browser.places import Point
    from browser.squares import Spot

CLOSE_FOVY = 0.6
"""Radians from top to bottom: so a small picture has as many pixels for a board as a headset."""
READABLE = 0.8
"""A board in sight is found with 0.87 and more; where another of its kind hides it, with 0.72."""


def people_write(value: float) -> str:
    """At most three digits after the point, and six in all."""
    return f"{round(value, 3):.6g}"


def example(root: Path, name: str, folder: Path, change: Callable[[str], str]) -> Path:
    """A file of docs/sensors, changed where an address of its own has to be."""
    file = folder / name
    text = (root / "docs" / "sensors" / name).read_text(encoding="utf-8")
    file.write_text(change(text), encoding="utf-8")
    return file


def feed(recording: Path, to: str, *options: str) -> None:
    """Plays a recording to its end, as the operator does."""
    program = (sys.executable, "-m", "citiverse", "feed", str(recording), "--to", to)
    subprocess.run([*program, "--speed", "0", *options], check=True, capture_output=True)


@dataclass(frozen=True)
class Visit:
    """A page with a headset at hand, before the middle of a square."""

    page: Page
    url: str
    place: Point

    def expect_pin(self, *texts: str | re.Pattern[str]) -> None:
        """A pin that can be seen says all these texts."""
        pin = self.page.locator(".pin.seen .card")
        for text in texts:
            pin = pin.filter(has_text=text)
        # The hint for newcomers has gone by then.
        expect(pin.first).to_be_visible(timeout=20_000)

    def expect_listed(self, values: Mapping[str, str]) -> None:
        """The list for those who see no picture says each value behind its name."""
        self.page.get_by_role("button", name="Live data").click()
        panel = self.page.get_by_role("dialog", name="Live data")
        for name, value in values.items():
            entry = panel.locator(".live-near > li").filter(has_text=name).first
            expect(entry).to_contain_text(value)
        self.page.keyboard.press("Escape")

    def expect_board(self, *texts: str) -> None:
        """In the headset one board says these texts, and is in the picture as it was written."""
        step_in(self.page)
        self.page.evaluate("fovy => { headset.fovy = fovy }", CLOSE_FOVY)
        wanted = f"boards().some(({{texts}}) => {[*texts]}.every(text => texts.includes(text)))"
        until(self.page, wanted)
        next_frames(self.page)
        assert boards.likeness(self.page, texts[0]) > READABLE


def visit(page: Page, url: str, scene: Path, spot: Spot, off: tuple[float, float]) -> Visit:
    """Enters a square, and looks north from so far east and north of its middle, in metres."""
    install(page)
    boards.listen(page)
    enter(page, f"{url}/s/{scene.name}")
    x, y, z = in_scene(scene, "EPSG:4326", spot.lon, spot.lat, 0)
    pose = {"position": [x + off[0], y + off[1], z + 1], "headingDeg": 0}
    page.evaluate("pose => citiverse.setPose(pose)", pose)
    page.evaluate("citiverse.settled()")
    return Visit(page, url, (x, y, z))
