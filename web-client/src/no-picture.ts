/** Without WebGL: the session is opened all the same, for the facts of the city. */
import type { Session } from './net/session';
import { showNoWebGl, showRefusal } from './ui/pages';

export function startWithoutPicture(session: Session, root: HTMLElement): void {
  const page = showNoWebGl(root, session.scene);
  session.listen({
    message(message) {
      if (message.t !== 'welcome') return;
      page.manifest(message.manifest);
      session.close();
    },
    state(state) {
      if (state.kind === 'refused') void showRefusal(root, session.scene, state.refusal);
    },
    held: () => [],
    heard: () => undefined,
  });
}
