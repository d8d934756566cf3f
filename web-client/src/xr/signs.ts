/** Sensors in the headset: a sign with value, name and age that turns to the eye. */
import { CanvasTexture, Sprite, SpriteMaterial, SRGBColorSpace, Vector3, type Scene } from 'three';

import { sceneToWorld } from '../core/frames';
import { readingText } from '../overlays/reading';
import type { Sensor, Sensors } from '../overlays/sensors';
import type { Sight } from '../overlays/sight';

export interface SignsOptions {
  readonly sensors: Sensors;
  readonly sight: Sight;
  /** Microseconds since 1970 UTC. */
  readonly serverNow: () => number;
}

export interface SensorSigns {
  rebuild(): void;
  /** Renews values and ages, and looks again what houses hide; call about once a second. */
  texts(serverNowUs: number): void;
  /** Keeps the signs the same size to the eye, and hides those too far to read. */
  face(eye: Vector3): void;
  dispose(): void;
}

interface Sign {
  readonly sensor: Sensor;
  readonly sprite: Sprite;
  readonly texture: CanvasTexture<HTMLCanvasElement>;
  written: string;
  /** By a house in between, when last looked. */
  hidden: boolean;
}

const WIDTH_PX = 512;
const HEIGHT_PX = 192;
/** The smallest line, 38 of 512 pixels, fills 1.4° of the view: 0.025 of the distance. */
const WIDTH_PER_METRE = 0.34;
const HATCH_PX = 28;
const FARTHEST_M = 150;
const MOST = 8;

export function createSensorSigns(scene: Scene, { sensors, sight, serverNow }: SignsOptions): SensorSigns {
  let signs: Sign[] = [];
  const lookedFrom = new Vector3(Infinity, 0, 0);

  function clear(): void {
    for (const { sprite, texture } of signs) {
      scene.remove(sprite);
      sprite.material.dispose();
      texture.dispose();
    }
    signs = [];
  }

  function rebuild(): void {
    clear();
    signs = sensors
      .all()
      .filter(({ datastream }) => datastream.position !== undefined)
      .map((sensor) => {
        const canvas = document.createElement('canvas');
        canvas.width = WIDTH_PX;
        canvas.height = HEIGHT_PX;
        const texture = new CanvasTexture(canvas);
        texture.colorSpace = SRGBColorSpace;
        const sprite = new Sprite(new SpriteMaterial({ map: texture, depthTest: false, toneMapped: false }));
        sprite.position.set(...sceneToWorld(sensor.datastream.position!));
        sprite.center.set(0.5, 0);
        sprite.renderOrder = 2;
        scene.add(sprite);
        return { sensor, sprite, texture, written: '', hidden: false };
      });
    texts(serverNow());
  }

  function texts(serverNowUs: number): void {
    for (const sign of signs) {
      if (lookedFrom.x !== Infinity) sign.hidden = sight.hidden(lookedFrom, sign.sprite.position);
      const { name } = sign.sensor.datastream;
      const { value, age, stale } = readingText(sign.sensor, serverNowUs);
      const written = `${name}\n${value}\n${age}\n${stale}`;
      if (written === sign.written) continue;
      sign.written = written;
      write(sign.texture.image, name, value, age, stale);
      sign.texture.needsUpdate = true;
    }
  }

  rebuild();
  return {
    rebuild,
    texts,
    face(eye) {
      let seen = 0;
      lookedFrom.copy(eye);
      for (const { sprite, hidden } of signs) {
        const distance = sprite.position.distanceTo(eye);
        sprite.visible = !hidden && distance < FARTHEST_M && seen < MOST;
        if (!sprite.visible) continue;
        seen += 1;
        const width = WIDTH_PER_METRE * Math.max(distance, 1.2);
        sprite.scale.set(width, (width * HEIGHT_PX) / WIDTH_PX, 1);
      }
    },
    dispose: clear,
  };
}

function write(canvas: HTMLCanvasElement, name: string, value: string, age: string, stale: boolean): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  context.fillStyle = '#fbfaf7';
  context.fillRect(0, 0, WIDTH_PX, HEIGHT_PX);
  if (stale) {
    // At the edge only: text on hatching can't be read.
    context.save();
    context.beginPath();
    context.rect(0, 0, HATCH_PX, HEIGHT_PX);
    context.clip();
    context.strokeStyle = '#8a3a00';
    context.lineWidth = 5;
    context.beginPath();
    for (let y = 0; y < HEIGHT_PX + HATCH_PX; y += 14) {
      context.moveTo(0, y);
      context.lineTo(HATCH_PX, y - HATCH_PX);
    }
    context.stroke();
    context.restore();
  }
  context.fillStyle = stale ? '#8a3a00' : '#0b5c86';
  context.fillRect(0, 0, WIDTH_PX, 8);
  context.fillStyle = '#1b2730';
  context.textBaseline = 'middle';
  context.font = "38px 'Atkinson Hyperlegible', sans-serif";
  context.fillText(name, 40, 40, WIDTH_PX - 64);
  context.fillText(age, 40, 160, WIDTH_PX - 64);
  context.font = "bold 62px 'Atkinson Hyperlegible', sans-serif";
  context.fillText(value, 40, 100, WIDTH_PX - 64);
}
