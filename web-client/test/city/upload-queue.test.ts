import { expect, it } from 'vitest';

import { createUploadQueue } from '../../src/city/upload-queue';
import { createManualClock } from '../../src/core/clock';

it('spends its budget and no more than one job beyond it', () => {
  const clock = createManualClock();
  const queue = createUploadQueue(clock);
  const done: number[] = [];
  for (let i = 0; i < 10; i += 1) {
    queue.add(() => {
      done.push(i);
      clock.advance(1.5);
    });
  }
  queue.run(4);
  expect(done).toEqual([0, 1, 2]);
  expect(clock.now()).toBeLessThan(4 + 1.5);
  while (queue.size > 0) queue.run(4);
  expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

it('gets on with a job that is longer than the budget', () => {
  const clock = createManualClock();
  const queue = createUploadQueue(clock);
  queue.add(() => clock.advance(100));
  queue.add(() => clock.advance(100));
  queue.run(4);
  expect(queue.size).toBe(1);
});

it('takes jobs that jobs add', () => {
  const queue = createUploadQueue(createManualClock());
  let inner = false;
  queue.add(() => queue.add(() => (inner = true)));
  queue.run(4);
  expect(inner).toBe(true);
});

it('ends with a job that fills the frame, however much is left of the budget', () => {
  const queue = createUploadQueue(createManualClock());
  const done: string[] = [];
  queue.add(() => {
    done.push('shadows');
    return true;
  });
  queue.add(() => void done.push('tile'));
  queue.run(4);
  expect(done).toEqual(['shadows']);
  queue.run(4);
  expect(done).toEqual(['shadows', 'tile']);
});

it('does a chore once for all who ask before it is done', () => {
  const queue = createUploadQueue(createManualClock());
  let done = 0;
  const ask = queue.chore(() => void (done += 1));
  ask();
  ask();
  queue.run(4);
  expect(done).toBe(1);
  ask();
  queue.run(4);
  expect(done).toBe(2);
});
