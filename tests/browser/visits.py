"""Visits of several people to one scene, in pages that a whole module of tests shares."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from browser.conftest import VIEWPORT, enter, until
from browser.headset import install

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

PHONE = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True}


@contextmanager
def visiting(browser: Browser, url: str, *, headset: bool = False) -> Iterator[Page]:
    """Somebody new, who is in the scene; ends with the block, and fails where the page reported an
    error.
    """
    errors: list[str] = []
    # A quarter of the pixels: three pages are drawn in software at once.
    context = browser.new_context(viewport=VIEWPORT, device_scale_factor=0.5)
    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.set_default_timeout(20_000)
    page = context.new_page()
    if headset:
        install(page)
    enter(page, url)
    yield page
    context.close()
    assert errors == []


def frame_ms(page: Page) -> float:
    """How long the page takes to draw now; in software, on a busy machine, that may be long."""
    return float(
        page.evaluate("""async () => {
          const start = performance.now()
          for (let i = 0; i < 2; i += 1) await citiverse.settled()
          return (performance.now() - start) / 4
        }""")
    )


def headset_frame_ms(page: Page) -> float:
    """The same in a headset, which draws all the time."""
    return float(
        page.evaluate("""async () => {
          const start = performance.now(), { frames } = citiverse.stats()
          while (citiverse.stats().frames < frames + 4) await new Promise(requestAnimationFrame)
          return (performance.now() - start) / 4
        }""")
    )


def stand(page: Page, pose: dict[str, object]) -> None:
    page.evaluate("pose => citiverse.setPose(pose)", pose)
    page.evaluate("citiverse.settled()")


def own_name(page: Page) -> str:
    until(page, "citiverse.people().some(p => p.you)")
    return str(page.evaluate("citiverse.people().find(p => p.you).name"))


def of(name: str) -> str:
    """JavaScript for what a page knows of somebody."""
    return f"citiverse.people().find(p => p.name === {name!r})"


def button(page: Page, label: str) -> None:
    page.get_by_role("button", name=label, exact=True).click()


def close_panel(page: Page) -> None:
    page.get_by_role("dialog").press("Escape")


def open_people(page: Page) -> None:
    page.locator("canvas").focus()
    page.keyboard.press("p")
