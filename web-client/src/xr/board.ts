/** A drawn board in the headset: a canvas that stands somewhere in the city. */
import { CanvasTexture, Plane, Ray, Sprite, SpriteMaterial, SRGBColorSpace, Vector3, type Scene } from 'three';

export const PAPER = '#fbfaf7';
export const INK = '#1b2730';
export const ACCENT = '#0b5c86';
export const WARN = '#8a3a00';
const FAMILY = "'Atkinson Hyperlegible', sans-serif";

export function font(pixels: number, bold = false): string {
  return `${bold ? 'bold ' : ''}${pixels}px ${FAMILY}`;
}

/** A board that turns to the eye, drawn over everything. */
export interface Sign {
  readonly sprite: Sprite;
  /** Draws it anew where `key` differs from the last; `draw` returns how much of the width it used, in the middle. */
  write(key: string, draw: (context: CanvasRenderingContext2D) => number): void;
  /** How far along a ray it is met, as who stands at `eye` sees it; undefined where it is missed. */
  met(origin: Vector3, direction: Vector3, eye: Vector3): number | undefined;
  /** Keeps the same size to the eye, but not nearer than 1.2 m. */
  resize(distance: number): void;
  dispose(): void;
}

export interface SignShape {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Width in metres at a distance of one metre. */
  readonly widthPerMetre: number;
}

const NEAREST_M = 1.2;

export function createSign(scene: Scene, { widthPx, heightPx, widthPerMetre }: SignShape): Sign {
  const texture = createBoardTexture(widthPx, heightPx);
  const sprite = new Sprite(new SpriteMaterial({ map: texture, depthTest: false, toneMapped: false }));
  sprite.center.set(0.5, 0);
  sprite.renderOrder = 2;
  scene.add(sprite);
  let written = '';
  let used = 1;
  const plane = new Plane();
  const ray = new Ray();
  const normal = new Vector3();
  const hit = new Vector3();
  return {
    sprite,
    met(origin, direction, eye) {
      plane.setFromNormalAndCoplanarPoint(normal.copy(eye).sub(sprite.position).normalize(), sprite.position);
      if (!sprite.visible || !ray.set(origin, direction).intersectPlane(plane, hit)) return undefined;
      const distance = hit.distanceTo(origin);
      const up = hit.y - sprite.position.y;
      const aside = Math.hypot(hit.x - sprite.position.x, hit.z - sprite.position.z);
      return aside < sprite.scale.x / 2 && up > 0 && up < sprite.scale.y ? distance : undefined;
    },
    write(key, draw) {
      if (key === written) return;
      written = key;
      drawBoard(texture, (context) => (used = draw(context) / widthPx));
      texture.repeat.x = used;
      texture.offset.x = (1 - used) / 2;
    },
    resize(distance) {
      const width = widthPerMetre * Math.max(distance, NEAREST_M);
      sprite.scale.set(width * used, (width * heightPx) / widthPx, 1);
    },
    dispose() {
      scene.remove(sprite);
      sprite.material.dispose();
      texture.dispose();
    },
  };
}

export function createBoardTexture(widthPx: number, heightPx: number): CanvasTexture<HTMLCanvasElement> {
  const canvas = document.createElement('canvas');
  canvas.width = widthPx;
  canvas.height = heightPx;
  const texture = new CanvasTexture(canvas);
  texture.colorSpace = SRGBColorSpace;
  return texture;
}

/** Clears the board to paper, draws, and sends it to the graphics card. */
export function drawBoard(texture: CanvasTexture<HTMLCanvasElement>, draw: (context: CanvasRenderingContext2D) => void): void {
  const { image: canvas } = texture;
  const context = canvas.getContext('2d');
  if (!context) return;
  context.fillStyle = PAPER;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.textBaseline = 'middle';
  draw(context);
  texture.needsUpdate = true;
}

/** Words in lines no wider than `width`; what doesn't fit into `most` lines ends in “…”. */
export function linesOf(context: CanvasRenderingContext2D, text: string, width: number, most: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    const longer = line ? `${line} ${word}` : word;
    if (context.measureText(longer).width <= width || line === '') {
      line = longer;
      continue;
    }
    if (lines.length === most - 1) return [...lines, `${line}…`];
    lines.push(line);
    line = word;
  }
  return [...lines, line];
}

/** Letters may be squeezed a little, as long as they can be read. */
const SQUEEZED = 1.15;

/** A text and what follows it in one line; where both don't fit, the text ends in “…”. */
export function shortened(context: Pick<CanvasRenderingContext2D, 'measureText'>, text: string, end: string, width: number): string {
  const fits = (line: string): boolean => context.measureText(line).width <= SQUEEZED * width;
  const whole = `${text} ${end}`.trim();
  if (fits(whole)) return whole;
  let letters = [...text];
  while (letters.length > 1 && !fits(`${letters.join('')}… ${end}`.trim())) letters = letters.slice(0, -1);
  return `${letters.join('').trimEnd()}… ${end}`.trim();
}
