/**
 * `hello` in the address of the socket: then the server needs not wait for it.
 *
 * Only for whoever has nothing to say of herself. Addresses are written down on the way, so no
 * name and no invitation belongs there.
 */
import type { DeviceProfile } from '../core/profile';
import { PROTOCOL, type Hello } from '../protocol/messages';
import { sight } from './sight';

export interface Visitor {
  readonly scene: string;
  readonly profile: DeviceProfile;
  readonly viewport: readonly [number, number];
}

/** What every client says first. */
export function plainHello({ scene, profile, viewport }: Visitor): Hello {
  return {
    t: 'hello',
    protocol: PROTOCOL,
    scene,
    profile: profile.name,
    budget_bytes: profile.budgetBytes,
    // Whose content comes from anywhere must be checked, which pages can that are secure.
    references: globalThis.crypto?.subtle !== undefined,
    start: sight(viewport),
  };
}

/** The socket's path, with `hello` in it. */
export function greetingPath(visitor: Visitor): string {
  return `/ws?hello=${encodeURIComponent(JSON.stringify(plainHello(visitor)))}`;
}
