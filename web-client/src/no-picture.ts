/** Without WebGL: the session is opened all the same, for the facts of the city. */
import type { Session } from './net/session';
import { showNoWebGl, showRefusal } from './ui/pages';

export async function startWithoutPicture(session: Session, root: HTMLElement): Promise<void> {
  const page = showNoWebGl(root, await session.scene);
  session.listen({
    message(message) {
      if (message.t !== 'welcome') return;
      page.manifest(message.manifest);
      session.close();
    },
    state(state) {
      if (state.kind === 'refused') void showRefusal(root, state.refusal);
    },
    held: () => [],
  });
}
