/**
 * What need not hold up a frame: done in a task of its own, right after the frame is handed over.
 *
 * @returns a function that has `run` run soon, once however often it is asked for.
 */
export function afterFrame(run: () => void): () => void {
  const { port1, port2 } = new MessageChannel();
  let asked = false;
  port1.onmessage = () => {
    asked = false;
    run();
  };
  return () => {
    if (asked) return;
    asked = true;
    port2.postMessage(null);
  };
}
