/** Asks the server about proposals, as a host (docs/contract/http.md, "Proposals"). */
import type { Vec3 } from '../core/frames';
import { readProposal, readProposalList, type Proposal, type ProposalList } from './proposal';

/** The server, or the line, wouldn't; the message is a sentence for people. */
export class RefusedError extends Error {
  /** 0 where nothing answered. */
  readonly status: number;

  constructor(status: number, sentence: string) {
    super(sentence);
    this.status = status;
  }
}

/** A point of the model (preview frame) and its place in the city (scene frame). */
export interface Pair {
  readonly model: Vec3;
  readonly scene: Vec3;
}

export type Wish =
  | { readonly by: 'hand'; readonly position: Vec3; readonly heading_deg: number; readonly on_ground: boolean }
  | { readonly by: 'footprint'; readonly feature: string; readonly turns: number }
  | { readonly by: 'points'; readonly pairs: readonly Pair[]; readonly on_ground: boolean }
  | { readonly by: 'file' };

export interface Publication {
  readonly title: string;
  readonly description: string;
  /** Identities of features that make room, and no others. */
  readonly replaces: readonly string[];
}

export interface Service {
  list(): Promise<ProposalList>;
  /** @param revised the proposal that this is a newer file of, "" for a new one. @param sent is told the share that has gone out. */
  send(file: File, revised: string, sent: (share: number) => void, signal: AbortSignal): Promise<Proposal>;
  /** Waits until there is something newer than this version, or 20 s. */
  after(proposal: string, version: number, signal: AbortSignal): Promise<Proposal>;
  place(proposal: string, wish: Wish): Promise<Proposal>;
  publish(proposal: string, publication: Publication): Promise<Proposal>;
  takeBack(proposal: string): Promise<Proposal>;
  stop(proposal: string): Promise<Proposal>;
  remove(proposal: string): Promise<void>;
  preview(address: string, signal: AbortSignal): Promise<ArrayBuffer>;
}

const NO_ANSWER = 'The server does not answer. Try again in a moment.';

export function createService(scene: string, invitation: string): Service {
  const root = `/scenes/${encodeURIComponent(scene)}/proposals`;
  const authorization = `Bearer ${invitation}`;
  const of = (proposal: string, what = ''): string => `${root}/${encodeURIComponent(proposal)}${what}`;

  async function ask(address: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(address, { ...init, headers: { ...init.headers, Authorization: authorization } }).catch((error: unknown) => {
      throw init.signal?.aborted ? error : new RefusedError(0, NO_ANSWER);
    });
    if (!response.ok) throw refusal(response.status, await response.text());
    return response;
  }

  async function one(address: string, init?: RequestInit): Promise<Proposal> {
    return readProposal(await (await ask(address, init)).json());
  }

  function put(address: string, body: unknown): Promise<Proposal> {
    return one(address, { method: 'PUT', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } });
  }

  return {
    list: async () => readProposalList(await (await ask(root)).json()),
    send(file, revised, sent, signal) {
      const address = revised === '' ? root : of(revised, '/file');
      // fetch tells nobody how much of a body has gone out.
      const request = new XMLHttpRequest();
      return new Promise((done, refused) => {
        request.open(revised === '' ? 'POST' : 'PUT', `${address}?file=${encodeURIComponent(file.name)}`);
        request.setRequestHeader('Authorization', authorization);
        request.setRequestHeader('Content-Type', 'application/octet-stream');
        request.upload.addEventListener('progress', ({ loaded, total }) => sent(total > 0 ? loaded / total : 0));
        request.addEventListener('error', () => refused(new RefusedError(0, NO_ANSWER)));
        request.addEventListener('abort', () => refused(signal.reason as Error));
        request.addEventListener('load', () => {
          if (request.status >= 300) return refused(refusal(request.status, request.responseText));
          try {
            done(readProposal(JSON.parse(request.responseText)));
          } catch (error) {
            refused(error as Error);
          }
        });
        signal.addEventListener('abort', () => request.abort());
        request.send(file);
      });
    },
    after: (proposal, version, signal) => one(`${of(proposal)}?after=${version}`, { signal }),
    place: (proposal, wish) => put(of(proposal, '/placement'), wish),
    publish: (proposal, publication) => put(of(proposal, '/variant'), { ...publication, replaces_footprint: false }),
    takeBack: (proposal) => one(of(proposal, '/variant'), { method: 'DELETE' }),
    stop: (proposal) => one(of(proposal, '/work'), { method: 'DELETE' }),
    async remove(proposal) {
      await ask(of(proposal), { method: 'DELETE' });
    },
    preview: async (address, signal) => (await ask(address, { signal })).arrayBuffer(),
  };
}

function refusal(status: number, body: string): RefusedError {
  try {
    const { error } = JSON.parse(body) as { error?: unknown };
    if (typeof error === 'string' && error !== '') return new RefusedError(status, error);
  } catch {
    // Something in between answered, in its own words.
  }
  return new RefusedError(status, `The server says no, and not why (${status}).`);
}
