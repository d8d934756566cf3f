/** Says who came and went, several in one sentence, and not more often than one can listen. */
export interface Announcer {
  came(name: string): void;
  left(name: string): void;
}

export interface AnnouncerOptions {
  readonly say: (text: string) => void;
  readonly after: (ms: number, run: () => void) => void;
  readonly sentences: {
    came(names: readonly string[]): string;
    left(names: readonly string[]): string;
  };
}

const GATHER_MS = 1500;

export function createAnnouncer({ say, after, sentences }: AnnouncerOptions): Announcer {
  let came: string[] = [];
  let left: string[] = [];
  let waiting = false;

  function gather(): void {
    if (waiting) return;
    waiting = true;
    after(GATHER_MS, () => {
      waiting = false;
      say([came.length > 0 ? sentences.came(came) : '', left.length > 0 ? sentences.left(left) : ''].filter(Boolean).join(' '));
      came = [];
      left = [];
    });
  }

  return {
    came(name) {
      came.push(name);
      gather();
    },
    left(name) {
      left.push(name);
      gather();
    },
  };
}
