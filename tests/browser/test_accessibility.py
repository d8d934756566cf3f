"""Everyone can use the page: WCAG 2.2 AA by axe-core, and every control by keyboard alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from browser.conftest import enter, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import BrowserContext, Page

    from browser.conftest import Served

pytestmark = pytest.mark.browser

AXE = Path(__file__).resolve().parents[2] / "web-client/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FINDINGS = """async tags => {
  const { violations } = await axe.run({ runOnly: tags })
  return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])
}"""


def findings(page: Page) -> list[object]:
    found: list[object] = page.evaluate(FINDINGS, RULES)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong(
    scheme: str, city: Served, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context(color_scheme=scheme).new_page()
    page.add_init_script(path=AXE)
    enter(page, f"{city.url}/s/nrw-lod2")
    assert findings(page) == []
    page.keyboard.press("h")
    expect(page.get_by_role("dialog")).to_contain_text("How to get around")
    assert findings(page) == []
    page.keyboard.press("Escape")
    page.goto(f"{city.url}/s/atlantis")
    expect(page.get_by_role("heading")).to_be_visible()
    assert findings(page) == []


def test_every_control_is_reached_by_tab_and_shows_its_focus(page: Page, city: Served) -> None:
    enter(page, f"{city.url}/s/nrw-lod2")
    buttons = page.get_by_role("button")
    names = [buttons.nth(index).inner_text() for index in range(buttons.count())]
    assert len(names) >= 3
    reached = set()
    for _ in range(len(names) + 3):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.innerText"))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid" or page.evaluate("document.activeElement === document.body")
    assert set(names) <= reached


def test_enter_asks_about_the_building_ahead_and_escape_returns(page: Page, city: Served) -> None:
    enter(page, f"{city.url}/s/nrw-lod2")
    page.evaluate("citiverse.setPose({position: [-1, 60, 60], headingDeg: 0, pitchDeg: 3})")
    until(page, "citiverse.stats().grounded")
    page.evaluate("citiverse.settled()")
    page.locator("canvas").focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog")
    expect(panel).to_contain_text("DENW43AL")
    assert page.evaluate("document.activeElement.closest('[role=dialog]') !== null")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    assert page.evaluate("document.activeElement.tagName") == "CANVAS"
