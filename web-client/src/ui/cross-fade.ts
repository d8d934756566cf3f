/** Lays the picture as it is over the city, and lets it fade: for changes that are seen from one place. */
import { element } from './dom';

const FADE_MS = 250;

/** @param canvas has just been drawn, and not shown yet. */
export function fadeFrom(canvas: HTMLCanvasElement): void {
  const was = element('canvas', 'was');
  was.setAttribute('aria-hidden', 'true');
  was.width = canvas.width;
  was.height = canvas.height;
  was.getContext('2d')?.drawImage(canvas, 0, 0);
  canvas.after(was);
  // One frame at full strength, so that there is something to fade from.
  requestAnimationFrame(() => requestAnimationFrame(() => (was.style.opacity = '0')));
  setTimeout(() => was.remove(), 2 * FADE_MS);
}
