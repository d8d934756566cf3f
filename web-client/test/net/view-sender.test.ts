import { expect, it } from 'vitest';

import { createViewSender, type ViewerPose } from '../../src/net/view-sender';

const pose = (x: number, yaw = 0): ViewerPose => ({ x, y: 1.65, z: 0, yaw, pitch: 0 });

it('sends what moved or turned noticeably, at most ten times a second', () => {
  const sender = createViewSender();
  expect(sender.consider(pose(0), 1280, 720, 0)).toBe('send');
  expect(sender.consider(pose(0.1), 1280, 720, 500)).toBe('same');
  expect(sender.consider(pose(0.3), 1280, 720, 550)).toBe('send');
  expect(sender.consider(pose(1), 1280, 720, 600)).toBe('wait');
  expect(sender.consider(pose(1), 1280, 720, 660)).toBe('send');
  expect(sender.consider(pose(1, 0.05), 1280, 720, 800)).toBe('send');
});

it('sends when the page changes its size', () => {
  const sender = createViewSender();
  sender.consider(pose(0), 1280, 720, 0);
  expect(sender.consider(pose(0), 800, 600, 200)).toBe('send');
});

it('sends again after a reconnect', () => {
  const sender = createViewSender();
  sender.consider(pose(0), 1280, 720, 0);
  sender.reset();
  expect(sender.consider(pose(0), 1280, 720, 1)).toBe('send');
});
