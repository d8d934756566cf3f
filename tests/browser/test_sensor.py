"""A reading goes the whole way: MQTT broker, server, stream, page."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from paho.mqtt import publish as mqtt
from playwright.sync_api import expect

from browser.conftest import enter, serving
from browser.pictures import AGAIN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

FEATURE = "lod2-32-280-5657-1-nw/DENW43AL00001j33"
TOPIC = "street/air/pm25"
HEAT = "street/heat"
SENSORS = """
[mqtt]
url = "mqtt://127.0.0.1:{port}"

[[datastream]]
key = "air"
name = "Fine dust (PM2.5)"
observed_property = "PM2.5"
unit = "µg/m³"
feature = "{feature}"
topic = "{topic}"
value = "/value"
time = "/time"
range = [0, 1000]
stale_after_s = 60

[[datastream]]
key = "heat"
name = "Heat of the farm"
observed_property = "Heating power"
unit = "W/m²"
feature = "{feature}"
topic = "{heat}"
value = "/value"
time = "/time"

[[style]]
observed_property = "PM2.5"
scale = [0, 50]
steps = [[0, "good"], [10, "moderate"], [25, "poor"]]

[[style]]
observed_property = "Heating power"
look = "surface"
title = "Heat"
palette = "viridis"
steps = [[0, "little"], [30, "much"]]
"""
YELLOW = f"""async () => {{
  const {{data}} = {AGAIN}
  let count = 0
  for (let i = 0; i < data.length; i += 4) {{
    if (data[i] > 1.8 * data[i + 2] && data[i + 1] > 1.8 * data[i + 2]) count += 1
  }}
  return count
}}"""
"""How many pixels are of the end of viridis."""


@pytest.fixture
def village(nrw: Path, broker_port: int, tmp_path: Path, page: Page) -> Iterator[Page]:
    """A page in the village, looking at the farm whose sensor the server listens to."""
    sensors = tmp_path / "sensors.toml"
    sensors.write_text(SENSORS.format(port=broker_port, feature=FEATURE, topic=TOPIC, heat=HEAT))
    with serving(nrw, sensors=sensors) as served:
        enter(page, f"{served.url}/s/nrw-lod2")
        page.evaluate("citiverse.setPose({position: [-1, 60, 60], headingDeg: 0, pitchDeg: 5})")
        yield page


def publish_until_shown(page: Page, port: int, value: float, age: timedelta = timedelta()) -> None:
    """Publishes again until the server has subscribed: before, the broker has nobody to tell."""
    deadline = time.monotonic() + 20
    while not page.get_by_text(f"{value} µg/m³").count():
        assert time.monotonic() < deadline, "the reading never came"
        publish(port, value, age)
        page.evaluate("() => new Promise(requestAnimationFrame)")


def publish(port: int, value: float, age: timedelta = timedelta(), topic: str = TOPIC) -> None:
    payload = json.dumps({"value": value, "time": (datetime.now(UTC) - age).isoformat()})
    mqtt.single(topic, payload, qos=1, port=port)


def test_a_publication_shows_at_the_building_within_a_second(
    village: Page, broker_port: int
) -> None:
    publish_until_shown(village, broker_port, 1.5)
    pin = village.locator(".pin.seen")
    expect(pin).to_contain_text("1.5 µg/m³")
    publish(broker_port, 42.25)
    expect(pin).to_contain_text("42.25 µg/m³", timeout=1000)
    expect(pin).to_contain_text("Fine dust (PM2.5)")
    expect(pin).to_contain_text("poor")
    expect(pin).to_contain_text("just now")


def test_an_old_reading_says_since_when_there_is_no_news(village: Page, broker_port: int) -> None:
    publish_until_shown(village, broker_port, 7.5, timedelta(minutes=10))
    pin = village.locator(".pin.doubtful")
    expect(pin).to_contain_text("7.5 µg/m³")
    expect(pin).to_contain_text(re.compile(r"no news since \d\d:\d\d"))


def test_live_data_is_a_list_to_choose_from_and_colours_buildings_on_demand(
    village: Page, broker_port: int
) -> None:
    publish_until_shown(village, broker_port, 3.5)
    before = village.evaluate(YELLOW)
    village.get_by_role("button", name="Live data").click()
    panel = village.get_by_role("dialog", name="Live data")
    expect(panel).to_contain_text("3.5 µg/m³ good")
    panel.get_by_label("Heat (1)").check()
    publish(broker_port, 41.5, topic=HEAT)
    expect(panel).to_contain_text("41.5 W/m² much")
    assert village.evaluate(YELLOW) > before + 500
    panel.get_by_role("button", name="Show nothing").click()
    expect(panel).to_contain_text("Nothing that you chose to see is near.")
    expect(village.locator(".pin.seen")).to_have_count(0)
    assert village.evaluate(YELLOW) < before + 50
    panel.get_by_label("PM2.5 (1)").check()
    publish(broker_port, 4.5)
    expect(panel).to_contain_text("4.5 µg/m³ good")


@pytest.mark.long
def test_what_was_measured_can_be_looked_back_at(village: Page, broker_port: int) -> None:
    village.set_viewport_size({"width": 800, "height": 600})
    publish_until_shown(village, broker_port, 7.5, timedelta(minutes=90))
    publish(broker_port, 42.25)
    pin = village.locator(".pin.seen")
    expect(pin).to_contain_text("42.25 µg/m³")
    village.get_by_role("button", name="Look back").click()
    bar = village.get_by_role("region", name="Look back in time")
    bar.get_by_role("button", name="One hour back").click()
    sign = village.locator("header").get_by_text("not now")
    expect(sign).to_be_visible()
    expect(pin).to_contain_text("7.5 µg/m³")
    bar.get_by_role("button", name="Back to now", exact=True).click()
    expect(sign).to_be_hidden()
    expect(pin).to_contain_text("42.25 µg/m³")
    pin.locator(".card").click()
    village.get_by_role("button", name="History of Fine dust (PM2.5)").click()
    chart = village.get_by_role("slider", name="Fine dust (PM2.5), last day")
    expect(chart.locator("canvas")).to_be_visible()
    expect(chart).to_have_attribute("aria-valuetext", re.compile(r"42\.3 µg/m³$"))
    chart.focus()
    village.keyboard.press("ArrowLeft")
    expect(chart).to_have_attribute("aria-valuetext", re.compile(r"7\.5 µg/m³$"))
    with village.expect_download() as download:
        village.get_by_role("link", name="Download as CSV").click()
    rows = download.value.path().read_text(encoding="utf-8").splitlines()
    values = [row.split(",")[1] for row in rows]
    assert (values[0], {*values[1:-1]}, values[-1]) == ("value", {"7.5"}, "42.25")
