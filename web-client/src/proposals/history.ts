/** What can be undone. Changes of one gesture are one step. */
export interface History<State> {
  /** @param gesture one name as long as a hand doesn't let go; "" is a step of its own. */
  set(state: State, gesture: string): void;
  /** The hand let go: what follows is another step. */
  letGo(): void;
  /** @returns whether there was a step to go. */
  undo(): boolean;
  redo(): boolean;
  readonly state: State;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
}

const MOST_STEPS = 200;

export function createHistory<State>(first: State): History<State> {
  const before: State[] = [];
  const after: State[] = [];
  let state = first;
  let going = '';

  function step(from: State[], to: State[]): boolean {
    const next = from.pop();
    if (next === undefined) return false;
    to.push(state);
    state = next;
    going = '';
    return true;
  }

  return {
    set(next, gesture) {
      if (gesture === '' || gesture !== going) {
        before.push(state);
        if (before.length > MOST_STEPS) before.shift();
      }
      after.length = 0;
      going = gesture;
      state = next;
    },
    letGo() {
      going = '';
    },
    undo: () => step(before, after),
    redo: () => step(after, before),
    get state() {
      return state;
    },
    get canUndo() {
      return before.length > 0;
    },
    get canRedo() {
      return after.length > 0;
    },
  };
}
