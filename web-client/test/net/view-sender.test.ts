import { expect, it } from 'vitest';

import { createViewSender, type ViewerPose } from '../../src/net/view-sender';

const pose = (x: number, yaw = 0): ViewerPose => ({ position: [x, 1.65, 0], yaw, pitch: 0, width: 1280, height: 720 });

it('sends what moved or turned noticeably, at most ten times a second', () => {
  const sender = createViewSender();
  expect(sender.consider(pose(0), 0)).toBe('send');
  expect(sender.consider(pose(0.1), 500)).toBe('same');
  expect(sender.consider(pose(0.3), 550)).toBe('send');
  expect(sender.consider(pose(1), 600)).toBe('wait');
  expect(sender.consider(pose(1), 660)).toBe('send');
  expect(sender.consider(pose(1, 0.05), 800)).toBe('send');
});

it('sends again after a reconnect', () => {
  const sender = createViewSender();
  sender.consider(pose(0), 0);
  sender.reset();
  expect(sender.consider(pose(0), 1)).toBe('send');
});
