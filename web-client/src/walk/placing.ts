/** Puts the viewer somewhere: at the start, where a comment was made, from above or on foot again. */
import type { Viewpoint } from '../consultation/viewpoint';
import { sceneToWorld, type Vec3 } from '../core/frames';
import { EYE_HEIGHT_M, spawn } from '../net/session';
import type { Manifest } from '../protocol/messages';
import type { Body } from './body';
import type { Modes } from './modes';
import type { Viewer } from './viewer';

export interface PlacingOptions {
  readonly viewer: Viewer;
  readonly body: Body;
  readonly modes: Modes;
  readonly manifest: () => Manifest | undefined;
  /** From above, or on foot. */
  readonly orbiting: (on: boolean) => void;
  /** Draw again. */
  readonly changed: () => void;
}

export interface Placing {
  /** At the first spawn point, before any ground is there. */
  start(manifest: Manifest): void;
  /** A step or two aside of where one stands, another for each person: for those who enter where others are. */
  aside(person: number): void;
  /** Feet in the world frame: the body takes the floor nearest below. Radians. */
  standAt(feet: Vec3, yaw: number, pitch: number): void;
  goTo(viewpoint: Viewpoint): void;
  setOrbit(on: boolean): void;
  /** From above, so many metres from a point of the world frame; the body stays where it stands. */
  lookDownAt(target: Vec3, metres: number): void;
}

/** Turning by it, no two of many stand in one direction. */
const GOLDEN_ANGLE_RAD = Math.PI * (3 - Math.sqrt(5));
const NEAREST_ASIDE_M = 1.2;
const FARTHER_M = 0.4;

export function createPlacing({ viewer, body, modes, manifest, orbiting, changed }: PlacingOptions): Placing {
  function standAt(feet: Vec3, yaw: number, pitch: number): void {
    viewer.yaw = yaw;
    viewer.pitch = pitch;
    body.spawn(feet);
    body.seat(viewer);
    changed();
  }

  function setOrbit(on: boolean, metres?: number): void {
    orbiting(modes.setOrbit(on, manifest(), metres));
    changed();
  }

  return {
    start(city) {
      const { feet, yaw } = spawn(city);
      [viewer.x, viewer.y, viewer.z] = [feet[0], feet[1] + EYE_HEIGHT_M, feet[2]];
      viewer.yaw = yaw;
      body.spawn(feet);
    },
    aside(person) {
      const { x, y, z } = viewer;
      const angle = person * GOLDEN_ANGLE_RAD;
      const metres = NEAREST_ASIDE_M + (person % 4) * FARTHER_M;
      const from: Vec3 = [x, y - EYE_HEIGHT_M, z];
      viewer.x = x + Math.sin(angle) * metres;
      viewer.z = z + Math.cos(angle) * metres;
      body.spawn([viewer.x, from[1], viewer.z], from);
    },
    standAt,
    goTo(viewpoint) {
      if (modes.orbiting) setOrbit(false);
      if (viewpoint.kind === 'foot') return standAt(sceneToWorld(viewpoint.feet), viewpoint.yaw, viewpoint.pitch);
      standAt(sceneToWorld(viewpoint.target), viewpoint.yaw, 0);
      setOrbit(true);
    },
    setOrbit,
    lookDownAt([x, y, z], metres) {
      Object.assign(viewer, { x, y: y + EYE_HEIGHT_M, z });
      setOrbit(true, metres);
    },
  };
}
