/** Renderer, camera, light and scene: everything on the drawing side that isn't a tile. */
import {
  ACESFilmicToneMapping,
  BufferGeometry,
  Camera,
  DirectionalLight,
  HemisphereLight,
  Mesh,
  PCFShadowMap,
  PerspectiveCamera,
  RawShaderMaterial,
  Scene,
  Vector3,
  WebGLRenderer,
  WebGLRenderTarget,
  type Material,
} from 'three';

import type { DeviceProfile } from '../core/profile';
import { VERTICAL_FOV_RAD } from '../net/session';
import { createSky, GROUND_LIGHT, SKY_LIGHT, SUN_COLOUR, SUN_DIRECTION } from './sky';
import type { TileMesh } from './tile-mesh';

const VERTICAL_FOV_DEG = (VERTICAL_FOV_RAD * 180) / Math.PI;

export interface Stage {
  readonly renderer: WebGLRenderer;
  readonly scene: Scene;
  readonly camera: PerspectiveCamera;
  /** Fits drawing buffer and camera to the canvas. */
  resize(width: number, height: number): void;
  /** Moves the shadows to a new middle, or marks them old after the city changed. */
  castShadows(middle: Vector3, radius: number, cityChanged: boolean): void;
  upload(mesh: TileMesh): void;
  /** Compiles the city's shader while its first tile is still on the way. */
  warm(material: Material): void;
  render(): void;
}

/** @throws where the browser can't draw with WebGL 2. */
export function createStage(canvas: HTMLCanvasElement, profile: DeviceProfile): Stage {
  const renderer = new WebGLRenderer({ canvas, antialias: true, powerPreference: 'high-performance' });
  renderer.toneMapping = ACESFilmicToneMapping;
  renderer.toneMappingExposure = 1.0;
  renderer.shadowMap.enabled = profile.shadows;
  renderer.shadowMap.type = PCFShadowMap;
  renderer.shadowMap.autoUpdate = false;

  const scene = new Scene();
  const camera = new PerspectiveCamera(VERTICAL_FOV_DEG, 1, 0.1, 6000);
  camera.rotation.order = 'YXZ';
  const sun = new DirectionalLight(SUN_COLOUR, 4.6);
  sun.castShadow = profile.shadows;
  sun.shadow.mapSize.set(2048, 2048);
  sun.shadow.bias = -0.0003;
  sun.shadow.normalBias = 0.04;
  sun.shadow.radius = 2.2;
  sun.shadow.intensity = 0.85;
  scene.add(createSky(), new HemisphereLight(SKY_LIGHT, GROUND_LIGHT, 1.7), sun, sun.target);

  const uploadScene = new Scene();
  uploadScene.overrideMaterial = new RawShaderMaterial({
    vertexShader: 'void main() { gl_Position = vec4(2.0, 2.0, 2.0, 1.0); }',
    fragmentShader: 'void main() { gl_FragColor = vec4(0.0); }',
  });
  const uploadTarget = new WebGLRenderTarget(1, 1);
  const uploadCamera = new Camera();
  const shadowMiddle = new Vector3(Infinity, 0, 0);
  let shadowRadius = 0;

  return {
    renderer,
    scene,
    camera,
    resize(width, height) {
      renderer.setPixelRatio(Math.min(devicePixelRatio, profile.maxPixelRatio));
      renderer.setSize(width, height, false);
      // A headset leaves its own angles behind.
      camera.fov = VERTICAL_FOV_DEG;
      camera.aspect = width / Math.max(1, height);
      camera.updateProjectionMatrix();
    },
    castShadows(middle, radius, cityChanged) {
      const moved = shadowMiddle.distanceTo(middle) > radius / 6 || radius !== shadowRadius;
      if (moved) {
        shadowMiddle.copy(middle);
        shadowRadius = radius;
        // Whole texels, so that shadows stand still while the walker moves.
        const texel = (2 * radius) / sun.shadow.mapSize.x;
        sun.target.position.copy(middle).divideScalar(texel).round().multiplyScalar(texel);
        sun.position.copy(sun.target.position).addScaledVector(SUN_DIRECTION, 600);
        sun.target.updateMatrixWorld();
        sun.updateMatrixWorld();
        const { camera: eye } = sun.shadow;
        eye.left = eye.bottom = -radius;
        eye.right = eye.top = radius;
        eye.near = 1;
        eye.far = 1200;
        eye.updateProjectionMatrix();
      }
      if (moved || cityChanged) renderer.shadowMap.needsUpdate = true;
    },
    upload(mesh) {
      // Drawing one triangle into one pixel makes three send the buffers now, not at the swap.
      const { xr } = renderer;
      const xrEnabled = xr.enabled;
      xr.enabled = false;
      const target = renderer.getRenderTarget();
      const { frustumCulled, visible } = mesh;
      mesh.frustumCulled = false;
      mesh.visible = true;
      mesh.geometry.setDrawRange(0, 3);
      uploadScene.add(mesh);
      renderer.setRenderTarget(uploadTarget);
      renderer.render(uploadScene, uploadCamera);
      renderer.setRenderTarget(target);
      uploadScene.remove(mesh);
      mesh.geometry.setDrawRange(0, Infinity);
      mesh.frustumCulled = frustumCulled;
      mesh.visible = visible;
      xr.enabled = xrEnabled;
    },
    warm(material) {
      const mesh = new Mesh(new BufferGeometry(), material);
      mesh.receiveShadow = true;
      renderer.compile(mesh, camera, scene);
      mesh.material = uploadScene.overrideMaterial!;
      renderer.compile(mesh, uploadCamera, uploadScene);
    },
    render: () => renderer.render(scene, camera),
  };
}
