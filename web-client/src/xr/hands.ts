/** Controllers and hands: pinch or trigger presses, or aims and teleports; the stick walks and snap-turns. */
import { BufferGeometry, Group, Line, LineBasicMaterial, Vector3, type WebGLRenderer } from 'three';

import { rayOf } from './spaces';

export interface HandActions {
  /** Pinch or trigger went down; returns whether it was meant for something that can be pressed. */
  readonly press: (origin: Vector3, direction: Vector3) => boolean;
  /** Where the pointing hand points, once a frame. */
  readonly point: (origin: Vector3, direction: Vector3) => void;
  /** A stick was pressed. */
  readonly next: () => void;
  /** The lower button (A or X) went down. */
  readonly comment: (origin: Vector3, direction: Vector3) => void;
  /** Held: points along a ray of the world frame. */
  readonly aim: (origin: Vector3, direction: Vector3) => void;
  readonly release: () => void;
  /** +1 to the left, −1 to the right. */
  readonly snapTurn: (steps: number) => void;
  /** The upper button (B or Y): out, in one press. */
  readonly leave: () => void;
}

export interface Hands {
  /** Reads the sticks and renews the aim; call once a frame. */
  update(session: XRSession): { readonly forward: number; readonly strafe: number };
  dispose(): void;
}

/** The stick, A or X, and B or Y, in the xr-standard layout. */
const NEXT_BUTTON = 3;
const COMMENT_BUTTON = 4;
const LEAVE_BUTTON = 5;
const DEAD_ZONE = 0.15;
const SNAP_AT = 0.7;
const SNAP_AGAIN_AT = 0.4;

export function createHands(renderer: WebGLRenderer, rig: Group, actions: HandActions): Hands {
  const line = new BufferGeometry().setFromPoints([new Vector3(0, 0, 0), new Vector3(0, 0, -4)]);
  const material = new LineBasicMaterial({ color: 0xffffff, transparent: true, opacity: 0.6 });
  const controllers = [renderer.xr.getController(0), renderer.xr.getController(1)];
  const origin = new Vector3();
  const direction = new Vector3();
  const walking = { forward: 0, strafe: 0 };
  let aiming: Group | undefined;
  let canSnap = true;
  let left = false;
  let commenting = false;
  let changing = false;
  let pointing: XRHandedness = 'right';

  const listeners = controllers.map((controller) => {
    const start = ({ data }: { readonly data?: XRInputSource }): void => {
      pointing = data?.handedness ?? pointing;
      ray(controller);
      if (actions.press(origin, direction)) return;
      aiming = controller;
    };
    const end = (): void => {
      if (aiming !== controller) return;
      aim();
      aiming = undefined;
      actions.release();
    };
    controller.addEventListener('selectstart', start);
    controller.addEventListener('selectend', end);
    controller.add(new Line(line, material));
    rig.add(controller);
    return { controller, start, end };
  });

  /** Into `origin` and `direction`. */
  function ray({ matrixWorld }: Group): void {
    origin.setFromMatrixPosition(matrixWorld);
    direction.set(0, 0, -1).transformDirection(matrixWorld);
  }

  function readButtons(session: XRSession): void {
    let pressed = false;
    let changes = false;
    for (const source of session.inputSources) {
      const { gamepad, handedness } = source;
      if (gamepad?.buttons[LEAVE_BUTTON]?.pressed && !left) {
        left = true;
        actions.leave();
      }
      changes ||= gamepad?.buttons[NEXT_BUTTON]?.pressed ?? false;
      const asks = gamepad?.buttons[COMMENT_BUTTON]?.pressed ?? false;
      const along = asks || handedness === pointing ? rayOf(source, renderer, rig) : undefined;
      if (along && handedness === pointing) actions.point(along.origin, along.direction);
      if (along && asks && !commenting) {
        pointing = handedness;
        actions.comment(along.origin, along.direction);
      }
      pressed ||= asks;
    }
    if (changes && !changing) actions.next();
    changing = changes;
    commenting = pressed;
  }

  function aim(): void {
    if (!aiming) return;
    ray(aiming);
    actions.aim(origin, direction);
  }

  function dead(value: number): number {
    return Math.abs(value) < DEAD_ZONE ? 0 : value;
  }

  return {
    update(session) {
      let x = 0;
      let y = 0;
      let turn = 0;
      for (const { handedness, gamepad } of session.inputSources) {
        if (!gamepad || gamepad.axes.length < 4) continue;
        if (handedness === 'right') turn = gamepad.axes[2];
        else x = gamepad.axes[2];
        if (handedness !== 'right' || Math.abs(y) < DEAD_ZONE) y = gamepad.axes[3];
      }
      if (Math.abs(turn) < SNAP_AGAIN_AT) canSnap = true;
      else if (canSnap && Math.abs(turn) > SNAP_AT) {
        canSnap = false;
        actions.snapTurn(-Math.sign(turn));
      }
      walking.forward = -dead(y);
      walking.strafe = dead(x);
      readButtons(session);
      aim();
      return walking;
    },
    dispose() {
      for (const { controller, start, end } of listeners) {
        controller.removeEventListener('selectstart', start);
        controller.removeEventListener('selectend', end);
        controller.clear();
        rig.remove(controller);
      }
      line.dispose();
      material.dispose();
    },
  };
}
