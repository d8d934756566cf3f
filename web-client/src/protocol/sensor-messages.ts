/** The messages of sensors and of what moves, as the client holds them. */
import type { Vec3 } from '../core/frames';

export interface Datastream {
  readonly id: number;
  readonly key: string;
  readonly name: string;
  /** Key of the thing it belongs to, or "". */
  readonly thing: string;
  readonly observed_property: string;
  readonly unit: string;
  /** Identity of the CityObject it belongs to, or "". */
  readonly feature: string;
  /** Scene frame. */
  readonly position: Vec3 | undefined;
  readonly stale_after_s: number;
  /** What is possible, lowest and highest. */
  readonly range: readonly [number, number] | undefined;
  /** How often a value is due; 0 where nobody knows. */
  readonly period_s: number;
  /** As that of a feature: measured, proposed, simulated, imagined. */
  readonly reality: string;
  readonly licence: string;
  readonly attribution: string;
}

/** A thing that moves. */
export interface MoverInfo {
  readonly id: number;
  readonly key: string;
  readonly name: string;
  /** So long after its last fix it isn't shown any more. */
  readonly stale_after_s: number;
  readonly reality: string;
  readonly licence: string;
  readonly attribution: string;
}

/** How values look that have this observed property, or keys like this; "" where it doesn't matter. */
export interface StyleRule {
  readonly look: string;
  readonly observed_property: string;
  readonly key: string;
  readonly title: string;
  readonly scale: readonly [number, number] | undefined;
  readonly palette: string;
  readonly steps: readonly (readonly [number, string])[];
  /** Of vehicles: tram, bus, ferry; "" where nobody says. */
  readonly body: string;
}

/** Some of the sensors, near ones first. */
export interface SensorList {
  readonly t: 'sensors';
  /** The list begins anew, and `styles` with it. */
  readonly first: boolean;
  /** All are known now. */
  readonly last: boolean;
  readonly datastreams: readonly Datastream[];
  readonly movers: readonly MoverInfo[];
  readonly styles: readonly StyleRule[];
}

/** Latest values. */
export interface Readings {
  readonly t: 'readings';
  /** Server time, microseconds since 1970 UTC. */
  readonly time: number;
  readonly ids: Uint32Array;
  readonly values: Float64Array;
  /** Phenomenon times, microseconds since 1970 UTC. */
  readonly times: Float64Array;
  /** Bits of what speaks against each; 0 where nothing does. */
  readonly quality: Uint8Array;
  /** Everything up to this tick has been sent. */
  readonly tick: number | undefined;
}

/** Where things are that move; NaN where nobody says. */
export interface Movers {
  readonly t: 'movers';
  /** Server time, microseconds since 1970 UTC. */
  readonly time: number;
  readonly ids: Uint32Array;
  /** Scene frame, three for each. */
  readonly positions: Float32Array;
  /** Radians, clockwise from north. */
  readonly headings: Float32Array;
  /** Metres a second. */
  readonly speeds: Float32Array;
  /** Of the fixes, microseconds since 1970 UTC. */
  readonly times: Float64Array;
}

/** What is known of the sensors: everything up to a tick of an epoch and revision, and how many there were. */
export interface Heard {
  readonly epoch: number;
  readonly revision: number;
  readonly tick: number;
  readonly sensors: number;
}
