import { expect, it } from 'vitest';

import type { Placement } from '../../src/proposals/placement';
import type { Proposal } from '../../src/proposals/proposal';
import { RefusedError, type Wish } from '../../src/proposals/service';
import { createStanding } from '../../src/proposals/standing';

const IN_FRONT: Placement = { at: [5, 6], lift: 0, headingDeg: 90 };
/** Of the ground that the server knows; the page thinks that it is at 29. */
const GROUND_M = 30;

const PROPOSAL: Proposal = {
  id: 'p',
  version: 1,
  file: 'house.ifc',
  phase: 'ready',
  work: undefined,
  problem: '',
  preview: '/preview.glb',
  model: undefined,
  placement: undefined,
  landing: undefined,
  variant: '',
  title: '',
  description: '',
  replaces: [],
  revision: undefined,
};

/** A server that stands everything on its ground, unless it is told not to. */
function create(proposal = PROPOSAL) {
  const asked: Wish[] = [];
  const waiting: (() => void)[] = [];
  const refusals: string[] = [];
  const server = { says: '' };
  const standing = createStanding({
    service: {
      place(_, wish) {
        asked.push(wish);
        if (server.says !== '') return Promise.reject(new RefusedError(409, server.says));
        const [x, y, z] = wish.by === 'hand' ? wish.position : [100, 200, 31.5];
        const height = wish.by === 'hand' && wish.on_ground ? GROUND_M : z;
        const landing = { residualsM: [], scale: 1, highestGapM: height - GROUND_M, collides: [], said: [] };
        return Promise.resolve({ ...PROPOSAL, placement: { position: [x, y, height], headingDeg: 12, by: wish.by }, landing });
      },
    },
    proposal,
    inFront: IN_FRONT,
    groundAt: () => 29,
    after: (_, run) => waiting.push(run),
    changed: () => undefined,
    told: () => undefined,
    refused: ({ message }) => refusals.push(message),
  });
  const rest = async (): Promise<void> => {
    for (const run of waiting.splice(0)) run();
    await standing.settled();
  };
  return { standing, asked, rest, refusals, server };
}

it('tells the server at once where something stands that says nothing of it, and takes its ground', async () => {
  const { standing, asked } = create();
  await standing.settled();
  expect(asked).toEqual([{ by: 'hand', position: [5, 6, 29], heading_deg: 90, on_ground: true }]);
  expect(standing.position).toEqual([5, 6, GROUND_M]);
});

it('stands where the server has it, as high above the ground', () => {
  const placement = { position: [1, 2, 32.004], headingDeg: 40, by: 'file' } as const;
  const landing = { residualsM: [], scale: 1, highestGapM: 2.004, collides: [], said: [] };
  const { standing, asked } = create({ ...PROPOSAL, placement, landing });
  expect(standing.placement).toEqual({ at: [1, 2], lift: 2, headingDeg: 40 });
  expect(standing.position[2]).toBeCloseTo(32.004);
  expect(asked).toEqual([]);
});

it('tells the server where a drag ends, and nothing of the way', async () => {
  const { standing, asked, rest } = create();
  await standing.settled();
  for (const x of [6, 7, 8]) standing.change({ ...standing.placement, at: [x, 6] }, 'drag');
  expect(standing.position[0]).toBe(8);
  await rest();
  expect(asked.slice(1).map((wish) => wish.by === 'hand' && wish.position[0])).toEqual([8]);
});

it('finds the ground first where something is lifted above it', async () => {
  const { standing, asked, rest } = create();
  await standing.settled();
  standing.change({ ...standing.placement, lift: 2.5 });
  await rest();
  expect(asked.slice(1).map((wish) => wish.by === 'hand' && [wish.position[2], wish.on_ground])).toEqual([[29, true], [GROUND_M + 2.5, false]]);
  expect(standing.position[2]).toBe(GROUND_M + 2.5);
});

it('stands where the server finds its place, and can be put back', async () => {
  const { standing, asked, rest } = create();
  expect(await standing.ask({ by: 'footprint', feature: 'town/1', turns: 0 })).toBe(true);
  expect(standing.placement).toEqual({ at: [100, 200], lift: 1.5, headingDeg: 12 });
  standing.undo();
  expect(standing.placement).toEqual(IN_FRONT);
  await rest();
  expect(asked[asked.length - 1]).toMatchObject({ by: 'hand', position: [5, 6, 29] });
});

it('stays where it was when the server refuses, and says so', async () => {
  const { standing, refusals, server } = create();
  await standing.settled();
  server.says = 'There is no such building.';
  expect(await standing.ask({ by: 'footprint', feature: 'x', turns: 0 })).toBe(false);
  expect(standing.placement).toEqual(IN_FRONT);
  expect(refusals).toEqual(['There is no such building.']);
});
