/** A proposal as the server tells of it (docs/contract/http.md, "Proposals"). Metres; scene frame, or the preview's. */
import type { Vec3 } from '../core/frames';
import { asFields, boolean, integer, integers, list, number, numbers, optionalString, string, vec3, type Fields } from '../protocol/fields';
import type { Plan } from './placement';

export type Phase = 'reading' | 'ready' | 'publishing' | 'published' | 'failed';

export interface Georeference {
  /** What of the file says it. */
  readonly source: string;
  readonly said: string;
}

export interface Model {
  readonly format: string;
  readonly title: string;
  /** Whether it may stand elsewhere than where it says. */
  readonly movable: boolean;
  readonly georeference: Georeference | undefined;
  /** Preview frame: least and greatest corner. */
  readonly box: readonly [Vec3, Vec3];
  readonly elements: number;
  readonly warnings: readonly string[];
}

export interface Stand {
  readonly position: Vec3;
  readonly headingDeg: number;
  /** `hand`, `globe`, `footprint`, `points` or `file`. */
  readonly by: string;
}

export interface Collision {
  readonly feature: string;
  readonly name: string;
  /** Of its ground, 0 to 1. */
  readonly share: number;
}

export interface Landing {
  readonly residualsM: readonly number[];
  /** How many times larger the model would have to be to fit its points best. */
  readonly scale: number;
  /** Of its foot above the ground below it; undefined where there is no ground. */
  readonly highestGapM: number | undefined;
  readonly collides: readonly Collision[];
  readonly said: readonly string[];
}

export interface Revision {
  readonly same: number;
  readonly renamed: number;
  readonly gone: number;
  readonly fresh: number;
  readonly commentsKept: number;
  /** Ids of comments whose element isn't there any more. */
  readonly orphans: readonly number[];
}

export interface Proposal {
  readonly id: string;
  readonly version: number;
  readonly file: string;
  readonly phase: Phase;
  /** `share` from 0 to 1, undefined where nobody knows. */
  readonly work: { readonly stage: string; readonly share: number | undefined } | undefined;
  /** What went wrong last, or "". */
  readonly problem: string;
  /** Address of the preview, "" until it is there. */
  readonly preview: string;
  readonly model: Model | undefined;
  readonly placement: Stand | undefined;
  readonly landing: Landing | undefined;
  /** Of the variant that visitors see, or "". */
  readonly variant: string;
  readonly title: string;
  readonly description: string;
  readonly replaces: readonly string[];
  readonly revision: Revision | undefined;
}

export interface ProposalList {
  readonly proposals: readonly Proposal[];
  /** Of a file. */
  readonly mostBytes: number;
}

const PHASES: readonly string[] = ['reading', 'ready', 'publishing', 'published', 'failed'] satisfies Phase[];

/** @throws ProtocolError where it breaks the contract. */
export function readProposalList(value: unknown): ProposalList {
  const f = asFields(value, 'answer');
  return { proposals: list(f, 'proposals').map(readProposal), mostBytes: integer(f, 'most_bytes') };
}

/** @throws ProtocolError where it breaks the contract. */
export function readProposal(value: unknown): Proposal {
  const f = asFields(value, 'proposal');
  const phase = string(f, 'phase');
  return {
    id: string(f, 'id'),
    version: integer(f, 'version'),
    file: string(f, 'file'),
    phase: PHASES.includes(phase) ? (phase as Phase) : 'failed',
    work: optional(f, 'work', (work) => ({ stage: string(work, 'stage'), share: optionalNumber(work, 'share') })),
    problem: optionalString(f, 'problem'),
    preview: optionalString(f, 'preview'),
    model: optional(f, 'model', readModel),
    placement: optional(f, 'placement', readStand),
    landing: optional(f, 'landing', readLanding),
    variant: optionalString(f, 'variant'),
    title: optionalString(f, 'title'),
    description: optionalString(f, 'description'),
    replaces: list(f, 'replaces').map(String),
    revision: optional(f, 'revision', readRevision),
  };
}

function readModel(f: Fields): Model {
  const [least, greatest] = list(f, 'box').map((corner) => vec3({ corner }, 'corner'));
  return {
    format: string(f, 'format'),
    title: optionalString(f, 'title'),
    movable: boolean(f, 'movable'),
    georeference: optional(f, 'georeference', (found) => ({ source: string(found, 'source'), said: optionalString(found, 'said') })),
    box: [least, greatest],
    elements: integer(f, 'elements'),
    warnings: list(f, 'warnings').map(String),
  };
}

function readStand(f: Fields): Stand {
  return { position: vec3(f, 'position'), headingDeg: number(f, 'heading_deg'), by: string(f, 'by') };
}

function readLanding(f: Fields): Landing {
  return {
    residualsM: numbers(f, 'residuals_m'),
    scale: number(f, 'scale'),
    highestGapM: optionalNumber(f, 'highest_gap_m'),
    collides: list(f, 'collides').map((value) => {
      const one = asFields(value, 'collision');
      return { feature: string(one, 'feature'), name: optionalString(one, 'name'), share: number(one, 'share') };
    }),
    said: list(f, 'said').map(String),
  };
}

function readRevision(f: Fields): Revision {
  return {
    same: integer(f, 'same'),
    renamed: integer(f, 'renamed'),
    gone: integer(f, 'gone'),
    fresh: integer(f, 'new'),
    commentsKept: integer(f, 'comments_kept'),
    orphans: integers(f, 'orphans'),
  };
}

/** A place on the ground plan of a point of the scene frame. */
export function planOf([x, y]: Vec3): Plan {
  return [x, y];
}

function optional<T>(f: Fields, key: string, read: (value: Fields) => T): T | undefined {
  return f[key] === undefined || f[key] === null ? undefined : read(asFields(f[key], key));
}

function optionalNumber(f: Fields, key: string): number | undefined {
  return f[key] === undefined || f[key] === null ? undefined : number(f, key);
}
