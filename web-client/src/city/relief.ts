/**
 * A small map of how high everything stands around the viewer, drawn from above out of the shown
 * tiles and blurred near and far. The city's shader reads from it how much of the sky a place sees:
 * streets, courtyards, the feet of walls and what is under trees grow darker (docs/decisions/0007).
 */
import {
  BufferAttribute,
  BufferGeometry,
  HalfFloatType,
  LinearFilter,
  Mesh,
  OrthographicCamera,
  RGBAFormat,
  Scene,
  ShaderMaterial,
  Vector4,
  WebGLRenderTarget,
  type IUniform,
  type Texture,
  type Vector3,
  type WebGLRenderer,
} from 'three';

import type { Clock } from '../core/clock';
import { RELIEF_LAYER, type ReliefUniforms } from './surroundings';

export interface Relief {
  /** Whether it is time to draw the map anew. */
  isDue(middle: Vector3, radius: number): boolean;
  draw(scene: Scene, middle: Vector3, radius: number): void;
  /** Passes over softly to the map drawn last; call before each picture is drawn. */
  pass(): void;
  /** Passes over at once; false where there is nothing to. */
  rest(): boolean;
  /** The city has changed: the map is old. */
  spoil(): void;
}

export interface ReliefOptions {
  readonly renderer: WebGLRenderer;
  readonly uniforms: ReliefUniforms;
  readonly nowMs: () => number;
  /** The page's time, by which maps pass over. */
  readonly clock: Clock;
  /** What had to wait can be drawn now. */
  readonly later: (ms: number) => void;
  /** Whether maps may pass over softly. */
  readonly soft: () => boolean;
}

const TEXELS = 256;
const LEAST_RADIUS_M = 160;
const TALLEST_M = 400;
/** The walker may go so far before the map follows. */
const STEP_M = 16;
/** While tiles arrive, at most so often. */
const REST_MS = 1000;
/** A map that has just been drawn takes the place of the former in this time. */
const PASSING_MS = 800;

export function createRelief({ renderer, uniforms, nowMs, clock, later, soft }: ReliefOptions): Relief {
  const eye = new OrthographicCamera();
  eye.layers.set(RELIEF_LAYER);
  eye.rotation.x = -Math.PI / 2;
  const heights = target();
  const half = target();
  const blurred = target();
  let shown = target();
  let former = target();
  uniforms.relief.value = shown.texture;
  const zero = { value: 0 };
  const measure = createMeasure(zero);
  const pass = createBlur();
  const passing = createPassing(blurred.texture, uniforms.reliefArea);
  let passingSinceMs = -Infinity;
  let passed = 1;
  let spoilt = true;
  let drawnMs: number | undefined;
  let middleX = Infinity;
  let middleZ = Infinity;
  let width = 0;

  /** Without the headset's cameras, and leaving all as it was. */
  function aside(drawing: () => void): void {
    const { xr, shadowMap } = renderer;
    const before = { target: renderer.getRenderTarget(), xr: xr.enabled, shadows: shadowMap.needsUpdate };
    xr.enabled = false;
    shadowMap.needsUpdate = false;
    drawing();
    renderer.setRenderTarget(before.target);
    xr.enabled = before.xr;
    shadowMap.needsUpdate = before.shadows;
  }

  function draw(scene: Scene, middle: Vector3): void {
    zero.value = middle.y;
    eye.left = eye.bottom = -width / 2;
    eye.right = eye.top = width / 2;
    eye.near = 0;
    eye.far = 2 * TALLEST_M;
    eye.position.set(middleX, middle.y + TALLEST_M, middleZ);
    eye.updateMatrixWorld();
    eye.updateProjectionMatrix();
    scene.overrideMaterial = measure;
    renderer.setRenderTarget(heights);
    // Opaque, as for the picture: leaves leave its alpha as it is.
    renderer.setClearColor(0x000000, 1);
    renderer.clear();
    renderer.render(scene, eye);
    scene.overrideMaterial = null;
    for (const [from, to, x, y] of [[heights, half, 1, 0], [half, blurred, 0, 1]] as const) {
      pass.source.value = from.texture;
      pass.step.value.set(x / TEXELS, y / TEXELS, 0, 0);
      renderer.setRenderTarget(to);
      renderer.render(pass.scene, eye);
    }
  }

  /** What is shown, `share` (0 to 1) of the way from the former map to the one drawn last. */
  function mix(share: number): void {
    passing.source.value = former.texture;
    passing.share.value = share;
    aside(() => {
      renderer.setRenderTarget(shown);
      renderer.render(passing.scene, eye);
    });
  }

  function goOn(share: number): void {
    passed = share;
    if (share >= 1) passingSinceMs = -Infinity;
    else later(0);
    mix(share);
  }

  return {
    rest() {
      if (passingSinceMs === -Infinity) return false;
      goOn(1);
      return true;
    },
    spoil() {
      spoilt = true;
    },
    isDue(middle, radius) {
      const wanted = widthFor(radius);
      const moved = Math.hypot(middle.x - middleX, middle.z - middleZ) > (STEP_M * wanted) / (2 * LEAST_RADIUS_M);
      if (!spoilt && !moved && wanted === width) return false;
      drawnMs ??= nowMs();
      const waitMs = drawnMs + REST_MS - nowMs();
      if (waitMs > 0) later(waitMs);
      return waitMs <= 0;
    },
    draw(scene, middle, radius) {
      spoilt = false;
      drawnMs = nowMs();
      width = widthFor(radius);
      // Whole texels, so that nothing creeps.
      const texel = width / TEXELS;
      middleX = Math.round(middle.x / texel) * texel;
      middleZ = Math.round(middle.z / texel) * texel;
      [shown, former] = [former, shown];
      passing.area.value.copy(uniforms.reliefArea.value);
      const isFirst = uniforms.reliefArea.value.z === 0;
      aside(() => draw(scene, middle));
      uniforms.relief.value = shown.texture;
      uniforms.reliefArea.value.set(middleX, middleZ, 1 / width, middle.y);
      passingSinceMs = clock.now();
      goOn(isFirst || !soft() ? 1 : 0);
    },
    pass() {
      if (passingSinceMs === -Infinity) return;
      const share = Math.min(1, (clock.now() - passingSinceMs) / PASSING_MS);
      // While the page's time stands still, so does the picture.
      if (share === passed) later(PASSING_MS);
      else goOn(share);
    },
  };
}

function widthFor(radius: number): number {
  return 2 * Math.max(LEAST_RADIUS_M, radius);
}

function target(): WebGLRenderTarget {
  return new WebGLRenderTarget(TEXELS, TEXELS, {
    format: RGBAFormat,
    type: HalfFloatType,
    minFilter: LinearFilter,
    magFilter: LinearFilter,
    generateMipmaps: false,
  });
}

function createMeasure(zero: IUniform<number>): ShaderMaterial {
  return new ShaderMaterial({
    uniforms: { zero },
    vertexShader: /* glsl */ `
      varying vec2 height;
      uniform float zero;
      void main() {
        #include <begin_vertex>
        #include <project_vertex>
        vec4 place = vec4(transformed, 1.0);
        vec4 foot = place;
        #ifdef USE_INSTANCING
          place = instanceMatrix * place;
          foot = instanceMatrix[3];
        #endif
        height = vec2((modelMatrix * place).y, (modelMatrix * foot).y) - zero;
      }`,
    fragmentShader: /* glsl */ `
      varying vec2 height;
      void main() {
        gl_FragColor = vec4(height.xxy, 1.0);
      }`,
  });
}

interface Passing {
  readonly scene: Scene;
  /** The former map, and the area that it shows as `reliefArea` has it. */
  readonly source: IUniform<Texture | null>;
  readonly area: IUniform<Vector4>;
  readonly share: IUniform<number>;
}

/** From the former map to a newer one, in the newer one's area. */
function createPassing(fresh: Texture, freshArea: IUniform<Vector4>): Passing {
  const source: IUniform<Texture | null> = { value: null };
  const area = { value: new Vector4() };
  const share = { value: 1 };
  const scene = wholeTarget(
    { fresh: { value: fresh }, freshArea, former: source, formerArea: area, share },
    /* glsl */ `
      varying vec2 at;
      uniform sampler2D fresh;
      uniform sampler2D former;
      uniform vec4 freshArea;
      uniform vec4 formerArea;
      uniform float share;
      void main() {
        vec3 now = texture2D(fresh, at).rgb;
        vec2 place = freshArea.xy + (at - 0.5) * vec2(1.0, -1.0) / freshArea.z;
        vec2 from = 0.5 + (place - formerArea.xy) * vec2(formerArea.z, -formerArea.z);
        vec3 before = texture2D(former, from).rgb + formerArea.w - freshArea.w;
        vec2 known = step(abs(from - 0.5), vec2(0.5));
        gl_FragColor = vec4(mix(now, before, (1.0 - share) * known.x * known.y), 1.0);
      }`,
  );
  return { scene, source, area, share };
}

interface Blur {
  readonly scene: Scene;
  readonly source: IUniform<Texture | null>;
  readonly step: IUniform<Vector4>;
}

/** One direction of both blurs at once. */
function createBlur(): Blur {
  const source: IUniform<Texture | null> = { value: null };
  const step = { value: new Vector4() };
  const scene = wholeTarget({ source, stride: step }, /* glsl */ `
      varying vec2 at;
      uniform sampler2D source;
      uniform vec4 stride;
      void main() {
        vec4 sum = vec4(0.0);
        for (int i = -5; i <= 5; i += 1) {
          float weight = exp(-float(i * i) / 9.0);
          sum.x += weight * texture2D(source, at + stride.xy * float(i) * 0.6).r;
          sum.yz += weight * texture2D(source, at + stride.xy * float(i) * 2.3).gb;
          sum.w += weight;
        }
        gl_FragColor = vec4(sum.xyz / sum.w, 1.0);
      }`);
  return { scene, source, step };
}

/** Draws a fragment shader, which is told where `at` it is (0 to 1), onto all of a target. */
function wholeTarget(uniforms: Record<string, IUniform>, fragmentShader: string): Scene {
  const material = new ShaderMaterial({
    depthTest: false,
    depthWrite: false,
    uniforms,
    vertexShader: /* glsl */ `
      varying vec2 at;
      void main() {
        at = position.xy * 0.5 + 0.5;
        gl_Position = vec4(position.xy, 0.0, 1.0);
      }`,
    fragmentShader,
  });
  const corners = new BufferGeometry();
  corners.setAttribute('position', new BufferAttribute(new Float32Array([-1, -1, 0, 3, -1, 0, -1, 3, 0]), 3));
  const mesh = new Mesh(corners, material);
  mesh.frustumCulled = false;
  mesh.layers.enable(RELIEF_LAYER);
  const scene = new Scene();
  scene.add(mesh);
  return scene;
}
