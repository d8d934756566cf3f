/** The figures of a visit, for `window.citiverse.stats()` (docs/client.md). */
import type { WebGLRenderer } from 'three';

import type { Arrival } from './arrival';
import type { City } from './city/city';
import type { Picture } from './city/picture';
import type { FrameLoop } from './core/frame-loop';
import type { Session } from './net/session';
import type { Whereabouts } from './net/whereabouts';
import type { Body } from './walk/body';
import type { Modes } from './walk/modes';
import type { Xr } from './xr/xr';

export interface StatsOptions {
  readonly renderer: WebGLRenderer;
  readonly city: City;
  readonly picture: Picture;
  readonly loop: FrameLoop;
  readonly session: Session;
  readonly arrival: Arrival;
  readonly whereabouts: Whereabouts;
  readonly body: Body;
  readonly modes: Modes;
  readonly xr: Xr;
}

export function statsOf(options: StatsOptions): Readonly<Record<string, number | string | boolean>> {
  const { renderer: { info }, city, picture, loop, session, arrival, whereabouts, body, modes, xr } = options;
  return {
    ...city.stats,
    draws: info.render.calls,
    drawnTriangles: info.render.triangles,
    geometries: info.memory.geometries,
    textures: info.memory.textures,
    programs: info.programs?.length ?? 0,
    frames: loop.frames,
    scriptMs: loop.scriptMs,
    integrationMs: picture.integrationMs,
    bytesReceived: session.bytesReceived,
    revision: arrival.revision,
    lastComplete: arrival.completeSeq,
    lastView: whereabouts.viewSeq,
    firstViewMs: arrival.firstViewMs,
    covered: arrival.covered,
    colliderCells: body.cells,
    grounded: body.grounded,
    mode: xr.presenting ? 'vr' : modes.orbiting ? 'orbit' : 'walk',
    link: session.state.kind,
  };
}
