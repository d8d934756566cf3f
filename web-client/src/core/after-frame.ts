/** What need not hold up a frame: done in a task of its own, right after the frame is handed over. */
export interface AfterFrame {
  (): void;
  /** Whether it is asked for and not yet done. */
  pending(): boolean;
}

/** @returns a function that has `run` run soon, once however often it is asked for. */
export function afterFrame(run: () => void): AfterFrame {
  const { port1, port2 } = new MessageChannel();
  let pending = false;
  port1.onmessage = () => {
    pending = false;
    run();
  };
  const ask = (): void => {
    if (pending) return;
    pending = true;
    port2.postMessage(null);
  };
  return Object.assign(ask, { pending: () => pending });
}
