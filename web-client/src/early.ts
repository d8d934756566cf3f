/**
 * The first script of the page: opens the stream, then fetches the rest of the client.
 *
 * It is small on purpose. While the drawing code is still on its way, the server already sends the
 * manifest, colliders and tiles of the first view; the session keeps them until someone listens.
 * At `/` it asks first which cities there are: a single one is entered, several are listed.
 */
import { createDecoder } from './city/decoder';
import { deviceProfile } from './core/profile';
import { invitation, isInvited, keptName, takeInvitation } from './net/identity';
import { createSession } from './net/session';
import { fetchScenes, sceneInPath } from './net/scene-name';

const named = sceneInPath(location.pathname);
if (named !== undefined) enter(named);
else void fetchScenes().then((scenes) => {
  if (scenes.length > 1) void import('./cities').then(({ start }) => start(scenes));
  else enter(scenes[0]?.name ?? '');
});

function enter(scene: string): void {
  takeInvitation(scene);
  // A link with an invitation opened in this very tab: come in again with it.
  addEventListener('hashchange', () => isInvited() && location.reload());
  const session = createSession({
    scene,
    identity: () => ({ name: keptName(), token: invitation(scene) }),
    profile: deviceProfile(),
    viewport: () => [innerWidth, innerHeight],
    open: () => {
      const url = new URL('/ws', location.href);
      url.protocol = url.protocol.replace('http', 'ws');
      const socket = new WebSocket(url, 'citiverse.v1');
      socket.binaryType = 'arraybuffer';
      return socket;
    },
    now: () => performance.now(),
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    random: Math.random,
  });
  // Its code comes while the drawing code is still on its way.
  const decoder = createDecoder();
  void import('./main').then(({ start }) => start(session, decoder));
}
