/** The light that falls on the city: sun or moon with its shadows, and the sky from all around. */
import { DirectionalLight, Group, HemisphereLight, Matrix4, Vector3, type WebGLShadowMap } from 'three';

import type { Daylight } from './daylight';

export interface Sunlight {
  readonly group: Group;
  set(daylight: Daylight): void;
  /** Whether shadows around this middle are others than those drawn last. */
  hasMoved(middle: Vector3, radius: number): boolean;
  /** Has the shadows around a middle drawn with the next picture. */
  castShadows(shadowMap: WebGLShadowMap, middle: Vector3, radius: number): void;
}

const TEXELS = 2048;
const HEIGHT_M = 600;
/** Below this the sun's shadows are longer than the map. */
const LOWEST_CASTER = 0.03;

export function createSunlight(shadows: boolean): Sunlight {
  const group = new Group();
  const sun = new DirectionalLight(0xffffff, 1);
  const sky = new HemisphereLight(0xffffff, 0xffffff, 1);
  sun.castShadow = shadows;
  sun.shadow.mapSize.set(TEXELS, TEXELS);
  // Of the map's depth, so 12 cm: only backs cast shadows, which need little, and more lets light in under walls.
  sun.shadow.bias = -0.12 / (2 * HEIGHT_M);
  sun.shadow.normalBias = 0.04;
  sun.shadow.radius = 1.4;
  sun.shadow.intensity = 0.94;
  group.add(sky, sun, sun.target);
  const towards = new Vector3(0, 1, 0);
  const toLight = new Matrix4();
  const fromLight = new Matrix4();
  const shadowMiddle = new Vector3(Infinity, 0, 0);
  let shadowRadius = 0;
  let turned = true;

  function aim(middle: Vector3, radius: number): void {
    // Whole texels of the map, so that shadows stand still while the walker moves.
    const texel = (2 * radius) / TEXELS;
    fromLight.lookAt(towards, new Vector3(), new Vector3(0, 1, 0));
    toLight.copy(fromLight).transpose();
    const { position } = sun.target;
    position.copy(middle).applyMatrix4(toLight).divideScalar(texel).round().multiplyScalar(texel);
    position.applyMatrix4(fromLight);
    sun.position.copy(position).addScaledVector(towards, HEIGHT_M);
    sun.target.updateMatrixWorld();
    sun.updateMatrixWorld();
    const { camera } = sun.shadow;
    camera.left = camera.bottom = -radius;
    camera.right = camera.top = radius;
    camera.near = 1;
    camera.far = 2 * HEIGHT_M;
    camera.updateProjectionMatrix();
  }

  function hasMoved(middle: Vector3, radius: number): boolean {
    return turned || shadowMiddle.distanceTo(middle) > radius / 6 || radius !== shadowRadius;
  }

  return {
    group,
    set({ caster, direct, above, below }) {
      towards.set(...caster);
      towards.y = Math.max(towards.y, LOWEST_CASTER);
      towards.normalize();
      sun.color.setRGB(...direct);
      sky.color.setRGB(...above);
      sky.groundColor.setRGB(...below);
      turned = true;
    },
    hasMoved,
    castShadows(shadowMap, middle, radius) {
      if (hasMoved(middle, radius)) {
        turned = false;
        shadowMiddle.copy(middle);
        shadowRadius = radius;
        aim(middle, radius);
      }
      shadowMap.needsUpdate = true;
    },
  };
}
