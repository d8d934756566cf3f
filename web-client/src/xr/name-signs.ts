/** Names above heads in the headset. */
import { Vector3, type Scene } from 'three';

import type { Sight } from '../overlays/sight';
import { colourOf, cssColour } from '../people/colours';
import { X, Y, Z } from '../people/motion';
import type { People } from '../people/people';
import { strings } from '../ui/strings';
import { createSign, font, INK, type Sign } from './board';

export interface NameSigns {
  /** Call before each drawn frame. */
  face(eye: Vector3): void;
  /** Looks again what houses hide; call about once a second. */
  look(): void;
  isShown(person: number): boolean;
  dispose(): void;
}

/** The line, 44 of 512 pixels, fills 1.4° of the view. */
const SHAPE = { widthPx: 512, heightPx: 88, widthPerMetre: 0.29 };
const MARGIN_PX = 20;
const ABOVE_EYE_M = 0.24;
const FARTHEST_M = 60;
const MOST = 12;
const OWN_M = 0.5;

export function createNameSigns(scene: Scene, people: () => People | undefined, sight: Sight): NameSigns {
  const signs = new Map<number, Sign>();
  const hidden = new Set<number>();
  const from = new Vector3(Infinity, 0, 0);

  function signOf(person: number): Sign {
    let sign = signs.get(person);
    if (!sign) signs.set(person, (sign = createSign(scene, SHAPE)));
    return sign;
  }

  return {
    face(eye) {
      from.copy(eye);
      const all = people();
      const left = new Set(signs.keys());
      let shown = 0;
      for (const { person, motion } of all?.members.values() ?? []) {
        const entry = all?.directory.get(person);
        if (!entry) continue;
        left.delete(person);
        const sign = signOf(person);
        const { sprite } = sign;
        sprite.position.set(motion.shown[X], motion.shown[Y] + ABOVE_EYE_M, motion.shown[Z]);
        const distance = sprite.position.distanceTo(eye);
        sprite.visible = distance > 1 && distance < FARTHEST_M && shown < MOST && !hidden.has(person);
        if (!sprite.visible) continue;
        shown += 1;
        sign.resize(distance);
        const text = entry.role === 'host' ? `${entry.name} · ${strings.role('host')}` : entry.name;
        sign.write(text, (context) => draw(context, text, person));
      }
      for (const person of left) {
        signs.get(person)!.dispose();
        signs.delete(person);
      }
    },
    look() {
      hidden.clear();
      for (const [person, { sprite }] of signs) if (sight.hidden(from, sprite.position, OWN_M)) hidden.add(person);
    },
    isShown: (person) => signs.get(person)?.sprite.visible ?? false,
    dispose() {
      for (const sign of signs.values()) sign.dispose();
      signs.clear();
    },
  };
}

function draw(context: CanvasRenderingContext2D, text: string, person: number): number {
  const { widthPx, heightPx } = SHAPE;
  context.fillStyle = cssColour(colourOf(person));
  context.fillRect(0, heightPx - 10, widthPx, 10);
  context.fillStyle = INK;
  context.textAlign = 'center';
  context.font = font(44, true);
  context.fillText(text, widthPx / 2, heightPx / 2 - 4, widthPx - 2 * MARGIN_PX);
  return Math.min(widthPx, context.measureText(text).width + 2 * MARGIN_PX);
}
