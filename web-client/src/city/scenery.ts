/**
 * What belongs to the shown tiles and isn't theirs alone: plants, wind and waves, water beyond the
 * city; and what others made and the server can't stream.
 */
import { ShaderChunk, ShaderLib } from 'three';

import type { Manifest } from '../protocol/messages';
import type { Breeze, BreezeOptions } from './breeze';
import type { Point } from './city';
import { createGreenery, type GreeneryOptions } from './greenery';
import type { PickedPlant } from './plants';
import type { Shores } from './shores';
import type { Stage } from './stage';

export interface SceneryOptions extends Omit<GreeneryOptions, 'scene' | 'uniforms' | 'prepare'>, Omit<BreezeOptions, 'seconds' | 'immersed'> {
  readonly stage: Stage;
  readonly notice: (text: string) => void;
}

export interface Scenery {
  /** The picture is whole: there is time for plants, and for what others made. */
  begin(manifest: Manifest): void;
  /** The tiles on screen have changed. */
  tilesChanged(): void;
  /** Call with each frame. */
  frame(eye: Point, picked: PickedPlant | undefined): void;
  /** Whether plants are dissolving into others. */
  readonly dissolving: boolean;
  /** Ends that at once; false where none are. */
  rest(): boolean;
}

export function createScenery(options: SceneryOptions): Scenery {
  const { city, stage } = options;
  const uniforms = stage.surroundings;
  const greenery = createGreenery({ ...options, scene: stage.scene, uniforms, prepare: stage.prepare });
  let shores: Shores | undefined;
  let breeze: Breeze | undefined;
  let asked = false;

  /** Code for wind and water is fetched with the first tile that needs it. */
  async function stir(): Promise<void> {
    asked = [...city.shown()].some(({ content }) => content.source.stirs);
    if (!asked) return;
    const [{ createShores }, { createBreeze }] = await Promise.all([import('./shores'), import('./breeze')]);
    shores = createShores(uniforms.edge.value, uniforms.rim.value, options.queue);
    breeze = createBreeze({ ...options, seconds: uniforms.seconds, immersed: () => stage.renderer.xr.isPresenting });
    tellOfTiles();
    options.changed();
  }

  function tellOfTiles(): void {
    breeze?.tilesChanged(city.shown());
    shores?.tilesChanged(city.shown());
  }

  return {
    begin(manifest) {
      greenery.begin();
      if (manifest.tilesets.length === 0) return;
      void import('../foreign/tilesets').then(({ showTilesets }) =>
        showTilesets({ ...options, ...stage, manifest, shaders: { ShaderChunk, ShaderLib } }),
      );
    },
    tilesChanged() {
      greenery.tilesChanged();
      if (asked) tellOfTiles();
      else void stir();
    },
    frame(eye, picked) {
      breeze?.frame();
      greenery.frame(eye, picked);
    },
    get dissolving() {
      return greenery.dissolving;
    },
    rest: greenery.rest,
  };
}
