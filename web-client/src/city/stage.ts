/** Renderer, camera, light and scene: everything on the drawing side that isn't a tile. */
import {
  ACESFilmicToneMapping,
  Box3,
  BufferAttribute,
  BufferGeometry,
  Camera,
  Frustum,
  InstancedMesh,
  Matrix4,
  Mesh,
  PCFShadowMap,
  PerspectiveCamera,
  RawShaderMaterial,
  Scene,
  Vector3,
  WebGLRenderer,
  WebGLRenderTarget,
  type Material,
  type Object3D,
  type Texture,
} from 'three';

import { realClock, type Clock } from '../core/clock';
import type { DeviceProfile } from '../core/profile';
import { VERTICAL_FOV_RAD } from '../net/sight';
import type { Daylight } from './daylight';
import type { Relief } from './relief';
import { createSky } from './sky';
import { createSunlight } from './sunlight';
import { noRelief, type Surroundings } from './surroundings';
import { copiesOf, type TileMesh } from './tile-mesh';
import type { UploadQueue } from './upload-queue';

const VERTICAL_FOV_DEG = (VERTICAL_FOV_RAD * 180) / Math.PI;

export interface Stage {
  readonly renderer: WebGLRenderer;
  readonly scene: Scene;
  readonly camera: PerspectiveCamera;
  readonly surroundings: Surroundings;
  /** Of the picture on the page, CSS pixels; asking the page itself would make it lay itself out. */
  readonly size: { readonly width: number; readonly height: number };
  light(daylight: Daylight): void;
  /** From now on all is drawn so many times as bright as by day in the street. */
  adapt(factor: number): void;
  /** The camera is where the next picture is drawn from: for `sees`. */
  look(): void;
  /** Whether something in this box of the scene frame may be in that picture; in a headset anything may. */
  sees(box: readonly number[]): boolean;
  /** Fits drawing buffer and camera to the canvas. */
  resize(width: number, height: number): void;
  /** The first picture is whole: there is time for a map of heights. */
  begin(): Promise<void>;
  /** Has shadows and relief drawn anew where they are old; shadows `atOnce`, or as a chore of frames to come. */
  shade(shade: Shade, atOnce: boolean): void;
  /** Puts a mesh's buffers, or an image, on the graphics card without showing it. */
  upload(mesh: TileMesh): void;
  uploadImage(image: Texture): void;
  /** Compiles the city's shader while its first tiles are on their way; until then, nobody draws any. */
  warm(material: Material): Promise<unknown>;
  /** Compiles the shaders of things that will be shown, without making the picture wait. */
  prepare(things: Object3D): Promise<unknown>;
  render(): void;
  /** Ends what changes softly; false where nothing does. */
  rest(): boolean;
}

/** What shadows and relief are drawn around, and whether the city in there is another than before. */
export interface Shade {
  readonly middle: Vector3;
  readonly radius: number;
  readonly cityChanged: boolean;
}

export interface StageOptions {
  readonly canvas: HTMLCanvasElement;
  readonly profile: DeviceProfile;
  readonly queue: UploadQueue;
  /** The page's time, by which things change softly. */
  readonly clock: Clock;
  /** Called to have a frame drawn in so many milliseconds. */
  readonly later: (ms: number) => void;
  /** Whether things may change softly. */
  readonly soft: () => boolean;
}

/** Something drawn with this material, to compile its shader with: with what tiles have; once, or as copies. */
export function surfaceOf(material: Material, isCopied = false): Mesh {
  const geometry = new BufferGeometry();
  // Without either three would compile another shader.
  for (const name of ['position', 'normal']) geometry.setAttribute(name, new BufferAttribute(new Float32Array(3), 3));
  const mesh = isCopied ? new InstancedMesh(geometry, material, 1) : new Mesh(geometry, material);
  mesh.receiveShadow = true;
  return mesh;
}

/** @throws where the browser can't draw with WebGL 2. */
export function createStage({ canvas, profile, queue, clock, later, soft }: StageOptions): Stage {
  const renderer = new WebGLRenderer({ canvas });
  // To ask whether a shader is right, is to wait for the graphics card.
  renderer.debug.checkShaderErrors = false;
  renderer.toneMapping = ACESFilmicToneMapping;
  renderer.shadowMap.enabled = profile.shadows;
  renderer.shadowMap.type = PCFShadowMap;
  renderer.shadowMap.autoUpdate = false;

  const scene = new Scene();
  const camera = new PerspectiveCamera(VERTICAL_FOV_DEG, 1, 0.1, 6000);
  camera.rotation.order = 'YXZ';
  const sky = createSky();
  const surroundings = { ...sky.air, ...noRelief() };
  let relief: Relief | undefined;
  const sunlight = createSunlight(profile.shadows);
  scene.add(sky.mesh, sunlight.group);

  const size = { width: 1, height: 1 };
  const uploadScene = new Scene();
  uploadScene.overrideMaterial = new RawShaderMaterial({
    vertexShader: 'void main() { gl_Position = vec4(2.0, 2.0, 2.0, 1.0); }',
    fragmentShader: 'void main() { gl_FragColor = vec4(0.0); }',
  });
  /** Whether the shader of copies has been asked for. */
  let isCopying = false;
  const uploadTarget = new WebGLRenderTarget(1, 1);
  // To make it asks what the graphics card can do, and waits: now, before that is given shaders to make.
  renderer.initRenderTarget(uploadTarget);
  const uploadCamera = new Camera();
  const frustum = new Frustum();
  const toPicture = new Matrix4();
  const box = new Box3();

  function uniformsOf(material: Material): unknown {
    const { currentProgram } = renderer.properties.get(material) as { currentProgram?: { getUniforms(): unknown } };
    return currentProgram?.getUniforms();
  }

  const shadeMiddle = new Vector3();
  let shadeRadius = 0;
  let isReliefDue = false;

  // Each draws most of the city once more: never both in one frame, nor either beside arriving tiles.
  function castShadows(): true {
    sunlight.castShadows(renderer.shadowMap, shadeMiddle, shadeRadius);
    return true;
  }

  function drawRelief(): true {
    isReliefDue = true;
    return true;
  }

  let exposure = 1;
  let adaptation = 1;
  const shadowsSoon = queue.chore(castShadows);
  const reliefSoon = queue.chore(drawRelief);

  return {
    renderer,
    scene,
    camera,
    surroundings,
    size,
    light(daylight) {
      sky.set(daylight);
      sunlight.set(daylight);
      exposure = daylight.exposure;
      renderer.toneMappingExposure = exposure * adaptation;
    },
    adapt(factor) {
      adaptation = factor;
      renderer.toneMappingExposure = exposure * adaptation;
    },
    look() {
      camera.updateWorldMatrix(true, false);
      frustum.setFromProjectionMatrix(toPicture.multiplyMatrices(camera.projectionMatrix, camera.matrixWorldInverse));
    },
    sees(sides) {
      if (renderer.xr.isPresenting) return true;
      const [minX, minY, minZ, maxX, maxY, maxZ] = sides;
      box.min.set(minX, minZ, -maxY);
      box.max.set(maxX, maxZ, -minY);
      return frustum.intersectsBox(box);
    },
    resize(width, height) {
      Object.assign(size, { width, height });
      renderer.setPixelRatio(Math.min(devicePixelRatio, profile.maxPixelRatio));
      renderer.setSize(width, height, false);
      // A headset leaves its own angles behind.
      camera.fov = VERTICAL_FOV_DEG;
      camera.aspect = width / Math.max(1, height);
      camera.updateProjectionMatrix();
    },
    shade({ middle, radius, cityChanged }, atOnce) {
      shadeMiddle.copy(middle);
      shadeRadius = radius;
      if (cityChanged) relief?.spoil();
      if (cityChanged || sunlight.hasMoved(middle, radius)) (atOnce ? castShadows : shadowsSoon)();
      if (isReliefDue) relief?.draw(scene, middle, radius);
      else if (relief?.isDue(middle, radius)) reliefSoon();
      isReliefDue = false;
      relief?.pass();
    },
    uploadImage: (image) => renderer.initTexture(image),
    upload(mesh) {
      // Drawing one triangle into one pixel makes three send the buffers now, not at the swap.
      const { xr } = renderer;
      const xrEnabled = xr.enabled;
      xr.enabled = false;
      const target = renderer.getRenderTarget();
      const { visible } = mesh;
      const copies = copiesOf(mesh);
      const parts = [mesh, ...copies];
      if (copies.length > 0 && !isCopying) {
        isCopying = true;
        void renderer.compileAsync(surfaceOf(copies[0].material, true), camera, scene);
      }
      for (const part of parts) {
        part.frustumCulled = false;
        part.geometry.setDrawRange(0, 3);
      }
      mesh.visible = true;
      uploadScene.add(mesh);
      renderer.setRenderTarget(uploadTarget);
      renderer.render(uploadScene, uploadCamera);
      renderer.setRenderTarget(target);
      uploadScene.remove(mesh);
      for (const part of parts) {
        part.geometry.setDrawRange(0, Infinity);
        part.frustumCulled = true;
      }
      mesh.visible = visible;
      xr.enabled = xrEnabled;
    },
    warm(material) {
      // The small one first: tiles are uploaded with it while the large one is still being made.
      const small = renderer.compileAsync(surfaceOf(uploadScene.overrideMaterial!), uploadCamera, uploadScene);
      return Promise.all([small, renderer.compileAsync(surfaceOf(material), camera, scene)]);
    },
    async prepare(things) {
      await renderer.compileAsync(things, camera, scene);
      // The first who asks for a shader's uniforms waits for the graphics card: not in the middle of a walk,
      // and not before it has caught up, as whoever reads a pixel is told.
      await renderer.readRenderTargetPixelsAsync(uploadTarget, 0, 0, 1, 1, new Uint8Array(4));
      things.traverse((thing) => thing instanceof Mesh && uniformsOf(thing.material as Material));
    },
    render: () => renderer.render(scene, camera),
    rest: () => relief?.rest() ?? false,
    async begin() {
      const { createRelief } = await import('./relief');
      relief = createRelief({ renderer, uniforms: surroundings, nowMs: realClock.now, clock, later, soft });
      later(0);
    },
  };
}
