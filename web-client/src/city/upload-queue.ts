/** Work for the main thread that arrives in bursts, done a few milliseconds a frame. */
import type { Clock } from '../core/clock';

export interface UploadQueue {
  add(job: () => void): void;
  /** Runs jobs in order until the budget is spent; always at least one. */
  run(budgetMs: number): void;
  readonly size: number;
}

export function createUploadQueue(clock: Clock): UploadQueue {
  let jobs: (() => void)[] = [];
  let next = 0;
  return {
    add(job) {
      jobs.push(job);
    },
    run(budgetMs) {
      const start = clock.now();
      while (next < jobs.length) {
        jobs[next]();
        next += 1;
        if (clock.now() - start >= budgetMs) break;
      }
      if (next === jobs.length && next > 0) {
        jobs = [];
        next = 0;
      }
    },
    get size() {
      return jobs.length - next;
    },
  };
}
