/** Comments in the headset: the nearest that can be seen, with their first lines. */
import { Vector3, type Scene } from 'three';

import { sceneToWorld } from '../core/frames';
import { OWN_HOUSE_M, type Sight } from '../overlays/sight';
import type { Comment } from '../protocol/messages';
import { ACCENT, createSign, font, INK, linesOf, type Sign } from './board';

export interface CommentSigns {
  /** Chooses which to show; call about once a second. */
  choose(comments: readonly Comment[]): void;
  face(eye: Vector3): void;
  dispose(): void;
}

/** A line, 36 of 512 pixels, fills 1.4° of the view. */
const SHAPE = { widthPx: 512, heightPx: 208, widthPerMetre: 0.35 };
const FARTHEST_M = 30;
const MOST = 3;
/** Between the directions of two signs, so that neither hides the other: their width and a little. */
const APART_RAD = 0.4;
const MOST_LINES = 3;

export function createCommentSigns(scene: Scene, sight: Sight): CommentSigns {
  const signs = new Map<number, Sign>();
  const from = new Vector3(Infinity, 0, 0);
  const place = new Vector3();

  function remove(id: number): void {
    signs.get(id)?.dispose();
    signs.delete(id);
  }

  /** Lets through what lies apart from all that it let through before. */
  function isApart(): (one: { readonly comment: Comment }) => boolean {
    const directions: Vector3[] = [];
    return ({ comment }) => {
      const direction = new Vector3(...sceneToWorld(comment.position)).sub(from);
      if (directions.some((other) => other.angleTo(direction) < APART_RAD)) return false;
      directions.push(direction);
      return true;
    };
  }

  return {
    choose(comments) {
      if (from.x === Infinity) return;
      const near = comments
        .filter(({ hidden }) => !hidden)
        .map((comment) => ({ comment, distance: place.set(...sceneToWorld(comment.position)).distanceTo(from) }))
        .filter(({ distance }) => distance < FARTHEST_M)
        .sort((a, b) => a.distance - b.distance)
        .slice(0, 3 * MOST)
        .filter(({ comment }) => !sight.hidden(from, place.set(...sceneToWorld(comment.position)), OWN_HOUSE_M))
        .filter(isApart())
        .slice(0, MOST);
      const wanted = new Set(near.map(({ comment }) => comment.id));
      for (const id of signs.keys()) if (!wanted.has(id)) remove(id);
      for (const { comment } of near) {
        const sign = signs.get(comment.id) ?? createSign(scene, SHAPE);
        signs.set(comment.id, sign);
        sign.sprite.position.set(...sceneToWorld(comment.position));
        sign.write(`${comment.name}\n${comment.text}`, (context) => draw(context, comment));
      }
    },
    face(eye) {
      from.copy(eye);
      for (const sign of signs.values()) sign.resize(sign.sprite.position.distanceTo(eye));
    },
    dispose() {
      for (const id of [...signs.keys()]) remove(id);
    },
  };
}

function draw(context: CanvasRenderingContext2D, { name, text }: Comment): number {
  context.fillStyle = ACCENT;
  context.fillRect(0, 0, 8, SHAPE.heightPx);
  context.fillStyle = INK;
  context.font = font(36, true);
  context.fillText(name, 32, 34, SHAPE.widthPx - 56);
  context.font = font(36);
  for (const [index, line] of linesOf(context, text, SHAPE.widthPx - 56, MOST_LINES).entries()) {
    context.fillText(line, 32, 84 + 46 * index, SHAPE.widthPx - 56);
  }
  return SHAPE.widthPx;
}
