"""An emulated headset (IWER, Quest 3) in a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from browser.conftest import until

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from browser.places import Point

IWER = Path(__file__).resolve().parents[2] / "web-client/node_modules/iwer/build/iwer.min.js"
INSTALL = """
window.headset = new IWER.XRDevice(IWER.metaQuest3)
window.headset.stereoEnabled = true
window.headset.installRuntime({ forceInstall: true })
"""
# The right controller at a place of the scene, pointing at another: through the rig, which the
# page has put where the walker stands.
AIM = """([target]) => {
  const { position, headingDeg } = citiverse.pose()
  const head = headset.position
  const yaw = -headingDeg * Math.PI / 180
  const east = target[0] - position[0], north = target[1] - position[1]
  const up = target[2] - position[2]
  // From the scene frame into the headset's own, which looks along -z.
  const x = east * Math.cos(yaw) + north * Math.sin(yaw)
  const z = east * Math.sin(yaw) - north * Math.cos(yaw)
  const turn = Math.atan2(-x, -z), tilt = Math.atan2(up, Math.hypot(x, z))
  const [cy, sy] = [Math.cos(turn / 2), Math.sin(turn / 2)]
  const [cp, sp] = [Math.cos(tilt / 2), Math.sin(tilt / 2)]
  headset.controllers.right.position.set(head.x, head.y, head.z)
  headset.controllers.right.quaternion.set(cy * sp, sy * cp, -sy * sp, cy * cp)
}"""


def install(page: Page) -> None:
    """Puts the headset into every page that is opened from now on."""
    page.add_init_script(path=IWER)
    page.add_init_script(INSTALL)


def step_in(page: Page) -> None:
    page.get_by_role("button", name="Enter VR").click()
    until(page, "citiverse.stats().mode === 'vr' && citiverse.stats().grounded")


def next_frames(page: Page, count: int = 4) -> None:
    """Waits until the headset has asked for some more frames."""
    frames = page.evaluate("citiverse.stats().frames")
    until(page, f"citiverse.stats().frames >= {frames + count}")


def aim(page: Page, target: Point) -> None:
    """Points the right controller, held at the eyes, at a place of the scene."""
    page.evaluate(AIM, [target])
    next_frames(page)


def press(page: Page, button: str) -> None:
    """Presses a button of the right controller, and lets it go."""
    page.evaluate(f"headset.controllers.right.updateButtonValue('{button}', 1)")
    next_frames(page)
    page.evaluate(f"headset.controllers.right.updateButtonValue('{button}', 0)")
    next_frames(page)
