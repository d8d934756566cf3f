import { InstancedMesh, Matrix4, Vector3 } from 'three';
import { expect, it } from 'vitest';

import { createAvatars } from '../../src/people/avatars';
import { colourOf } from '../../src/people/colours';
import type { Member } from '../../src/people/crowd';
import { CHANNELS, createMotion, X, Y, YAW, Z } from '../../src/people/motion';

function member(person: number, x: number, yaw = 0): Member {
  const motion = createMotion();
  const pose = new Float64Array(CHANNELS);
  [pose[X], pose[Y], pose[Z], pose[YAW]] = [x, 1.65, 0, yaw];
  motion.tell(0, pose, 0);
  return { person, motion, hands: false };
}

it('draws any number of people in four draws, and nobody in none', () => {
  const { group, arrange } = createAvatars();
  arrange([member(1, 0), member(2, 5), member(3, 9)], () => 1);
  const meshes = group.children as InstancedMesh[];
  expect(meshes.filter(({ visible }) => visible)).toHaveLength(4);
  expect(meshes.map(({ count }) => count)).toEqual([3, 3, 6, 3]);
  arrange([], () => 1);
  expect(meshes.every(({ visible }) => !visible)).toBe(true);
});

it('stands on the ground, looks where she looks, and isn\'t drawn when quite faded', () => {
  const { group, arrange } = createAvatars();
  arrange([member(1, 4, Math.PI / 2), member(2, 8)], ({ person }) => (person === 1 ? 1 : 0));
  const body = group.children[0] as InstancedMesh;
  expect(body.count).toBe(1);
  const matrix = new Matrix4();
  body.getMatrixAt(0, matrix);
  expect(new Vector3().setFromMatrixPosition(matrix).toArray()).toEqual([4, 0, 0]);
  expect(new Vector3(0, 0, -1).transformDirection(matrix).x).toBeCloseTo(-1);
});

it('neighbours by number differ in colour', () => {
  for (let person = 0; person < 30; person += 1) expect(colourOf(person)).not.toBe(colourOf(person + 1));
});

it('gathers nothing while nobody is near', () => {
  const { group, arrange } = createAvatars();
  for (let frame = 0; frame < 100; frame += 1) arrange([], () => 1);
  for (const mesh of group.children as InstancedMesh[]) expect(mesh.instanceMatrix.updateRanges).toHaveLength(1);
});
