/** `window.citiverse`: what tests and pages that embed the city may ask and do (docs/client.md). */
import { worldToScene } from './core/frames';
import type { FrameLoop } from './core/frame-loop';
import type { ManualClock } from './core/clock';
import type { Company } from './company';
import type { Feature } from './pick/feature';
import type { Ride } from './overlays/rides';
import type { Picking } from './pick/picking';
import type { PersonReport } from './people/people';
import type { Comment } from './protocol/messages';
import type { Body } from './walk/body';
import type { Variation } from './variants/variation';
import type { Placing } from './walk/placing';
import type { Viewer } from './walk/viewer';
import type { Xr } from './xr/xr';

export interface PoseReport {
  /** Eye, scene frame, metres. */
  readonly position: readonly [number, number, number];
  /** Feet of the walker, scene frame, metres; undefined until walking has loaded. */
  readonly feet: readonly [number, number, number] | undefined;
  readonly headingDeg: number;
  readonly pitchDeg: number;
}

/** A tram, a bus or a ferry as it is drawn. */
export interface VehicleReport {
  readonly key: string;
  readonly name: string;
  /** On the ground below its middle, scene frame, metres. */
  readonly position: readonly [number, number, number];
  readonly headingDeg: number;
}

export interface CitiVerse {
  /** Resolves when everything wanted for the first view has arrived and is drawn. */
  readonly ready: Promise<void>;
  pose(): PoseReport;
  /** Feet in the scene frame; heading clockwise from north. */
  setPose(pose: { position: readonly [number, number, number]; headingDeg: number; pitchDeg?: number }): void;
  /** With `?clock=manual`: advances the page's time, sixty frames a second, and draws once. */
  step(seconds: number): Promise<void>;
  /** Resolves when the latest view is complete, decoded and uploaded. */
  settled(timeoutMs?: number): Promise<void>;
  /** Picks at a place of the page, in CSS pixels. */
  pickAt(x: number, y: number): Promise<Feature | undefined>;
  orbit(on: boolean): void;
  /** In the headset, while short phrases are shown: the middle of each, scene frame. */
  phrases(): readonly (readonly [number, number, number])[];
  /** In the headset: the middle of the bar that shows the next variant, scene frame. */
  variantBar(): readonly [number, number, number] | undefined;
  /** In the headset: what can be pressed on the bar of time, and then on the chart that is open, scene frame. */
  timeChoices(): readonly (readonly [number, number, number])[];
  /** You and everyone else here. */
  people(): readonly PersonReport[];
  /** What moves by itself: trams, buses, ferries. */
  vehicles(): readonly VehicleReport[];
  /** Those that may be read, newest first. */
  comments(): readonly Comment[];
  /** Comments on what is in the middle, or on a point; resolves with its number when it is on the server's disk. */
  comment(comment: { text: string; position?: readonly [number, number, number]; feature?: string }): Promise<number>;
  stats(): Readonly<Record<string, number | string | boolean>>;
  /** Looks at a variant, "" for the city as it is; false where there is none of this name. */
  variant(name: string): boolean;
  /** `now`, `2026-06-21T05:10` (solar time of the place), or with an offset; false where it is neither. */
  setTime(text: string): boolean;
}

declare global {
  interface Window {
    citiverse: CitiVerse;
  }
}

export interface AutomationOptions {
  readonly manual: ManualClock | undefined;
  readonly loop: FrameLoop;
  readonly simulate: (seconds: number) => boolean;
  readonly viewer: Viewer;
  readonly body: Body;
  readonly picking: Picking;
  readonly company: Company;
  readonly placing: Placing;
  readonly xr: Xr;
  readonly variation: Variation;
  readonly rides: () => Iterable<Ride>;
  readonly settled: () => boolean;
  /** Ends what changes softly; false where nothing does. */
  readonly rest: () => boolean;
  readonly setTime: (text: string) => boolean;
  readonly stats: () => Readonly<Record<string, number | string | boolean>>;
}

const FRAME_S = 1 / 60;
const POLL_MS = 20;
const DRAWN_WITHIN_MS = 10_000;

export function createAutomation(options: AutomationOptions): { resolveReady(): void } {
  const { manual, loop, simulate, viewer, body, picking, company, placing, xr } = options;
  let resolveReady = (): void => undefined;
  const ready = new Promise<void>((resolve) => (resolveReady = resolve));
  const degrees = (radians: number): number => (radians * 180) / Math.PI;

  const compass = (yaw: number): number => (((-degrees(yaw)) % 360) + 360) % 360;

  async function drawn(endMs = performance.now() + DRAWN_WITHIN_MS): Promise<void> {
    const { frames } = loop;
    loop.invalidate();
    while (loop.frames === frames) {
      if (performance.now() > endMs) throw new Error('the page draws nothing');
      await pause();
    }
  }

  window.citiverse = {
    ready,
    pose: () => ({
      position: [viewer.x, -viewer.z, viewer.y],
      feet: body.walker && [body.walker.feet.x, -body.walker.feet.z, body.walker.feet.y],
      headingDeg: compass(viewer.yaw),
      pitchDeg: degrees(viewer.pitch),
    }),
    setPose({ position: [x, y, z], headingDeg, pitchDeg = 0 }) {
      placing.standAt([x, z, -y], (-headingDeg * Math.PI) / 180, (pitchDeg * Math.PI) / 180);
    },
    async step(seconds) {
      if (!manual) throw new Error('step() needs the page to be opened with ?clock=manual');
      for (let left = seconds; left > 1e-9; left -= FRAME_S) {
        const frame = Math.min(left, FRAME_S);
        manual.advance(frame * 1000);
        simulate(frame);
      }
      await drawn();
    },
    async settled(timeoutMs = 20_000) {
      const end = performance.now() + timeoutMs;
      await drawn(end);
      while (!options.settled()) {
        if (performance.now() > end) throw new Error(`not settled within ${timeoutMs} ms`);
        await pause();
      }
      do await drawn(end);
      while (options.rest());
    },
    pickAt: (x, y) => picking.at({ x: (x / innerWidth) * 2 - 1, y: 1 - (y / innerHeight) * 2 }),
    orbit: placing.setOrbit,
    phrases: () => xr.choices().map(worldToScene),
    variantBar() {
      const place = xr.variantBar();
      return place && worldToScene(place);
    },
    timeChoices: () => xr.timeChoices().map(worldToScene),
    people: () => company.people?.report(xr.presenting ? xr.isNamed : company.people.isNamed) ?? [],
    vehicles: () => [...options.rides()].map(({ info: { key, name }, way: { x, y, z, yaw } }) => ({ key, name, position: [x, -z, y], headingDeg: compass(yaw) })),
    comments: () => company.consultation?.all() ?? [],
    async comment({ text, position, feature }) {
      if (!company.consultation) throw new Error('comments are not loaded yet');
      const spot = await picking.spotAt({ x: 0, y: 0 });
      return company.consultation.post(text, spot, { ...(position && { position, feature: feature ?? '' }), ...(feature && { feature }) });
    },
    stats: options.stats,
    variant: (name) => options.variation.variants?.choose(name) ?? false,
    setTime: options.setTime,
  };
  return { resolveReady: () => resolveReady() };
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS));
}
