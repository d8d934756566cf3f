/** Personal space: whoever comes nearer than a metre fades away, unless you switch that off. */
import { keep, kept } from '../net/kept';
import type { Eye } from './where';

export interface Space {
  /** 1 beyond a metre, 0 right before the eye; level distance, as bodies are upright. */
  opacity(eye: Eye, x: number, z: number): number;
  on: boolean;
}

const KEY = 'citiverse.space';
const OFF = 'off';
const FADES_FROM_M = 1;
const GONE_AT_M = 0.65;

export function createSpace(): Space {
  let on = kept('localStorage', KEY) !== OFF;
  return {
    opacity(eye, x, z) {
      if (!on) return 1;
      const share = (Math.hypot(x - eye.x, z - eye.z) - GONE_AT_M) / (FADES_FROM_M - GONE_AT_M);
      return Math.max(0, Math.min(1, share));
    },
    get on() {
      return on;
    },
    set on(next) {
      on = next;
      keep('localStorage', KEY, next ? '' : OFF);
    },
  };
}
