// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';

import type { Feature } from '../../src/pick/feature';
import { elementKind } from '../../src/ui/element-facts';
import { featurePage, glance } from '../../src/ui/feature-page';

const WALL: Feature = {
  id: 'house/3rPX',
  className: 'InteriorWall',
  name: 'Wall-3',
  address: '',
  parent: 'house/storey',
  reality: 'proposed',
  attributes: [
    { label: 'ifcClass', value: 'IfcWallStandardCase' },
    { label: 'material', value: 'Brick' },
    { label: 'material.2', value: 'Plaster' },
    { label: 'storey', value: 'Ground floor' },
    { label: 'Pset_WallCommon.LoadBearing', value: true },
    { label: 'Pset_WallCommon.IsExternal', value: false },
    { label: 'Pset_WallCommon.FireRating', value: 'F90' },
    { label: 'Other.FireRating', value: 'FireRating' },
    { label: 'BaseQuantities.Width', value: 0.1149999 },
    { label: 'BaseQuantities.Width.uom', value: 'm' },
    { label: 'BaseQuantities.NetSideArea', value: 18.7599 },
    { label: 'BaseQuantities.NetSideArea.uom', value: 'm2' },
    { label: 'Program.Area', value: 99 },
    { label: 'Program.Fire door?', value: '' },
  ],
};

function told(feature: Feature, parent?: Feature): { title: string; facts: Record<string, string>; details: HTMLDetailsElement } {
  const { title, content } = featurePage(feature, parent, []);
  document.body.replaceChildren(...content);
  const list = document.querySelector('dl')!;
  const facts = Object.fromEntries([...list.querySelectorAll('dt')].map((term) => [term.textContent, term.nextElementSibling?.textContent]));
  return { title, facts: facts as Record<string, string>, details: document.querySelector('details')! };
}

describe('the page of an element', () => {
  it('says in plain words and units what people ask first', () => {
    const { title, facts } = told(WALL);
    expect(title).toBe('Interior wall');
    expect(facts).toEqual({
      Name: 'Wall-3',
      Reality: 'Proposed',
      Storey: 'Ground floor',
      Material: 'Brick, Plaster',
      'Fire rating': 'F90',
      'Carries load': 'yes',
      'Faces outdoors': 'no',
      Thickness: '11.5 centimetres',
      Area: '18.8 square metres',
    });
  });

  it('names the room that it is in', () => {
    const room: Feature = { ...WALL, id: 'house/room', className: 'Space', name: 'Kitchen' };
    expect(told(WALL, room).facts.Room).toBe('Kitchen');
    expect(told(WALL, { ...room, className: 'BuildingStorey' }).facts.Room).toBeUndefined();
  });

  it('has everything by set and under its own name, folded away', () => {
    const { details } = told(WALL);
    expect(details.open).toBe(false);
    expect([...details.querySelectorAll('h3')].map(({ textContent }) => textContent)).toEqual(['This part', 'BaseQuantities', 'Pset_WallCommon', 'Other', 'Program']);
    expect(details.textContent).toContain('NetSideArea18.7599 m2');
    expect(details.textContent).toContain('house/3rPX');
  });

  it('passes by what says nothing', () => {
    const { facts } = told({ ...WALL, attributes: WALL.attributes.map((one) => ({ ...one, value: one.label.endsWith('FireRating') ? 'FireRating' : one.value })) });
    expect(facts['Fire rating']).toBeUndefined();
  });
});

it('is said in few lines on a board', () => {
  expect(glance(WALL, 4)).toEqual(['Interior wall', 'Name: Wall-3', 'Reality: Proposed', 'Storey: Ground floor']);
});

describe('the kind of an element', () => {
  const kinds: readonly (readonly [className: string, type: string, kind: string])[] = [
    ['ExteriorDoor', '', 'Exterior door'],
    ['InteriorStairFlight', '', 'Flight of stairs'],
    ['InteriorFurnishingElement', '', 'Furniture'],
    ['FoundationSlab', 'BASESLAB', 'Base slab'],
    ['ExteriorCurtainWall', '', 'Curtain wall'],
    ['Stair', '', 'Stair'],
    ['Space', '', 'Room'],
  ];
  it.each(kinds)('%s %s is “%s”', (className, type, kind) => {
    expect(elementKind({ ...WALL, className, attributes: [{ label: 'predefinedType', value: type }] })).toBe(kind);
  });
});
