"""The plain page of comments in a real browser: by keyboard, without scripts, in light and dark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import expect

from browser.conftest import serving
from browser.test_accessibility import AXE, findings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext

    from browser.conftest import Served

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 640}


@pytest.fixture
def village(nrw: Path, tmp_path: Path) -> Iterator[Served]:
    with serving(nrw, options=("--state", str(tmp_path))) as served:
        yield served


def test_a_comment_is_written_by_keyboard_without_scripts(
    village: Served, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{village.url}/s/nrw-lod2/comments")
    page.get_by_role("searchbox").focus()
    page.keyboard.type("DENW43AL")
    page.keyboard.press("Enter")
    choice = page.get_by_role("radio").first
    expect(choice).to_be_visible()
    choice.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("Ada")
    page.keyboard.press("Tab")
    page.keyboard.type("A tree by this house, please.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Saved. Everyone can see it.")
    expect(page.get_by_role("listitem")).to_contain_text("A tree by this house, please.")
    listed = httpx.get(f"{village.url}/scenes/nrw-lod2/comments").json()["comments"]
    assert [(one["name"], one["text"]) for one in listed] == [
        ("Ada", "A tree by this house, please.")
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_the_plain_page(
    scheme: str, village: Served, new_context: Callable[..., BrowserContext]
) -> None:
    # The page's own policy forbids the checker's script too, so the browser is told to let it in.
    context = new_context(color_scheme=scheme, viewport=PHONE, bypass_csp=True)
    page = context.new_page()
    page.add_init_script(path=AXE)
    page.goto(f"{village.url}/s/nrw-lod2/comments")
    assert findings(page) == []
    page.get_by_role("searchbox").fill("DENW43AL")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("radio").first.check()
    page.get_by_label("What would you like to say?").fill("First.\nSecond line.")
    assert findings(page) == []
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_be_visible()
    assert findings(page) == []
    page.goto(f"{village.url}/s/nrw-lod2/comments?invite=forged")
    expect(page.get_by_role("alert")).to_be_visible()
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
