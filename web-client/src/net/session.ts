/**
 * One walker's session with the server, through as many sockets as it takes.
 *
 * Pure of the browser: socket, timers, clock and chance are handed in. It says hello, keeps what
 * arrives until someone listens, sends the first view by itself, notices a dead line, and comes
 * back with `resume` and `have`.
 */
import { headingToYaw, sceneToWorld } from '../core/frames';
import type { DeviceProfile } from '../core/profile';
import { decodeServerMessage, encodeClientMessage } from '../protocol/codec';
import { createCredit } from './credit';
import { plainHello } from './greeting';
import { holdings, keptMessages } from './holdings';
import { createPulse } from './pulse';
import { createLazyReferences } from './lazy-references';
import { createParcels } from './parcels';
import { nameOf, type Labels } from '../shelf/labels';
import type { ClientMessage, Heard, Manifest, ServerMessage, View } from '../protocol/messages';

export const EYE_HEIGHT_M = 1.65;

/** Error codes after which trying again by itself would end the same way. */
const FINAL_CODES: ReadonlySet<string> = new Set([
  'bad-message',
  'too-large',
  'wrong-order',
  'unsupported-protocol',
  'unknown-scene',
  'not-allowed',
  'bad-invite',
  'expired-invite',
  'server-full',
]);

/** Close code of who leaves for good (RFC 6455, 7.4.1). */
const LEAVING = 1000;
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MOST_MS = 8_000;
/** From this minor version on, servers take `kept`. */
const WITH_KEPT = 2;

export interface Refusal {
  readonly code: string;
  readonly message: string;
}

export type LinkState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  | { readonly kind: 'lost'; readonly attempt: number }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** The part of a WebSocket that a session uses. */
export interface SocketLike {
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number): void;
}

export interface Identity {
  readonly name: string | undefined;
  /** An invitation. */
  readonly token: string | undefined;
}

export interface SessionOptions {
  readonly scene: string;
  readonly profile: DeviceProfile;
  /** Asked at every hello. */
  readonly identity: () => Identity;
  readonly viewport: () => readonly [number, number];
  readonly open: () => SocketLike;
  /** Whether hello was said with the opening of the newest socket. */
  readonly isGreeted: () => boolean;
  /** What this browser keeps of the scene. */
  readonly labels: Pick<Labels, 'names' | 'met'>;
  /** As the browser's. */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly now: () => number;
  /** Runs a function later; returns what cancels it. */
  readonly after: (ms: number, run: () => void) => () => void;
  /** In [0, 1). */
  readonly random: () => number;
}

export interface SessionListener {
  message(message: ServerMessage): void;
  state(state: LinkState): void;
  /** Hashes of content that is in memory, the most useful first. */
  held(): readonly string[];
  /** What is known of sensors. */
  heard(): Heard | undefined;
}

export interface Session {
  /** Hands over what has arrived so far, then everything as it comes. */
  listen(listener: SessionListener): void;
  /** Sends now where the line is open; returns whether it was. */
  send(message: ClientMessage): boolean;
  /** Sends a view with the next sequence number; returns that number, 0 where the line is down. */
  sendView(view: Omit<View, 't' | 'seq'>): number;
  /** Returns bytes of content that was consumed. */
  credit(bytes: number): void;
  /** Content with these hashes is kept from now on. */
  keep(hashes: readonly string[]): void;
  /** Tries at once instead of waiting for the next attempt. */
  retry(): void;
  /** The page shows again, or the network has changed: is the line still there? */
  doubt(): void;
  close(): void;
  readonly state: LinkState;
  readonly scene: string;
  readonly bytesReceived: number;
}

export function createSession(options: SessionOptions): Session {
  const { now, after, random } = options;
  const waiting: ServerMessage[] = [];
  let listener: SessionListener | undefined;
  let state: LinkState = { kind: 'connecting' };
  let socket: SocketLike | undefined;
  let open = false;
  let resume = '';
  let seq = 0;
  let attempt = 0;
  let bytesReceived = 0;
  let pingId = 0;
  let revision = 0;
  let minor = 0;
  /** What hello had no room for. */
  let untold: readonly string[] = [];
  let cancelTimer = (): void => undefined;
  let refusal: Refusal | undefined;
  const credit = createCredit({ send: (bytes) => send({ t: 'credit', bytes }), now, after });
  const parcels = createParcels(credit);
  const references = createLazyReferences({
    fetch: (url, init) => options.fetch(url, init),
    digest: (content) => crypto.subtle.digest('SHA-256', content),
    emit: deliver,
    credit,
    failed: (tile) => send({ t: 'evicted', tiles: [tile], revision }),
  });

  const pulse = createPulse({
    after,
    ask: () => send({ t: 'ping', id: (pingId += 1) }),
    dead() {
      socket?.close();
      lose();
    },
  });

  function become(next: LinkState): void {
    state = next;
    listener?.state(next);
  }

  function connect(): void {
    const opened = options.open();
    socket = opened;
    opened.onopen = () => {
      if (socket !== opened) return;
      open = true;
      pulse.opened();
      if (options.isGreeted()) return;
      const { start, ...hello } = plainHello({ ...options, viewport: options.viewport() });
      const held = holdings(listener?.held() ?? [], options.labels.names(), nameOf);
      untold = held.rest;
      send({ ...hello, ...options.identity(), ...(resume ? { resume } : { start }), ...held.hello, heard: listener?.heard() });
    };
    opened.onmessage = ({ data }) => {
      if (socket === opened) receive(data);
    };
    opened.onclose = () => {
      if (socket === opened) lose();
    };
    pulse.start();
  }

  function receive(data: unknown): void {
    pulse.heard();
    if (!(data instanceof ArrayBuffer)) return fail('the server sent text');
    bytesReceived += data.byteLength;
    let message: ServerMessage | undefined;
    try {
      const heard = decodeServerMessage(new Uint8Array(data));
      const whole = heard && parcels.take(heard);
      message = whole && references.take(whole);
    } catch (error) {
      return fail(error instanceof Error ? error.message : String(error));
    }
    if (!message) return;
    if (message.t === 'welcome') {
      attempt = 0;
      resume = message.resume;
      minor = message.protocol[1];
      pulse.welcomed();
      become({ kind: 'open' });
      keep(untold);
    } else if (message.t === 'making' && message.state === 'failed' && resume === '') {
      refusal = { code: 'not-made', message: message.message };
    } else if (message.t === 'error' && FINAL_CODES.has(message.code)) {
      refusal = { code: message.code, message: message.message };
    }
    if (message.t === 'welcome' || message.t === 'scene') revision = message.revision;
    deliver(message);
  }

  function deliver(message: ServerMessage): void {
    const isContent = message.t === 'place' || message.t === 'collider';
    if (isContent && message.url === undefined) options.labels.met(message.hash);
    if (listener) listener.message(message);
    else waiting.push(message);
  }

  function fail(message: string): void {
    refusal = { code: 'bad-server', message };
    socket?.close();
    lose();
  }

  function lose(): void {
    socket = undefined;
    open = false;
    parcels.clear();
    references.clear();
    pulse.stop();
    cancelTimer();
    if (refusal) return become({ kind: 'refused', refusal });
    const longest = Math.min(BACKOFF_MOST_MS, BACKOFF_FIRST_MS * 2 ** attempt);
    attempt += 1;
    become({ kind: 'lost', attempt });
    cancelTimer = after(longest * (0.5 + random() / 2), connect);
  }

  function keep(hashes: readonly string[]): void {
    if (minor >= WITH_KEPT) for (const message of keptMessages(hashes.map(nameOf))) send(message);
  }

  function retry(): void {
    if (state.kind !== 'lost') return;
    cancelTimer();
    const former = socket;
    socket = undefined;
    former?.close();
    connect();
  }

  function send(message: ClientMessage): boolean {
    if (open) socket?.send(encodeClientMessage(message));
    return open;
  }

  function sendView(view: Omit<View, 't' | 'seq'>): number {
    if (state.kind !== 'open') return 0;
    seq += 1;
    send({ t: 'view', seq, ...view });
    return seq;
  }

  connect();
  return {
    listen(next) {
      listener = next;
      listener.state(state);
      for (const message of waiting.splice(0)) listener.message(message);
    },
    send,
    sendView,
    credit,
    keep,
    retry,
    doubt() {
      retry();
      pulse.doubt();
    },
    close() {
      pulse.stop();
      cancelTimer();
      socket?.close(LEAVING);
      socket = undefined;
      open = false;
    },
    get state() {
      return state;
    },
    scene: options.scene,
    get bytesReceived() {
      return bytesReceived;
    },
  };
}

/** Where walkers start: feet in the world frame and yaw. The middle of the extent where none is given. */
export function spawn(manifest: Manifest): { feet: readonly [number, number, number]; yaw: number } {
  const point = manifest.spawn_points[0];
  if (point) return { feet: sceneToWorld(point.position), yaw: headingToYaw(point.heading_deg) };
  const { min, max } = manifest.extent;
  return { feet: sceneToWorld([(min[0] + max[0]) / 2, (min[1] + max[1]) / 2, min[2]]), yaw: 0 };
}
