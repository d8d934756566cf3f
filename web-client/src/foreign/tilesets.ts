/**
 * Tilesets of others that the server can't stream: fetched and drawn by 3d-tiles-renderer.
 *
 * Loaded only by a scene that has such a layer. They have our light and our tone, but neither haze
 * nor shade, and nobody bumps into them.
 */
import { TilesRenderer } from '3d-tiles-renderer/three';
import type { Camera, PerspectiveCamera, Scene, WebGLRenderer } from 'three';
import { GLTFLoader } from 'three/addons/loaders/GLTFLoader.js';

import type { Manifest, Tileset } from '../protocol/messages';
import { strings } from '../ui/strings';
import { worldFromEcef } from './globe';
import { embeddedImages } from './images';
import { completeShaders, type Shaders } from './shaders';

export interface TilesetsOptions {
  readonly renderer: WebGLRenderer;
  readonly scene: Scene;
  readonly camera: PerspectiveCamera;
  readonly manifest: Manifest;
  /** Of the copy of three that draws. */
  readonly shaders: Shaders;
  /** More can be drawn, or loaded. */
  readonly changed: () => void;
  readonly notice: (text: string) => void;
}

/** Pixels of error aimed at. */
const TARGET_PX = 8;

export function showTilesets({ renderer, scene, camera, manifest, shaders, changed, notice }: TilesetsOptions): void {
  completeShaders(shaders);
  const shown = manifest.tilesets.map(createTileset);

  function createTileset({ title, path }: Tileset): TilesRenderer {
    const tiles = new TilesRenderer(`/scenes/${encodeURIComponent(manifest.name)}/${path}`);
    tiles.errorTarget = TARGET_PX;
    tiles.manager.addHandler(/\.gl(b|tf)$/, new GLTFLoader(tiles.manager).register(embeddedImages));
    worldFromEcef(manifest.origin).decompose(tiles.group.position, tiles.group.quaternion, tiles.group.scale);
    tiles.setCamera(camera);
    for (const event of ['needs-update', 'needs-render', 'load-model', 'load-tileset'] as const) {
      tiles.addEventListener(event, changed);
    }
    let isBroken = false;
    tiles.addEventListener('load-error', () => {
      if (!isBroken) notice(strings.tilesetBroken(title));
      isBroken = true;
    });
    scene.add(tiles.group);
    return tiles;
  }

  const before = scene.onBeforeRender;
  scene.onBeforeRender = (...context) => {
    before.apply(scene, context);
    const seen: Camera = context[2];
    // Shade and the map of heights are drawn from elsewhere.
    if (seen !== camera && !renderer.xr.isPresenting) return;
    for (const tiles of shown) {
      tiles.setResolutionFromRenderer(camera, renderer);
      tiles.update();
    }
  };
  changed();
}
