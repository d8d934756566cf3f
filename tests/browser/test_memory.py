"""A device that can't hold the whole city shows less of it, says so, and isn't sent it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgpack
import pytest

from browser.conftest import enter, placed_tiles, until

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from browser.conftest import Served

pytestmark = pytest.mark.browser

MEBIBYTE = 1024 * 1024
LESS = "This device shows the city with less detail."
# Whether a sentence has stood on the page at any time: notices go away by themselves.
WATCH = f"""new MutationObserver(() => {{
  window.said ||= document.body?.textContent.includes({LESS!r}) ?? false
}}).observe(document, {{childList: true, subtree: true, characterData: true}})"""
STREET = {"position": [-188.4, 210.2, 70], "headingDeg": 107}


@pytest.fixture
def given_up(page: Page) -> list[dict[str, Any]]:
    """Fills with what the page says that it has given up."""
    messages: list[dict[str, Any]] = []

    def hear(frame: bytes | str) -> None:
        message = msgpack.unpackb(frame) if isinstance(frame, bytes) else {}
        if message.get("t") == "evicted":
            messages.append(message)

    page.on("websocket", lambda socket: socket.on("framesent", hear))
    return messages


@pytest.mark.long
def test_less_memory_is_less_detail_without_a_hole_and_without_sending_again(
    page: Page, city: Served, given_up: list[dict[str, Any]]
) -> None:
    address = f"{city.url}/s/potsdam-lod1"
    enter(page, address)
    page.evaluate("pose => citiverse.setPose(pose)", STREET)
    page.evaluate("citiverse.settled()")
    everything = page.evaluate("citiverse.stats().bytes")
    placed = placed_tiles(page)
    given_up.clear()

    page.add_init_script(WATCH)
    cap = everything / 2
    enter(page, f"{address}?memory={cap / MEBIBYTE}")
    page.evaluate("pose => citiverse.setPose(pose)", STREET)
    page.evaluate("citiverse.settled()")
    until(page, f"citiverse.stats().bytes <= {cap}")
    until(page, "window.said")
    assert given_up
    assert all(message["full"] for message in given_up)
    assert page.evaluate("citiverse.stats().covered")

    before = len(placed)
    for turn in range(4):
        page.evaluate("pose => citiverse.setPose(pose)", STREET | {"headingDeg": 107 + 90 * turn})
        page.evaluate("citiverse.settled()")
        assert page.evaluate("citiverse.stats().bytes") <= cap
        assert page.evaluate("citiverse.stats().covered")
    assert len(placed) - before <= 4, "what was given up was sent again at every turn"
