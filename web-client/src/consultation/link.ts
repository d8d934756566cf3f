/** `#at=point;eye;orientation`, and perhaps `;variant`, in the page's address: how the plain list of comments leads to a place. */
import type { Quat, Vec3 } from '../core/frames';
import type { Comment } from '../protocol/messages';
import { isVector } from './outbox';

const IN_ADDRESS = /^#at=([-\d.,;]{1,200}?)(?:;([a-z0-9][a-z0-9-]{0,62}))?$/;

/** `undefined` where the address names no place, or none that can be read. */
export function linkedPlace(hash: string): Pick<Comment, 'position' | 'eye' | 'orientation' | 'variant'> | undefined {
  const [, places = '', variant = ''] = IN_ADDRESS.exec(hash) ?? [];
  const columns = places.split(';').map((part) => part.split(',').map(Number));
  if (columns.length !== 3 || !isVector(columns[0], 3) || !isVector(columns[1], 3) || !isVector(columns[2], 4)) return undefined;
  const [position, eye, orientation] = columns as unknown as [Vec3, Vec3, Quat];
  return { position, eye, orientation, variant };
}
