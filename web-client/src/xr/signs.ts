/** Sensors in the headset: a sign with value, name and age that turns to the eye. */
import { Vector3, type Scene } from 'three';

import { sceneToWorld } from '../core/frames';
import { readingText } from '../overlays/reading';
import type { Sensor, Sensors } from '../overlays/sensors';
import { OWN_HOUSE_M, type Sight } from '../overlays/sight';
import { ACCENT, createSign, font, INK, WARN, type Sign } from './board';

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

interface SensorSign {
  readonly sensor: Sensor;
  readonly sign: Sign;
  /** By a house in between, when last looked. */
  hidden: boolean;
}

/** The smallest line, 38 of 512 pixels, fills 1.4° of the view: 0.025 of the distance. */
const SHAPE = { widthPx: 512, heightPx: 192, widthPerMetre: 0.34 };
const HATCH_PX = 28;
const FARTHEST_M = 150;
const MOST = 8;

export function createSensorSigns(scene: Scene, { sensors, sight, serverNow }: SignsOptions): SensorSigns {
  let signs: SensorSign[] = [];
  const lookedFrom = new Vector3(Infinity, 0, 0);

  function clear(): void {
    for (const { sign } of signs) sign.dispose();
    signs = [];
  }

  function rebuild(): void {
    clear();
    signs = sensors
      .all()
      .filter(({ datastream }) => datastream.position !== undefined)
      .map((sensor) => {
        const sign = createSign(scene, SHAPE);
        sign.sprite.position.set(...sceneToWorld(sensor.datastream.position!));
        return { sensor, sign, hidden: false };
      });
    texts(serverNow());
  }

  function texts(serverNowUs: number): void {
    for (const one of signs) {
      const { sensor, sign } = one;
      if (lookedFrom.x !== Infinity) one.hidden = sight.hidden(lookedFrom, sign.sprite.position, OWN_HOUSE_M);
      const { name } = sensor.datastream;
      const { value, age, stale } = readingText(sensor, serverNowUs);
      sign.write(`${name}\n${value}\n${age}\n${stale}`, (context) => draw(context, name, value, age, stale));
    }
  }

  rebuild();
  return {
    rebuild,
    texts,
    face(eye) {
      let seen = 0;
      lookedFrom.copy(eye);
      for (const { sign, hidden } of signs) {
        const distance = sign.sprite.position.distanceTo(eye);
        sign.sprite.visible = !hidden && distance < FARTHEST_M && seen < MOST;
        if (!sign.sprite.visible) continue;
        seen += 1;
        sign.resize(distance);
      }
    },
    dispose: clear,
  };
}

function draw(context: CanvasRenderingContext2D, name: string, value: string, age: string, stale: boolean): number {
  const { widthPx, heightPx } = SHAPE;
  if (stale) {
    // At the edge only: text on hatching can't be read.
    context.save();
    context.beginPath();
    context.rect(0, 0, HATCH_PX, heightPx);
    context.clip();
    context.strokeStyle = WARN;
    context.lineWidth = 5;
    context.beginPath();
    for (let y = 0; y < heightPx + HATCH_PX; y += 14) {
      context.moveTo(0, y);
      context.lineTo(HATCH_PX, y - HATCH_PX);
    }
    context.stroke();
    context.restore();
  }
  context.fillStyle = stale ? WARN : ACCENT;
  context.fillRect(0, 0, widthPx, 8);
  context.fillStyle = INK;
  context.font = font(38);
  context.fillText(name, 40, 40, widthPx - 64);
  context.fillText(age, 40, 160, widthPx - 64);
  context.font = font(62, true);
  context.fillText(value, 40, 100, widthPx - 64);
  return widthPx;
}
