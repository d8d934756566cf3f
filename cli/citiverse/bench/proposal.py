"""`citiverse bench proposal`: from a building dropped on the page until one can walk in it."""

from __future__ import annotations

import base64
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from citiverse.bench.browser import opened
from citiverse.bench.row import Row
from citiverse.bench.serving import lineage_time_s, serving
from citiverse.bench.sources import data_folder, sources
from citiverse.bench.stream.visits import UNDRAWN
from citiverse_server.access import Role
from citiverse_server.invitations import Invitation, inviter_in
from citiverse_server.state import state_folder
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

HOUSE = "ifc-fzk-haus/AC20-FZK-Haus.ifc"
FULL_RUNS, QUICK_RUNS = 3, 1
GOAL_MS = 3000.0
WAIT_MS = 120_000
READY_S = 4.0
"""What a server that was asked for proposals may take to have its reader ready: who brings a file
looks for it first."""

DROP = """([name, content]) => {
  const bytes = Uint8Array.from(atob(content), letter => letter.charCodeAt(0))
  const dataTransfer = new DataTransfer()
  dataTransfer.items.add(new File([bytes], name))
  const how = { dataTransfer, bubbles: true, cancelable: true }
  document.body.dispatchEvent(new DragEvent('drop', how))
}"""
BETWEEN = """([from, to]) => {
  const [a, b] = [from, to].map(name => performance.getEntriesByName(`citiverse:proposal-${name}`))
  return b[0].startTime - a[0].startTime
}"""


@dataclass(frozen=True, slots=True)
class _Placed:
    """One drop: until it stands in the street, and from “Publish” until one can walk in it.

    `…_cpu_s` is what the server and its reader spent on it.
    """

    sketched_ms: float
    published_ms: float
    sketch_cpu_s: float
    publish_cpu_s: float


def run(quick: bool) -> Iterator[Row]:
    """How soon a house is there, and what that costs the server. Raises BenchError."""
    house = data_folder() / HOUSE
    if not house.is_file():
        print(f"bench proposal: no {HOUSE} at {data_folder()} (CITIVERSE_DATA).", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as folder, opened("proposal") as browser:
        if browser is None:
            return
        scene = Path(folder) / "city"
        tile(TileOptions(inputs=(sources()[-1].file(Path(folder)),), output=scene))
        runs = QUICK_RUNS if quick else FULL_RUNS
        placed = [_placed(browser, scene, house) for _ in range(runs)]
    versus = f"{house.stem} in {sources()[-1].name}, nothing painted"
    ms = tuple(one.sketched_ms + one.published_ms for one in placed)
    yield Row("proposal", "drop_to_walkable", ms, "ms", versus, GOAL_MS)
    for metric, values, unit in (
        ("drop_to_sketch", tuple(one.sketched_ms for one in placed), "ms"),
        ("publish_to_walkable", tuple(one.published_ms for one in placed), "ms"),
        ("drop_to_sketch_cpu", tuple(one.sketch_cpu_s for one in placed), "s CPU of the server"),
        ("publish_cpu", tuple(one.publish_cpu_s for one in placed), "s CPU of the server"),
    ):
        yield Row("proposal", metric, values, unit, versus)


def _placed(browser: Browser, scene: Path, house: Path) -> _Placed:
    inviter = inviter_in(state_folder(scene, scene.name, None))
    token = inviter.issue(Invitation(scene.name, Role.HOST, int(time.time() + 3600)))
    content = base64.b64encode(house.read_bytes()).decode()
    context = browser.new_context(viewport={"width": 640, "height": 360})
    try:
        with serving((scene,)) as (address, process):
            page = context.new_page()
            page.set_default_timeout(WAIT_MS)
            page.add_init_script(f"({UNDRAWN})()")
            page.goto(f"{address}s/{scene.name}#invite={token}")
            page.get_by_role("button", name="Propose a building").wait_for()
            page.wait_for_timeout(READY_S * 1000)
            before = lineage_time_s(process)
            page.evaluate(DROP, [house.name, content])
            page.locator(".placing").wait_for()
            sketched = lineage_time_s(process)
            page.get_by_role("button", name="Publish for everyone").click()
            page.get_by_role("heading", name="Published").wait_for()
            published = lineage_time_s(process)
            times = _between(page, "dropped", "sketched"), _between(page, "publish", "published")
            page.get_by_role("button", name="All proposals").click()
            page.get_by_role("button", name="Remove: ").click()
            page.get_by_role("button", name="Remove for good").click()
            page.get_by_text("Nothing has been proposed yet.").wait_for()
        return _Placed(*times, sketched - before, published - sketched)
    finally:
        context.close()


def _between(page: Page, start: str, end: str) -> float:
    milliseconds: float = page.evaluate(BETWEEN, [start, end])
    return milliseconds
