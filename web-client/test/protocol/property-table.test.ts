import { expect, it } from 'vitest';

import { featureOfRow } from '../../src/pick/feature';
import { parseGlb } from '../../src/protocol/glb';
import { findRow, propertyTable, readValue } from '../../src/protocol/property-table';
import { potsdamLeaf } from '../fixtures/leaf';

const table = propertyTable(parseGlb(potsdamLeaf()))!;

it('reads strings, numbers and what has no value', () => {
  expect(table.count).toBe(21);
  expect(readValue(table, 'id', 11)).toBe('potsdam-lod1/cb174f05-b26f-428b-8c05-6d44a3');
  expect(readValue(table, 'FOKHO', 11)).toBe(45_610);
  expect(readValue(table, 'function_2', 11)).toBeUndefined();
  expect(readValue(table, 'GE_LoD1_zOffset', 11)).toMatch(/^Auto/);
  expect(readValue(table, 'nothing', 11)).toBeUndefined();
  expect(readValue(table, 'id', 21)).toBeUndefined();
});

it('finds the row of an identity', () => {
  expect(findRow(table, 'potsdam-lod1/cb174f05-b26f-428b-8c05-6d44a3')).toBe(11);
  expect(findRow(table, 'potsdam-lod1/other')).toBe(-1);
});

it('tells a feature with the labels of the source', () => {
  const feature = featureOfRow(table, 11, 'measured');
  expect(feature).toMatchObject({
    className: 'Building',
    address: 'GA Einsiedelei, 53115 Potsdam, Germany',
    parent: '',
  });
  expect(feature.attributes).toContainEqual({ label: 'function', value: 'Gartenhaus' });
  expect(feature.attributes).toContainEqual({ label: 'measuredHeight.uom', value: 'urn:ogc:def:uom:UCUM::m' });
  expect(feature.attributes.map(({ label }) => label)).not.toContain('id');
});
