import { expect, it } from 'vitest';

import { readProposal, readProposalList } from '../../src/proposals/proposal';

/** The example of docs/contract/http.md, shortened. */
const ANSWER = {
  id: 'q3vJx0c2Rk8',
  version: 12,
  file: 'house.ifc',
  bytes: 2570803,
  phase: 'ready',
  work: null,
  problem: '',
  preview: '/scenes/town/proposals/q3vJx0c2Rk8/preview.glb?v=2',
  model: {
    format: 'IFC 4',
    title: 'A house',
    movable: true,
    georeference: { source: 'IfcSite', said: 'It stands at …', position: [1, 2, 34], heading_deg: 12 },
    box: [[-6, -5, -0.3], [6, 5, 6.5]],
    footprint: [[-6, -5], [6, -5], [6, 5]],
    buildings: [],
    elements: 107,
    warnings: ['One roof was left out.'],
  },
  placement: { position: [1, 2, 34.2], heading_deg: 12, lon: 13.06, lat: 52.4, height: 34.2, by: 'file' },
  landing: { residuals_m: [], scale: 1, lowest_gap_m: null, highest_gap_m: null, collides: [{ feature: 'town/1', name: 'Town hall', share: 0.4 }], said: [] },
  variant: 'house',
  title: 'A house',
  description: '',
  replaces: ['town/1'],
  replaces_footprint: true,
  revision: { same: 95, renamed: 7, gone: 3, new: 4, comments_kept: 204, orphans: [17, 30] },
};

it('reads what the server tells of a proposal', () => {
  const proposal = readProposal(ANSWER);
  expect(proposal.model?.georeference?.source).toBe('IfcSite');
  expect(proposal.placement).toEqual({ position: [1, 2, 34.2], headingDeg: 12, by: 'file' });
  expect(proposal.landing?.highestGapM).toBeUndefined();
  expect(proposal.landing?.collides).toEqual([{ feature: 'town/1', name: 'Town hall', share: 0.4 }]);
  expect(proposal.revision).toEqual({ same: 95, renamed: 7, gone: 3, fresh: 4, commentsKept: 204, orphans: [17, 30] });
});

it('knows little of one that is still being read', () => {
  const proposal = readProposal({ ...ANSWER, phase: 'reading', work: { stage: 'reading house.ifc', share: null }, preview: null, model: null, placement: null, landing: null, revision: null });
  expect(proposal).toMatchObject({ phase: 'reading', preview: '', model: undefined, placement: undefined, landing: undefined, revision: undefined });
  expect(proposal.work).toEqual({ stage: 'reading house.ifc', share: undefined });
});

it('reads the list, and refuses what breaks the contract', () => {
  expect(readProposalList({ proposals: [ANSWER], most_bytes: 1000, most: 16 })).toMatchObject({ mostBytes: 1000, proposals: [{ id: 'q3vJx0c2Rk8' }] });
  expect(() => readProposal({ ...ANSWER, version: 'new' })).toThrow(/version/);
  expect(() => readProposal({ ...ANSWER, placement: { ...ANSWER.placement, position: [1, 2] } })).toThrow(/position/);
});
