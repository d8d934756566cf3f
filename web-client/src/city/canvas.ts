/**
 * The canvas of the picture, and its way to the graphics card.
 *
 * To open that takes the browser a while and the page waits for it: early.ts does so while the
 * drawing code is still on its way. Whoever asks the canvas for its context gets this one.
 */
export function createCanvas(): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.className = 'city';
  canvas.tabIndex = 0;
  canvas.setAttribute('role', 'application');
  const context = canvas.getContext('webgl2', { antialias: true, powerPreference: 'high-performance' });
  // The first that is asked for waits until the card has said which it has. Drawing wants this one anyway.
  context?.getExtension('EXT_color_buffer_float');
  return canvas;
}
