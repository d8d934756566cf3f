/** Work for the main thread that arrives in bursts, done a few milliseconds a frame. */
import type { Clock } from '../core/clock';

/** Returns true where what it sets going fills the frame by itself. */
export type Job = () => boolean | void;

export interface UploadQueue {
  add(job: Job): void;
  /** What has to be done now and then: adds the job when called, once however often until it has run. */
  chore(job: Job): () => void;
  /** Runs jobs in order until the budget is spent; always at least one. */
  run(budgetMs: number): void;
  readonly size: number;
}

export function createUploadQueue(clock: Clock): UploadQueue {
  let jobs: Job[] = [];
  let next = 0;

  function add(job: Job): void {
    jobs.push(job);
  }

  return {
    add,
    chore(job) {
      let waits = false;
      return () => {
        if (waits) return;
        waits = true;
        add(() => {
          waits = false;
          return job();
        });
      };
    },
    run(budgetMs) {
      const start = clock.now();
      while (next < jobs.length) {
        const isFull = jobs[next]();
        next += 1;
        if (isFull || clock.now() - start >= budgetMs) break;
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
