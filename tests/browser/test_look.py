"""What light and matter make of a city, as far as pixels can say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from browser.conftest import enter, until
from browser.pictures import AGAIN

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from browser.conftest import Served

DUSK = "2026-06-21T21:40"
DRAWS = 150
# The picture as the share of its pixels that are warm and bright beside their surroundings.
WARM_SHARE = (
    f"async () => {{ const {{data}} = {AGAIN}"
    + """
  let warm = 0
  for (let i = 0; i < data.length; i += 4) {
    if (data[i] > 170 && data[i] > data[i + 2] + 50) warm += 1
  }
  return warm / (data.length / 4)
}"""
)


@pytest.fixture
def shader_errors(page: Page) -> list[str]:
    """What the browser's console says of shaders that it can't use."""
    errors: list[str] = []
    page.on(
        "console",
        lambda message: errors.append(message.text) if "Shader" in message.text else None,
    )
    return errors


def test_windows_are_lit_at_dusk_but_not_in_the_city_as_measured(
    page: Page, city: Served, shader_errors: list[str]
) -> None:
    enter(page, f"{city.url}/s/nrw-lod2?time={DUSK}")
    lit = page.evaluate(WARM_SHARE)
    page.get_by_role("button", name="As measured").click()
    measured = page.evaluate(WARM_SHARE)
    assert lit > 0.0005
    assert measured < lit / 4
    assert shader_errors == []


def test_the_hour_is_moved_by_keyboard_and_said_in_words(page: Page, city: Served) -> None:
    enter(page, f"{city.url}/s/nrw-lod2")
    page.get_by_role("button", name="Time of day").press("Enter")
    slider = page.get_by_role("slider", name="Time of day")
    until(page, "document.activeElement?.type === 'range'")
    slider.press("Home")
    assert slider.get_attribute("aria-valuetext") == "A clear day in June, 00:00 by the sun"
    slider.press("Escape")
    assert slider.is_hidden()


def test_an_hour_that_cannot_be_read_is_refused(page: Page, city: Served) -> None:
    enter(page, f"{city.url}/s/nrw-lod2?time=teatime")
    assert page.evaluate("citiverse.setTime('half past nine')") is False
    assert page.evaluate("citiverse.setTime('2026-12-21T12:00')") is True
    label = page.get_by_role("button", name="Time of day").get_attribute("aria-label")
    assert label is not None
    assert "December" in label


def test_a_view_takes_few_draws(page: Page, city: Served, shader_errors: list[str]) -> None:
    enter(page, f"{city.url}/s/potsdam-lod1")
    assert 0 < page.evaluate("citiverse.stats().draws") <= DRAWS
    assert shader_errors == []
