"""One lamp of many of the same shape can be asked about, and only that one is marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from browser.conftest import enter
from browser.lamps import in_scene
from browser.pictures import AGAIN

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from browser.conftest import Served

# Columns of the picture in which something is as orange as what is picked.
ORANGE = (
    f"async () => {{ const {{data, width}} = {AGAIN}"
    + """
  const columns = new Set()
  for (let i = 0; i < data.length; i += 4) {
    if (data[i] > 100 && data[i] > data[i + 1] * 1.15 && data[i + 1] > data[i + 2] * 1.5) {
      columns.add((i / 4) % width / width)
    }
  }
  return [...columns]
}"""
)


def test_a_lamp_is_picked_and_marked_alone(page: Page, lamps: Path, lit_street: Served) -> None:
    enter(page, f"{lit_street.url}/s/{lamps.name}?time=2026-06-21T12:00")
    x, y, z = in_scene(lamps, 20)
    stand = {"position": [x, y - 4, z], "headingDeg": 0}
    page.evaluate("pose => citiverse.setPose(pose)", stand)
    page.evaluate("citiverse.settled()")
    assert page.evaluate(ORANGE) == []
    found = page.evaluate("citiverse.pickAt(innerWidth / 2, innerHeight / 2)")
    assert found["id"] == "lamps/lamp-20"
    marked = page.evaluate(ORANGE)
    assert marked
    assert min(marked) > 0.4
    assert max(marked) < 0.6
    page.evaluate("pose => citiverse.setPose(pose)", {**stand, "position": [x + 4, y - 4, z]})
    page.evaluate("citiverse.settled()")
    found = page.evaluate("citiverse.pickAt(innerWidth / 2, innerHeight / 2)")
    assert found["id"] == "lamps/lamp-22"
    assert page.evaluate("citiverse.stats().triangles") > 60 * 10
