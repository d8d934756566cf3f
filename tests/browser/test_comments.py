"""What people say: pinned, stored, seen by the others, read without 3D, hidden by a host."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import expect

from browser.conftest import enter, serving, until
from browser.headset import aim, press, step_in
from browser.test_accessibility import AXE, findings
from browser.visits import (
    PHONE,
    button,
    close_panel,
    frame_ms,
    headset_frame_ms,
    of,
    open_people,
    own_name,
    stand,
    visiting,
)
from citiverse_server.access import Role
from citiverse_server.invitations import Invitation, inviter_in
from citiverse_server.state import state_folder
from server.broker import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser

FARM: dict[str, object] = {"position": [-1, 60, 60], "headingDeg": 0, "pitchDeg": 3}
DATASET = "lod2-32-280-5657-1-nw/"
SAID_WITHIN_MS = 1000
# Notes on the page's clock when a text is among the comments.
NOTE_ARRIVAL = """text => {
  window.heard = new Promise(done => {
    const look = () => citiverse.comments().some(c => c.text === text)
      ? done(performance.timeOrigin + performance.now()) : setTimeout(look, 5)
    look()
  })
}"""
SEND = """() => {
  document.querySelector('form.field .primary').click()
  return performance.timeOrigin + performance.now()
}"""


@dataclass(frozen=True)
class Village:
    url: str
    root: str
    token: Callable[[Role, float], str]


@pytest.fixture(scope="module")
def village(nrw: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    state = tmp_path_factory.mktemp("state")
    inviter = inviter_in(state_folder(nrw, nrw.name, state))

    def token(role: Role, seconds: float) -> str:
        return inviter.issue(Invitation(nrw.name, role, int(time.time() + seconds)))

    with serving(nrw, options=("--state", str(state))) as served:
        yield Village(f"{served.url}/s/{nrw.name}", served.url, token)


@pytest.fixture(scope="module")
def pages(village: Village, browser: Browser) -> Iterator[tuple[Page, Page]]:
    """A visitor and a host, who came by an invitation."""
    invited = f"{village.url}#invite={village.token(Role.HOST, 3600)}"
    with visiting(browser, village.url) as first, visiting(browser, invited) as host:
        yield first, host


@pytest.fixture
def first(pages: tuple[Page, Page]) -> Page:
    stand(pages[0], FARM)
    return pages[0]


@pytest.fixture
def host(pages: tuple[Page, Page]) -> Page:
    stand(pages[1], FARM)
    return pages[1]


def write(page: Page, text: str) -> None:
    button(page, "Comment")
    page.get_by_label("What would you like to say?").fill(text)


def say(page: Page, text: str) -> None:
    page.evaluate("text => citiverse.comment({text})", text)


def plain_list(url: str) -> str:
    return httpx.get(f"{url}/comments").text


@pytest.mark.long
def test_a_comment_reaches_browser_headset_and_plain_list_within_a_second(
    first: Page, host: Page, village: Village, browser: Browser
) -> None:
    text = "A bench by this farm, please."
    with visiting(browser, village.url, headset=True) as headset:
        step_in(headset)
        for other in (host, headset):
            other.evaluate(NOTE_ARRIVAL, text)
        write(first, text)
        expect(first.get_by_role("dialog")).to_contain_text("About: ")
        sent_ms = first.evaluate(SEND)
        for other, measure in ((host, frame_ms), (headset, headset_frame_ms)):
            took_ms = other.evaluate("heard") - sent_ms
            drawing_ms = measure(other)
            print(f"heard after {took_ms:.0f} ms; a frame takes {drawing_ms:.0f} ms")
            # Without a graphics card all three pages draw on the same processor when it comes.
            assert took_ms <= SAID_WITHIN_MS + 3 * drawing_ms
    expect(first.get_by_role("dialog")).to_contain_text("Saved. Everyone here can see it.")
    assert text in plain_list(village.url)
    comment = host.evaluate("citiverse.comments()[0]")
    assert comment["feature"].startswith(DATASET)
    assert comment["name"] == own_name(first)
    until(host, "document.querySelector('.pin.comment.seen')")
    close_panel(first)


@pytest.mark.long
def test_the_headset_comments_with_a_short_phrase(village: Village, browser: Browser) -> None:
    with visiting(browser, village.url, headset=True) as headset:
        stand(headset, FARM)
        step_in(headset)
        x, y, z = headset.evaluate("citiverse.pose().position")
        aim(headset, (x, y + 20, z + 0.5))
        press(headset, "a-button")
        until(headset, "citiverse.phrases().length >= 8")
        aim(headset, headset.evaluate("citiverse.phrases()[3]"))
        press(headset, "trigger")
        until(headset, "citiverse.comments()[0]?.text === 'A bench here, please.'")
        assert headset.evaluate("citiverse.comments()[0].feature").startswith(DATASET)


def test_a_phone_comments_with_one_thumb(
    village: Village, new_context: Callable[..., BrowserContext]
) -> None:
    phone = new_context(**PHONE).new_page()
    enter(phone, village.url)
    phone.get_by_role("button", name="Comment", exact=True).tap()
    phone.get_by_label("What would you like to say?").fill("From the bus stop.")
    phone.get_by_role("button", name="Send").tap()
    expect(phone.get_by_role("dialog")).to_contain_text("Saved.")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_a_muted_person_says_does_not_pop_up(first: Page, host: Page) -> None:
    name = own_name(first)
    status = host.locator(".status")
    say(first, "Hear me.")
    expect(status).to_contain_text("Hear me.")
    open_people(host)
    button(host, f"Mute: {name}")
    say(first, "And again.")
    until(host, "citiverse.comments()[0].text === 'And again.'")
    expect(status).not_to_contain_text("And again.")
    button(host, f"Mute: {name}")
    close_panel(host)


def test_a_begun_text_outlives_a_reload(first: Page) -> None:
    write(first, "What if there were")
    first.reload()
    button(first, "Comment")
    expect(first.get_by_label("What would you like to say?")).to_have_value("What if there were")
    first.get_by_label("What would you like to say?").fill("")
    close_panel(first)


def test_go_there_leads_to_the_viewpoint(first: Page) -> None:
    say(first, "Seen from here.")
    before = first.evaluate("citiverse.pose()")
    stand(first, {"position": [4.5, 29.5, 60], "headingDeg": 180})
    button(first, "Comment")
    first.get_by_role("listitem").filter(has_text="Seen from here.").get_by_role(
        "button", name="Go there"
    ).click()
    until(first, "citiverse.stats().grounded")
    after = first.evaluate("citiverse.pose()")
    assert after["headingDeg"] == pytest.approx(before["headingDeg"], abs=0.1)
    assert after["feet"] == pytest.approx(before["feet"], abs=0.3)
    close_panel(first)


def test_a_host_hides_a_comment_for_visitors_and_shows_it_again(first: Page, host: Page) -> None:
    text = "Something rude."
    say(first, text)
    open_people(host)
    expect(host.get_by_role("dialog")).to_contain_text("You are here as a host")
    until(host, f"citiverse.comments()[0].text === {text!r}")
    button(host, "Comment")
    row = host.get_by_role("listitem").filter(has_text=text)
    row.locator("summary").click()
    row.get_by_label("Reason").fill("Rude")
    row.get_by_role("button", name="Hide").click()
    until(first, f"citiverse.comments().every(c => c.text !== {text!r})")
    expect(row).to_contain_text("Hidden from visitors")
    row.locator("summary").click()
    row.get_by_role("button", name="Show again").click()
    until(first, f"citiverse.comments()[0].text === {text!r}")
    close_panel(host)


def test_an_invitation_that_is_over_says_so(village: Village, page: Page) -> None:
    page.goto(f"{village.url}#invite={village.token(Role.HOST, -1)}")
    expect(page.get_by_role("heading")).to_have_text("This invitation is over")
    assert "invite" not in page.url
    button(page, "Come in as a visitor")
    until(page, "citiverse.people().find(p => p.you)?.role === 'visitor'")


def test_comments_outlive_a_killed_server(nrw: Path, page: Page, tmp_path: Path) -> None:
    port = free_port()
    options = ("--state", str(tmp_path))
    with serving(nrw, port=port, options=options) as served:
        url = f"{served.url}/s/{nrw.name}"
        enter(page, url)
        say(page, "Written before the fall.")
        served.process.kill()
        served.process.wait()
        until(page, "citiverse.stats().link === 'lost'")
        write(page, "Written after it.")
        button(page, "Send")
        expect(page.get_by_role("dialog")).to_contain_text("there is no connection")
    with serving(nrw, port=port, options=options):
        expect(page.get_by_role("dialog")).to_contain_text("Saved.", timeout=30_000)
        for text in ("Written before the fall.", "Written after it."):
            assert plain_list(url).count(text) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_people_and_comments(
    scheme: str, village: Village, new_context: Callable[..., BrowserContext], first: Page
) -> None:
    text = f"To be read in the {scheme}."
    say(first, text)
    page = new_context(color_scheme=scheme).new_page()
    page.add_init_script(path=AXE)
    enter(page, village.url)
    until(page, of(own_name(first)))
    button(page, "Comment")
    expect(page.get_by_role("dialog")).to_contain_text(text)
    assert findings(page) == []
    close_panel(page)
    open_people(page)
    expect(page.get_by_role("dialog")).to_contain_text("Keep one metre around me free")
    assert findings(page) == []
    button(page, "Leave")
    assert findings(page) == []
