"""The living city in the README's pictures: its day, the past, charts, and what a headset sees."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from citiverse import town_day
from citiverse_server.overlays.reading import Moved

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from playwright.sync_api import Page

    from citiverse_server.overlays.reading import Arrival

THAT_DAY = datetime(2026, 11, 17, 16, 20, tzinfo=UTC)
"""A Tuesday in the evening, cold, with much traffic: all simulated values follow the clock."""

TIME_ZONE = "Europe/Berlin"
IWER = Path(__file__).resolve().parents[1] / "web-client/node_modules/iwer/build/iwer.min.js"
# One eye fills the picture.
INSTALL = """
window.headset = new IWER.XRDevice(IWER.metaQuest3)
window.headset.stereoEnabled = false
window.headset.installRuntime({ forceInstall: true })
"""
# The right hand is where the eyes are, and points ahead and so far up.
POINT = """async up => {
  const { position, controllers: { right } } = headset
  const frames = async count => {
    const end = citiverse.stats().frames + count
    while (citiverse.stats().frames < end) await new Promise(done => setTimeout(done, 20))
  }
  right.position.set(position.x, position.y, position.z)
  right.quaternion.set(Math.sin(up / 2), 0, 0, Math.cos(up / 2))
  await frames(2)
  right.updateButtonValue('trigger', 1)
  await frames(2)
  right.updateButtonValue('trigger', 0)
  await frames(2)
  return citiverse.timeChoices().length
}"""
CHOICES_OF_TIME = 4
UP_RAD = tuple(0.02 * step for step in range(-4, 14))
AT_STOP_S = 13 * 3600.0 + 70.0
"""Of the first of January 1970: it stands at the market, on its way out."""


@contextmanager
def on_that_day() -> Iterator[None]:
    """Server and sensors have the time of that day, which goes on as usual."""
    ahead_ns = round(THAT_DAY.timestamp()) * 10**9 - time.time_ns()
    real = time.time_ns

    def now_ns() -> int:
        return real() + ahead_ns

    def now() -> float:
        return now_ns() / 1e9

    with mock.patch.multiple(time, time_ns=now_ns, time=now):
        yield


async def arrivals() -> AsyncIterator[Arrival]:
    """All that the sensors observe; but the tram stays at its stop, to be in the picture."""
    stop = next(a.fix for a in town_day.present(AT_STOP_S, AT_STOP_S) if isinstance(a, Moved))
    async for arrival in town_day.arrivals():
        if isinstance(arrival, Moved):
            yield replace(arrival, fix=replace(stop, time_us=arrival.fix.time_us))
        else:
            yield arrival


def see_only(page: Page, kind: str) -> None:
    """Of the live data."""
    page.get_by_role("button", name="Live data").click()
    page.get_by_role("button", name="Show nothing").click()
    page.get_by_label(kind).check()
    page.get_by_role("button", name="Close").first.click()


def look_back(page: Page, day: str, clock: str) -> None:
    """To a moment of the last days, by the bar of time."""
    hours, minutes = map(int, clock.split(":"))
    page.get_by_role("button", name="Look back").click()
    bar = page.get_by_role("region", name="Look back in time")
    bar.get_by_label("Day", exact=True).select_option(day)
    bar.get_by_label("Time of this day").fill(str(60 * hours + minutes))
    page.get_by_text("The past is being fetched…").wait_for(state="hidden")


def open_history(page: Page, sensor: str) -> None:
    """The chart of a sensor at the place whose pin is seen, in the panel."""
    _, place = sensor.split(", ")
    page.locator(".pin.seen .card", has_text=place).first.dispatch_event("click")
    page.get_by_role("button", name=f"History of {sensor}").click()
    chart = page.get_by_role("slider", name=sensor)
    chart.locator("canvas").wait_for()
    chart.scroll_into_view_if_needed()


def install_headset(page: Page) -> None:
    page.add_init_script(path=IWER)
    page.add_init_script(INSTALL)


def open_in_headset(page: Page) -> None:
    """Steps in, and presses the sign of the sensor that is straight ahead."""
    page.get_by_role("button", name="Enter VR").click()
    while page.evaluate("citiverse.stats().mode !== 'vr' || !citiverse.stats().grounded"):
        page.wait_for_timeout(100)
    with page.expect_response(lambda response: "/observations" in response.url):
        for up in UP_RAD:
            if page.evaluate(POINT, up) > CHOICES_OF_TIME:
                break
    page.wait_for_timeout(1500)
