import { InstancedMesh, Mesh, type InstancedBufferGeometry } from 'three';
import { expect, it } from 'vitest';

import { columnHeight, createColumns, MOST_COLUMNS } from '../../src/overlays/columns';
import { createFields, EACH, MOST_FIELDS, particles } from '../../src/overlays/fields';
import type { Marker } from '../../src/overlays/marker';

const HERE = { x: 0, y: 0, z: 0 };

function marker(more: Partial<Marker> = {}): Marker {
  return { feature: '', place: [1, 2, 3], colour: [255, 0, 0], share: 0.5, doubted: false, ...more };
}

it('a column stands at its place, as high and in the colour of its value', () => {
  const columns = createColumns();
  const mesh = columns.root as InstancedMesh;
  columns.show([marker(), marker({ place: [9, 0, 0], share: 1, doubted: true })], HERE);
  expect([mesh.count, mesh.visible]).toEqual([2, true]);
  expect([...mesh.instanceMatrix.array.slice(12, 15)]).toEqual([1, 2, 3]);
  expect(mesh.instanceMatrix.array[5]).toBeCloseTo(columnHeight(0.5));
  expect([...mesh.instanceColor!.array.slice(0, 3)]).toEqual([1, 0, 0]);
  expect([...mesh.geometry.getAttribute('doubt').array.slice(0, 2)]).toEqual([0, 1]);
  columns.show([], HERE);
  expect(mesh.visible).toBe(false);
});

it('no more columns are drawn than a device bears', () => {
  const columns = createColumns();
  columns.show(Array.from({ length: 2000 }, (_, i) => marker({ place: [i, 0, 0] })), HERE);
  expect((columns.root as InstancedMesh).count).toBe(MOST_COLUMNS);
});

it('a field has more particles the more there is, and never too many', () => {
  const fields = createFields({ value: 0 });
  const { geometry } = fields.root as Mesh<InstancedBufferGeometry>;
  fields.show([marker({ share: 0 })], HERE);
  const few = geometry.instanceCount;
  fields.show([marker({ share: 1 })], HERE);
  expect(geometry.instanceCount).toBeGreaterThan(2 * few);
  expect([few, geometry.instanceCount]).toEqual([particles(0), EACH]);
  fields.show(Array.from({ length: 99 }, () => marker({ share: 1 })), HERE);
  expect(geometry.instanceCount).toBe(MOST_FIELDS * EACH);
});
