"""What a browser holds is not sent to it again: after a cut, a restart, and at the next visit."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from browser.conftest import enter, serving, until
from citiverse.bench.received import Received
from citiverse.bench.tcp_relay import Relay, relayed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page, Route

    from browser.conftest import Served

pytestmark = pytest.mark.browser

SHARE = 0.01
STEP = """async seconds => {
  await citiverse.step(seconds)
  const { shown, link } = citiverse.stats()
  return { shown, link, eye: citiverse.pose().position }
}"""
# A clock of which a test can let time pass: whatever waits is called in its turn.
CLOCK = """() => {
  const { setTimeout: later, clearTimeout: cancel } = window
  const waiting = new Map()
  let passedMs = 0
  const now = () => performance.now() + passedMs
  window.setTimeout = (run, ms = 0, ...rest) => {
    const id = later(() => { waiting.delete(id); run(...rest) }, ms)
    waiting.set(id, { run: () => run(...rest), atMs: now() + ms })
    return id
  }
  window.clearTimeout = id => { waiting.delete(id); cancel(id) }
  window.pass = ms => {
    const endMs = now() + ms
    for (;;) {
      const [next] = [...waiting].sort(([, a], [, b]) => a.atMs - b.atMs)
      if (!next || next[1].atMs > endMs) break
      window.clearTimeout(next[0])
      passedMs += Math.max(0, next[1].atMs - now())
      next[1].run()
    }
    passedMs += Math.max(0, endMs - now())
  }
}"""
# So much of the picture is needed to see a hole, and no more.
FEW_PIXELS = {"device_scale_factor": 0.25}


def port_of(served: Served) -> int:
    return int(urlsplit(served.url).port or 0)


def standing(page: Page, address: str) -> None:
    """Comes in, and waits until there is ground."""
    enter(page, address)
    until(page, "citiverse.stats().grounded")
    page.evaluate("citiverse.settled()")
    page.evaluate("() => { window.sameAsBefore = true }")


def comes_back(page: Page, relay: Relay) -> None:
    """Walks on while the line is down, then until everything is there again; no hole, no jump."""
    before = page.evaluate(STEP, 0.05)
    assert before["shown"] > 0
    until(page, "citiverse.stats().link === 'lost'")
    views = page.evaluate("citiverse.stats().lastComplete")
    relay.mend()
    page.evaluate("dispatchEvent(new Event('online'))")
    for _ in range(1000):
        now = page.evaluate(STEP, 0.05)
        assert now["shown"] == before["shown"], "a hole"
        assert now["eye"] == pytest.approx(before["eye"], abs=0.01), "a jump"
        if page.evaluate("citiverse.stats().lastComplete") > views:
            break
    else:
        pytest.fail("the city never came back")
    page.evaluate("citiverse.settled()")
    after = page.evaluate(STEP, 0.05)
    assert after["shown"] == before["shown"]
    assert after["link"] == "open"
    assert page.evaluate("citiverse.stats().grounded")
    assert page.evaluate("window.sameAsBefore"), "no reload"


def test_a_cut_costs_no_content_and_no_hole(
    city: Served, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context(**FEW_PIXELS).new_page()
    page.add_init_script(f"({CLOCK})()")
    received = Received(page)
    with relayed(port_of(city)) as relay:
        standing(page, f"http://127.0.0.1:{relay.port}/s/potsdam-lod1?clock=manual")
        sent = received.content_bytes
        received.forget()
        relay.freeze()
        # Nobody was told: the silence has to be noticed, and is within seconds.
        page.evaluate("pass(8_000)")
        until(page, "citiverse.stats().link === 'lost'")
        relay.cut()
        page.evaluate("pass(22_000)")
        page.evaluate("citiverse.step(0.05)")
        assert page.get_by_role("button", name="Try now").is_visible()
        comes_back(page, relay)
        assert received.messages["place held"] > 0
        assert received.messages["collider held"] > 0
        assert received.content_bytes <= SHARE * sent


def test_a_new_server_sends_no_content_again(
    potsdam: Path, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context(**FEW_PIXELS).new_page()
    received = Received(page)
    with serving(potsdam) as first, relayed(port_of(first)) as relay:
        standing(page, f"http://127.0.0.1:{relay.port}/s/potsdam-lod1?clock=manual")
        sent = received.content_bytes
        received.forget()
        first.process.terminate()
        first.process.wait(10)
        relay.cut()
        with serving(potsdam) as second:
            relay.target = port_of(second)
            comes_back(page, relay)
            assert received.messages["place held"] > 0
            assert received.content_bytes <= SHARE * sent


def visit(context: BrowserContext, address: str) -> tuple[Page, Received]:
    """A visit until everything wanted is drawn."""
    page = context.new_page()
    received = Received(page)
    standing(page, address)
    return page, received


def kept(page: Page, received: Received) -> None:
    """Waits until everything that came has been written down, and leaves."""
    names = "(localStorage.getItem('citiverse.shelf.potsdam-lod1') ?? '').length / 16"
    until(page, f"{names} >= {len(received.hashes)}")
    page.close()


EMPTY = """() => new Promise((resolve, reject) => {
  const request = indexedDB.deleteDatabase('citiverse')
  request.onsuccess = resolve
  request.onerror = reject
})"""


@pytest.mark.long
def test_the_next_visit_needs_no_content_but_what_was_lost_meanwhile(
    city: Served, new_context: Callable[..., BrowserContext]
) -> None:
    context = new_context(**FEW_PIXELS)
    address = f"{city.url}/s/potsdam-lod1?clock=manual"
    page, first = visit(context, address)
    shown = page.evaluate("citiverse.stats().shown")
    kept(page, first)

    page, second = visit(context, address)
    assert page.evaluate("citiverse.stats().shown") == shown
    assert second.messages["place held"] > 0
    assert second.messages["collider held"] > 0
    assert second.content_bytes <= SHARE * first.content_bytes
    page.goto(f"{city.url}/healthz")
    page.evaluate(EMPTY)
    page.close()

    page, third = visit(context, address)
    assert page.evaluate("citiverse.stats().shown") == shown
    assert third.messages["place held"] > 0
    assert third.content_bytes >= (1 - SHARE) * first.content_bytes
    kept(page, third)


def test_a_browser_that_keeps_nothing_shows_the_city_all_the_same(
    city: Served, new_context: Callable[..., BrowserContext]
) -> None:
    context = new_context(**FEW_PIXELS)
    refuse = "{ get() { throw new DOMException('no', 'SecurityError') } }"
    context.add_init_script(f"Object.defineProperty(window, 'localStorage', {refuse})")

    def without_disk(route: Route) -> None:
        answer = route.fetch()
        head = f"Object.defineProperty(self, 'indexedDB', {refuse});"
        route.fulfill(response=answer, body=head + answer.text())

    context.route("**/decode-worker-*.js", without_disk)
    page, received = visit(context, f"{city.url}/s/potsdam-lod1?clock=manual")
    assert page.evaluate("citiverse.stats().shown") > 0
    assert received.content_bytes > 0
