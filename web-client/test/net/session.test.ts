import { decode, encode } from '@msgpack/msgpack';
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';

import { createSession, type LinkState, type Session, type SocketLike } from '../../src/net/session';
import type { Heard, Place, ServerMessage } from '../../src/protocol/messages';

const GOLDEN = new URL('../../../tests/contract/protocol/', import.meta.url);
const golden = (name: string): Record<string, unknown> =>
  decode(readFileSync(new URL(`${name}.msgpack`, GOLDEN))) as Record<string, unknown>;
const welcome = golden('welcome');
const hex = (name: string): string => Buffer.from(golden(name).hash as Uint8Array).toString('hex');

class FakeSocket implements SocketLike {
  onopen: SocketLike['onopen'] = null;
  onmessage: SocketLike['onmessage'] = null;
  onclose: SocketLike['onclose'] = null;
  readonly sent: Record<string, unknown>[] = [];
  closed = false;

  send(data: Uint8Array): void {
    this.sent.push(decode(data) as Record<string, unknown>);
  }
  close(): void {
    this.closed = true;
  }
  async open(): Promise<void> {
    this.onopen?.(new Event('open'));
    await Promise.resolve();
  }
  hear(message: unknown): void {
    const data = encode(message).slice().buffer;
    this.onmessage?.({ data } as MessageEvent);
  }
  lose(): void {
    this.onclose?.({} as CloseEvent);
  }
}

let sockets: FakeSocket[];
let greeted: boolean;
let names: string[];
let met: string[];
let timers: { at: number; run: () => void }[];
let timeMs: number;
let session: Session;
let states: LinkState['kind'][];
let messages: ServerMessage[];

/** Lets time pass; runs what is due, in order. */
function pass(ms: number): void {
  const end = timeMs + ms;
  for (;;) {
    timers.sort((a, b) => a.at - b.at);
    const due = timers[0];
    if (!due || due.at > end) break;
    timers.shift();
    timeMs = due.at;
    due.run();
  }
  timeMs = end;
}

function listen(held: string[] = [], heard?: Heard): void {
  session.listen({
    message: (message) => messages.push(message),
    state: ({ kind }) => states.push(kind),
    held: () => held,
    heard: () => heard,
  });
}

beforeEach(() => {
  sockets = [];
  greeted = false;
  names = [];
  met = [];
  timers = [];
  timeMs = 0;
  states = [];
  messages = [];
  session = createSession({
    identity: () => ({ name: undefined, token: undefined }),
    scene: 'town',
    profile: { name: 'desktop', budgetBytes: 1000, memoryBytes: 1, shadows: false, maxPixelRatio: 1 },
    viewport: () => [1280, 720],
    fetch: () => Promise.reject(new Error('nothing is fetched here')),
    isGreeted: () => greeted,
    labels: { names: () => names, met: (hash) => met.push(hash) },
    open: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    now: () => timeMs,
    after: (ms, run) => {
      const timer = { at: timeMs + ms, run };
      timers.push(timer);
      return () => void (timers = timers.filter((other) => other !== timer));
    },
    random: () => 0.5,
  });
});

describe('at the start', () => {
  it('says hello as soon as the line is open', async () => {
    await sockets[0].open();
    expect(sockets[0].sent).toMatchObject([
      { t: 'hello', protocol: [1, 3], scene: 'town', profile: 'desktop', budget_bytes: 1000 },
    ]);
  });

  it('asks for the first view in the same breath', async () => {
    await sockets[0].open();
    const { fov, viewport } = sockets[0].sent[0].start as { fov: number[]; viewport: number[] };
    expect(viewport).toEqual([1280, 720]);
    expect(fov[0]).toBeCloseTo(Math.PI / 3);
    expect(fov[1]).toBeGreaterThan(fov[0]);
    sockets[0].hear(welcome);
    expect(sockets[0].sent).toHaveLength(1);
  });

  it('says hello no second time where the opening of the line said it', async () => {
    greeted = true;
    await sockets[0].open();
    expect(sockets[0].sent).toEqual([]);
    sockets[0].hear(welcome);
    expect(session.state.kind).toBe('open');
  });

  it('puts content together that comes in pieces, before anyone listens', async () => {
    await sockets[0].open();
    sockets[0].hear(welcome);
    sockets[0].hear(golden('place-begun'));
    sockets[0].hear(golden('part'));
    listen();
    expect(messages.map(({ t }) => t)).toEqual(['welcome', 'begun', 'place']);
    expect((messages[2] as Place).content).toEqual(new Uint8Array(golden('place').content as Uint8Array));
    expect(sockets[0].sent.at(-1)).toEqual({ t: 'credit', bytes: 12 });
  });

  it('keeps what came and hands it over in order', async () => {
    await sockets[0].open();
    sockets[0].hear(welcome);
    sockets[0].hear({ t: 'drop', tiles: [1] });
    listen();
    sockets[0].hear({ t: 'drop', tiles: [2] });
    expect(messages.map(({ t }) => t)).toEqual(['welcome', 'drop', 'drop']);
    expect(states).toEqual(['open']);
  });

  it('does not send what needs an open line before it is open', () => {
    expect(session.send({ t: 'credit', bytes: 1 })).toBe(false);
    expect(session.sendView({ position: [0, 0, 0], orientation: [0, 0, 0, 1], fov: [1, 1], viewport: [1, 1] })).toBe(0);
    expect(sockets[0].sent).toEqual([]);
  });
});

it('labels the contents that come', async () => {
  await sockets[0].open();
  sockets[0].hear(welcome);
  sockets[0].hear(golden('place'));
  sockets[0].hear(golden('collider'));
  expect(met).toEqual([hex('place'), hex('collider')]);
});

describe('a lost line', () => {
  it('comes back with what is known of sensors', async () => {
    const heard = { epoch: 1, revision: 0, tick: 12, sensors: 3 };
    listen([], heard);
    await sockets[0].open();
    sockets[0].hear(welcome);
    sockets[0].lose();
    pass(400);
    await sockets[1].open();
    expect(sockets[1].sent[0]).toMatchObject({ heard });
  });

  it('comes back with resume and have', async () => {
    listen(['00'.repeat(16)]);
    await sockets[0].open();
    sockets[0].hear(welcome);
    sockets[0].lose();
    expect(states.at(-1)).toBe('lost');
    pass(400);
    expect(sockets).toHaveLength(2);
    await sockets[1].open();
    expect(sockets[1].sent[0]).toMatchObject({ resume: welcome.resume, have: [new Uint8Array(16)] });
    sockets[1].hear(welcome);
    expect(states).toEqual(['connecting', 'open', 'lost', 'open']);
  });

  it('names what is kept as such, and the rest when the server has answered', async () => {
    names = Array.from({ length: 1100 }, (_, i) => i.toString(16).padStart(16, '0'));
    listen([`${names[7]}${'0'.repeat(16)}`, 'ff'.repeat(16)]);
    await sockets[0].open();
    expect(sockets[0].sent[0]).toMatchObject({ have: [new Uint8Array(16).fill(255)] });
    expect((sockets[0].sent[0].kept as Uint8Array).length).toBe(8 * 1024);
    sockets[0].hear(welcome);
    expect(sockets[0].sent.slice(1).map(({ t, hashes }) => [t, (hashes as Uint8Array).length])).toEqual([['kept', 8 * 76]]);
    session.keep(['0123456789abcdef'.repeat(2)]);
    const hashes = Uint8Array.from([0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef]);
    expect(sockets[0].sent.at(-1)).toEqual({ t: 'kept', hashes });
  });

  it('tells a server of an older version nothing that it does not know', async () => {
    await sockets[0].open();
    sockets[0].hear({ ...welcome, protocol: [1, 1] });
    session.keep(['0123456789abcdef'.repeat(2)]);
    expect(sockets[0].sent.map(({ t }) => t)).toEqual(['hello']);
  });

  it('is tried again ever more rarely, up to 8 s apart', () => {
    listen();
    const waits: number[] = [];
    for (let i = 0; i < 10; i += 1) {
      sockets.at(-1)!.lose();
      waits.push(timers.map(({ at }) => at - timeMs).sort((a, b) => a - b)[0]);
      pass(8_000);
    }
    expect(waits.slice(0, 4)).toEqual([375, 750, 1500, 3000]);
    expect(Math.max(...waits)).toBeLessThanOrEqual(8_000);
  });

  it('is noticed by silence', async () => {
    listen();
    await sockets[0].open();
    sockets[0].hear(welcome);
    pass(3_000);
    expect(sockets[0].sent.at(-1)).toEqual({ t: 'ping', id: 1 });
    expect(states).not.toContain('lost');
    pass(4_000);
    expect(sockets[0].closed).toBe(true);
    expect(states).toContain('lost');
  });

  it('is tried again at once when the page shows or the network is back', () => {
    listen();
    sockets[0].lose();
    session.doubt();
    expect(sockets).toHaveLength(2);
    session.doubt();
    expect(sockets).toHaveLength(3);
    expect(sockets[1].closed).toBe(true);
  });

  it('is noticed sooner where there is reason to doubt', async () => {
    listen();
    await sockets[0].open();
    sockets[0].hear(welcome);
    session.doubt();
    expect(sockets[0].sent.at(-1)).toMatchObject({ t: 'ping' });
    pass(3_000);
    expect(states.at(-1)).toBe('lost');
  });

  it('is kept where an answer comes', async () => {
    listen();
    await sockets[0].open();
    sockets[0].hear(welcome);
    for (let i = 0; i < 10; i += 1) {
      pass(5_000);
      sockets[0].hear(golden('pong'));
    }
    expect(states).not.toContain('lost');
    expect(sockets[0].sent.filter(({ t }) => t === 'ping')).toHaveLength(10);
  });

  it('is tried at once when asked', () => {
    listen();
    sockets[0].lose();
    session.retry();
    expect(sockets).toHaveLength(2);
  });

  it('after going-away comes back', async () => {
    listen();
    await sockets[0].open();
    sockets[0].hear({ t: 'error', code: 'going-away', message: 'The server stops.', fatal: true });
    sockets[0].lose();
    expect(states.at(-1)).toBe('lost');
  });

  it('ignores a socket it has given up', async () => {
    listen();
    sockets[0].lose();
    sockets[0].hear(welcome);
    expect(messages).toEqual([]);
  });
});

describe('a refusal', () => {
  it.each(['unknown-scene', 'server-full', 'unsupported-protocol', 'bad-message', 'not-allowed'])(
    '%s is final',
    async (code) => {
      listen();
      await sockets[0].open();
      sockets[0].hear({ t: 'error', code, message: 'No.', fatal: true });
      sockets[0].lose();
      pass(60_000);
      expect(session.state).toEqual({ kind: 'refused', refusal: { code, message: 'No.' } });
      expect(sockets).toHaveLength(1);
    },
  );

  it('a city that never comes is not waited for', async () => {
    listen();
    await sockets[0].open();
    sockets[0].hear({ t: 'making', state: 'reading', done: 0.5, message: '' });
    expect(session.state.kind).toBe('connecting');
    sockets[0].hear({ t: 'making', state: 'failed', done: 0, message: 'It could not be read.' });
    sockets[0].lose();
    expect(session.state).toEqual({ kind: 'refused', refusal: { code: 'not-made', message: 'It could not be read.' } });
  });

  it('a city whose rest never comes is stayed in', async () => {
    listen();
    await sockets[0].open();
    sockets[0].hear(welcome);
    sockets[0].hear({ t: 'making', state: 'failed', done: 0, message: 'The rest could not be read.' });
    sockets[0].lose();
    expect(session.state.kind).toBe('lost');
  });

  it('a server that breaks the contract is left', async () => {
    listen();
    await sockets[0].open();
    sockets[0].hear({ t: 'drop', tiles: 'all' });
    expect(session.state).toMatchObject({ kind: 'refused', refusal: { code: 'bad-server' } });
    expect(sockets[0].closed).toBe(true);
  });
});
