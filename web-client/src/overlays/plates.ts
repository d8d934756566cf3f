/** Numbers of lines on vehicles: all of them in one picture, a cell for each. */
import { CanvasTexture, LinearFilter, SRGBColorSpace, type Texture } from 'three';

export interface Plates {
  readonly texture: Texture;
  /** The cell of a line's number; the first, which is empty, where there are too many. */
  cellOf(line: string): number;
  dispose(): void;
}

export const COLUMNS = 8;
export const ROWS = 16;
const WIDTH_PX = 128;
const HEIGHT_PX = 64;
const GROUND = '#10161a';
const INK = '#ffd98a';

/** The shortest name of the line that a vehicle's name holds: “Line 12” → “12”; "" where it holds none. */
export function lineOf(name: string): string {
  return /(?:^|\s)([A-Z]{0,2}\d{1,3}[A-Za-z]?)(?=$|[\s,(:])/.exec(name)?.[1] ?? '';
}

export function createPlates(): Plates {
  const canvas = document.createElement('canvas');
  canvas.width = COLUMNS * WIDTH_PX;
  canvas.height = ROWS * HEIGHT_PX;
  const context = canvas.getContext('2d');
  if (context) {
    context.fillStyle = GROUND;
    context.fillRect(0, 0, canvas.width, canvas.height);
  }
  const texture = new CanvasTexture(canvas);
  texture.colorSpace = SRGBColorSpace;
  texture.minFilter = LinearFilter;
  texture.generateMipmaps = false;
  const cells = new Map<string, number>([['', 0]]);

  return {
    texture,
    cellOf(line) {
      const known = cells.get(line);
      if (known !== undefined) return known;
      if (cells.size >= COLUMNS * ROWS) return 0;
      const cell = cells.size;
      cells.set(line, cell);
      if (context) {
        context.fillStyle = INK;
        context.font = `bold 50px 'Atkinson Hyperlegible', sans-serif`;
        context.textAlign = 'center';
        context.textBaseline = 'middle';
        context.fillText(line, ((cell % COLUMNS) + 0.5) * WIDTH_PX, (Math.floor(cell / COLUMNS) + 0.54) * HEIGHT_PX, WIDTH_PX - 12);
      }
      texture.needsUpdate = true;
      return cell;
    },
    dispose: () => texture.dispose(),
  };
}
