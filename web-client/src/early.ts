/**
 * The first module of the page: takes the line that the page opened, then fetches the rest.
 *
 * It is small on purpose. While the drawing code is still on its way, the server already sends the
 * manifest, colliders and tiles of the first view; the session keeps them until someone listens.
 * At `/` it asks first which cities there are: a single one is entered, several are listed.
 */
import { createCanvas } from './city/canvas';
import { createDecoder } from './city/decoder';
import { deviceProfile } from './core/profile';
import { invitation, isInvited, keptName, takeInvitation } from './net/identity';
import { createSession } from './net/session';
import { createLabels } from './shelf/labels';
import { fetchScenes, sceneInPath } from './net/scene-name';

/** What the page itself has opened (head.ts): for whoever asks first. */
declare const citiverseHead: typeof import('./head');
let opened: WebSocket | undefined = citiverseHead.socket;
let isGreeted = false;
/** What comes together is written together. */
const SAVE_MS = 1000;

const named = sceneInPath(location.pathname);
if (named !== undefined) enter(named);
else void fetchScenes().then((scenes) => {
  if (scenes.length > 1) {
    opened?.close();
    void import('./cities').then(({ start }) => start(scenes));
  } else enter(scenes[0]?.name ?? '');
});

function takeLine(): WebSocket {
  const line = opened;
  opened = undefined;
  isGreeted = line !== undefined && citiverseHead.greeted;
  if (line?.readyState === WebSocket.CONNECTING) return line;
  if (line?.readyState === WebSocket.OPEN) {
    // Whoever takes it hasn't had the time to listen.
    queueMicrotask(() => {
      line.onopen?.(new Event('open'));
      for (const event of citiverseHead.heard.splice(0)) line.onmessage?.(event);
    });
    return line;
  }
  isGreeted = false;
  const socket = new WebSocket(location.origin.replace('http', 'ws') + '/ws', 'citiverse.v1');
  socket.binaryType = 'arraybuffer';
  return socket;
}

function enter(scene: string): void {
  takeInvitation(scene);
  // A link with an invitation opened in this very tab: come in again with it.
  addEventListener('hashchange', () => isInvited() && location.reload());
  const labels = createLabels(scene);
  addEventListener('pagehide', labels.save);
  let saving: ReturnType<typeof setTimeout> | undefined;
  const saveSoon = (): void => {
    clearTimeout(saving);
    saving = setTimeout(labels.save, SAVE_MS);
  };
  const session = createSession({
    labels,
    scene,
    identity: () => ({ name: keptName(), token: invitation(scene) }),
    profile: deviceProfile(),
    viewport: () => [innerWidth, innerHeight],
    open: takeLine,
    isGreeted: () => isGreeted,
    fetch: (url, init) => fetch(url, init),
    now: () => performance.now(),
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    random: Math.random,
  });
  // Its code comes while the drawing code is still on its way.
  const decoder = createDecoder(({ kept, gone }) => {
    labels.added(kept);
    labels.removed(gone);
    session.keep(kept);
    saveSoon();
  });
  if (labels.names().length > 0) decoder.prepare();
  const drawing = import('./main');
  const canvas = createCanvas();
  void drawing.then(({ start }) => start(session, decoder, canvas));
}
