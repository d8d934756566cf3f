"""What boards in the headset say, and whether it can be read in the picture.

A board is a canvas that goes to the graphics card as a texture. What is written on each is heard
from the browser's own calls, so nothing here depends on how the client makes its boards.
"""

from __future__ import annotations

import base64
import io
import math
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    import numpy.typing as npt
    from playwright.sync_api import Page

    Picture = npt.NDArray[np.float64]

LISTEN = """(() => {
  const drawn = new WeakMap(), there = new Map()
  const flat = CanvasRenderingContext2D.prototype, deep = WebGL2RenderingContext.prototype
  const heard = (of, name, hear) => {
    const call = of[name]
    of[name] = function (...given) {
      hear.apply(this, given)
      return call.apply(this, given)
    }
  }
  const begin = function () { drawn.set(this.canvas, []) }
  const sent = function (...given) {
    const canvas = given.at(-1), texts = drawn.get(canvas)
    const texture = this.getParameter(this.TEXTURE_BINDING_2D)
    if (texts && texture) there.set(texture, { canvas, texts: [...texts] })
  }
  heard(flat, 'fillRect', function (x, y, width, height) {
    const { canvas } = this
    if (x === 0 && y === 0 && width === canvas.width && height === canvas.height) begin.call(this)
  })
  heard(flat, 'fillText', function (text) { drawn.get(this.canvas)?.push(text) })
  heard(deep, 'texImage2D', sent)
  heard(deep, 'texSubImage2D', sent)
  heard(deep, 'deleteTexture', texture => there.delete(texture))
  window.boards = () => [...there.values()]
})()"""
IMAGE = """text => {
  const board = boards().find(({ texts }) => texts.includes(text))
  return board?.canvas.toDataURL().split(',')[1]
}"""
PER_METRE = 0.34
"""How wide a whole board is, from a metre away."""
MARGIN_PX = 6
SIZES = (0.94, 0.97, 1.0, 1.03, 1.06)


def listen(page: Page) -> None:
    """Hears what is written on boards, in every page that is opened from now on."""
    page.add_init_script(LISTEN)


def written(page: Page) -> list[list[str]]:
    """The texts of each board that the graphics card has now."""
    texts: list[list[str]] = page.evaluate("boards().map(({ texts }) => texts)")
    return texts


def likeness(page: Page, text: str) -> float:
    """How well the board with a text is found in the left eye's picture; 1: exactly as drawn."""
    encoded = page.evaluate(IMAGE, text)
    assert encoded, f"no board says {text!r}: {written(page)}"
    board = Image.open(io.BytesIO(base64.b64decode(encoded))).convert("L")
    shot = Image.open(io.BytesIO(page.screenshot())).convert("L")
    eye = np.asarray(shot.crop((0, 0, shot.width // 2, shot.height)), dtype=np.float64)
    width = PER_METRE * eye.shape[0] / 2 / math.tan(page.evaluate("headset.fovy") / 2)
    inked = board.crop(_ink(board))
    scales = (size * width / board.width for size in SIZES)
    return max(_best_match(eye, _resized(inked, scale)) for scale in scales)


def _ink(board: Image.Image) -> tuple[int, int, int, int]:
    dark = np.asarray(board) < 128
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    left, top = max(0, columns[0] - MARGIN_PX), max(0, rows[0] - MARGIN_PX)
    right = min(board.width, columns[-1] + 1 + MARGIN_PX)
    return int(left), int(top), int(right), int(min(board.height, rows[-1] + 1 + MARGIN_PX))


def _resized(image: Image.Image, scale: float) -> Picture:
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return np.asarray(image.resize(size, Image.Resampling.BOX), dtype=np.float64)


def _best_match(picture: Picture, part: Picture) -> float:
    """The highest correlation of the part with any place of the picture."""
    if part.shape[0] > picture.shape[0] or part.shape[1] > picture.shape[1]:
        return 0.0
    wanted = part - part.mean()
    along = _slid(picture, wanted)
    ones = np.ones_like(part)
    mean = _slid(picture, ones) / part.size
    spread = np.maximum(_slid(picture**2, ones) - part.size * mean**2, 1.0)
    return float((along / np.sqrt(spread * (wanted**2).sum())).max())


def _slid(picture: Picture, part: Picture) -> Picture:
    """The sum of products with the part at each place where it lies whole on the picture."""
    product = np.fft.rfft2(picture) * np.conj(np.fft.rfft2(part, picture.shape))
    whole = np.fft.irfft2(product, picture.shape)
    rows, columns = (a - b + 1 for a, b in zip(picture.shape, part.shape, strict=True))
    return np.asarray(whole[:rows, :columns])
