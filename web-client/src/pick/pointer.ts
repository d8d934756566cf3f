/** Where on the picture a person points: under the mouse, and in the middle where there is none. */
export interface Pointer {
  /** Normalised device coordinates: −1 to 1, right and up. */
  readonly x: number;
  readonly y: number;
}

export function trackPointer(canvas: HTMLElement): () => Pointer {
  const middle: Pointer = { x: 0, y: 0 };
  let pointer = middle;
  canvas.addEventListener('pointermove', ({ pointerType, clientX, clientY }) => {
    if (pointerType === 'mouse') pointer = devicePlace(canvas, clientX, clientY);
  });
  canvas.addEventListener('pointerleave', () => (pointer = middle));
  return () => pointer;
}

/** Of a place in CSS pixels from the canvas's top left. */
export function devicePlace({ clientWidth, clientHeight }: HTMLElement, x: number, y: number): Pointer {
  return { x: (x / clientWidth) * 2 - 1, y: 1 - (y / clientHeight) * 2 };
}
