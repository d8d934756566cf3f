/**
 * The first script of the page: opens the stream, then fetches the rest of the client.
 *
 * It is small on purpose. While the drawing code is still on its way, the server already sends the
 * manifest, colliders and tiles of the first view; the session keeps them until someone listens.
 */
import { deviceProfile } from './core/profile';
import { createSession } from './net/session';
import { fetchSceneName } from './net/scene-name';

const session = createSession({
  scene: fetchSceneName(location.pathname),
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

void import('./main').then(({ start }) => start(session));
