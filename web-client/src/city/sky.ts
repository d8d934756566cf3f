/** The sky on screen, and what the shaders of the city need of it. */
import {
  BufferAttribute,
  BufferGeometry,
  ClampToEdgeWrapping,
  DataTexture,
  DataUtils,
  HalfFloatType,
  LinearFilter,
  Mesh,
  RedFormat,
  RepeatWrapping,
  ShaderMaterial,
  Vector3,
  Vector4,
  type IUniform,
} from 'three';

import { SKY_COLUMNS, SKY_ROWS } from './atmosphere';
import { SUNLIGHT, type Daylight } from './daylight';
import { HAZE_GLSL, PLAIN_ALBEDO, SKY_GLSL } from './shaders/sky';

/** Shared by all materials: set once, true everywhere. */
export interface AirUniforms {
  /** Left half: light scattered by air; right half: by haze, without its phase function. */
  readonly skyTable: IUniform<DataTexture>;
  /** The table's lowest row towards the sun, beside it and away from it; and its haze beside the sun. */
  readonly horizonAir: IUniform<Vector3[]>;
  readonly horizonHaze: IUniform<Vector3>;
  /** Least x and z, greatest x and z of the mapped city, world frame; beyond, the ground dissolves. */
  readonly edge: IUniform<Vector4>;
  /** Along that edge, 1 where it lies in water, which then goes on (shores.ts). */
  readonly rim: IUniform<DataTexture>;
  /** Height of the plain beyond the city, world frame, metres; and the light that it sends back. */
  readonly plainHeight: IUniform<number>;
  readonly plainLight: IUniform<Vector3>;
  readonly sunTowards: IUniform<Vector3>;
  /** Towards what casts the shadows. */
  readonly casterTowards: IUniform<Vector3>;
  readonly casterLight: IUniform<Vector3>;
  /** Per metre. */
  readonly hazeDensity: IUniform<number>;
  readonly night: IUniform<number>;
  /** Share of windows that are lit, and how bright a lamp is beside all else. */
  readonly lit: IUniform<number>;
  readonly lamp: IUniform<number>;
  /** Seconds; stands still where nothing may move. */
  readonly seconds: IUniform<number>;
}

export interface Sky {
  readonly mesh: Mesh;
  readonly air: AirUniforms;
  set(daylight: Daylight): void;
}

/** Places along the city's rim, by their direction from its middle, from west over north on. */
export const RIM_PLACES = 256;

const LAMP = 1.15;

export function createSky(): Sky {
  const texels = new Uint16Array(2 * SKY_COLUMNS * SKY_ROWS * 4);
  const table = new DataTexture(texels, 2 * SKY_COLUMNS, SKY_ROWS, undefined, HalfFloatType);
  table.magFilter = table.minFilter = LinearFilter;
  table.wrapS = table.wrapT = ClampToEdgeWrapping;
  const air: AirUniforms = {
    skyTable: { value: table },
    horizonAir: { value: [new Vector3(), new Vector3(), new Vector3()] },
    horizonHaze: { value: new Vector3() },
    edge: { value: new Vector4(-1e6, -1e6, 1e6, 1e6) },
    rim: { value: rimTexture() },
    plainHeight: { value: 0 },
    plainLight: { value: new Vector3() },
    sunTowards: { value: new Vector3(0, 1, 0) },
    casterTowards: { value: new Vector3(0, 1, 0) },
    casterLight: { value: new Vector3() },
    hazeDensity: { value: 1 / 1600 },
    night: { value: 0 },
    lit: { value: 0 },
    lamp: { value: 0 },
    seconds: { value: 0 },
  };
  return {
    mesh: createDome(air),
    air,
    set({ sky, sun, caster, direct, above, night, lit, exposure }) {
      for (let row = 0; row < SKY_ROWS; row += 1) {
        for (let column = 0; column < SKY_COLUMNS; column += 1) {
          const from = 3 * (row * SKY_COLUMNS + column);
          const to = 4 * (row * 2 * SKY_COLUMNS + column);
          for (let c = 0; c < 3; c += 1) {
            texels[to + c] = DataUtils.toHalfFloat(sky.air[from + c] * SUNLIGHT);
            texels[to + 4 * SKY_COLUMNS + c] = DataUtils.toHalfFloat(sky.haze[from + c] * SUNLIGHT);
          }
        }
      }
      table.needsUpdate = true;
      const middle = Math.floor(SKY_COLUMNS / 2);
      for (const [i, column] of [0, middle, SKY_COLUMNS - 1].entries()) {
        air.horizonAir.value[i].fromArray(sky.air, 3 * column).multiplyScalar(SUNLIGHT);
      }
      air.horizonHaze.value.fromArray(sky.haze, 3 * middle).multiplyScalar(SUNLIGHT);
      const [r, g, b] = PLAIN_ALBEDO.map((albedo, c) => (albedo / Math.PI) * (direct[c] * Math.max(0, caster[1]) + above[c]));
      air.plainLight.value.set(r, g, b);
      air.sunTowards.value.set(...sun);
      air.casterTowards.value.set(...caster);
      air.casterLight.value.set(...direct);
      air.night.value = night;
      air.lit.value = lit;
      air.lamp.value = LAMP / exposure;
    },
  };
}

export function rimTexture(): DataTexture {
  const texture = new DataTexture(new Uint8Array(RIM_PLACES), RIM_PLACES, 1, RedFormat);
  texture.magFilter = texture.minFilter = LinearFilter;
  texture.wrapS = RepeatWrapping;
  texture.needsUpdate = true;
  return texture;
}

function createDome(air: AirUniforms): Mesh {
  const material = new ShaderMaterial({
    depthWrite: false,
    uniforms: { ...air },
    // One triangle over the whole picture, behind everything; the view ray is found back from its corners.
    vertexShader: /* glsl */ `
      varying vec3 direction;
      void main() {
        vec4 far = inverse(projectionMatrix) * vec4(position.xy, 1.0, 1.0);
        direction = transpose(mat3(viewMatrix)) * (far.xyz / far.w);
        gl_Position = vec4(position.xy, 1.0, 1.0);
      }`,
    fragmentShader: /* glsl */ `
      varying vec3 direction;
      uniform vec3 casterLight;
      ${SKY_GLSL}
      ${HAZE_GLSL}
      float hash(vec3 cell) {
        return fract(sin(dot(cell, vec3(127.1, 311.7, 74.7))) * 43758.5453);
      }
      /** At most one in each cell of a grid around the eye. */
      vec3 stars(vec3 towards) {
        vec3 cell = floor(towards * 190.0);
        vec3 star = fract(towards * 190.0) - 0.5;
        float bright = smoothstep(0.985, 1.0, hash(cell));
        float spot = smoothstep(0.26, 0.05, length(star));
        return vec3(0.022, 0.024, 0.028) * bright * spot * night * smoothstep(0.03, 0.4, towards.y);
      }
      void main() {
        vec3 towards = normalize(direction);
        vec3 colour = skyColour(towards);
        if (towards.y < 0.0) colour = plain(colour, towards);
        // The sun's disc, a little larger than life as a lens shows it.
        float disc = smoothstep(0.99989, 0.99996, dot(towards, sunTowards));
        colour += casterLight * disc * 60.0 * (1.0 - night);
        if (night > 0.0) colour += stars(towards);
        // A touch of noise hides the steps of eight-bit colour in a smooth gradient.
        float grain = hash(vec3(gl_FragCoord.xy, 1.0)) - 0.5;
        gl_FragColor = vec4(colour * (1.0 + grain / 90.0), 1.0);
        #include <tonemapping_fragment>
        #include <colorspace_fragment>
      }`,
  });
  const corners = new BufferGeometry();
  corners.setAttribute('position', new BufferAttribute(new Float32Array([-1, -1, 0, 3, -1, 0, -1, 3, 0]), 3));
  const dome = new Mesh(corners, material);
  dome.frustumCulled = false;
  // After the city, which hides most of it.
  dome.renderOrder = 1;
  dome.matrixAutoUpdate = false;
  return dome;
}
