/** Puts content together that comes in pieces; everything else passes. */
import type { Begun, Collider, Part, Place, ServerMessage } from '../protocol/messages';

interface Parcel {
  readonly message: Place | Collider;
  readonly size: number;
  /** From its first bytes on: those of a hidden tile may never come. */
  whole?: Uint8Array;
  filled: number;
}

export interface Parcels {
  /** A message to act on now, or none as its content isn't whole. */
  take(message: ServerMessage | Part): ServerMessage | undefined;
  /** Nothing of it will come any more. */
  clear(): void;
}

/** @param credit takes the bytes of each piece but the last, which whoever uses the content returns. */
export function createParcels(credit: (bytes: number) => void): Parcels {
  const parcels = new Map<number, Parcel>();

  /** A tile has its place in the tree before it can be drawn. */
  function begun({ message, filled, size }: Parcel): Begun | undefined {
    return message.t === 'place' && filled < size ? { t: 'begun', place: message } : undefined;
  }

  function add(parcel: Parcel, number: number, piece: Uint8Array): ServerMessage | undefined {
    if (piece.byteLength === 0) return undefined;
    const whole = (parcel.whole ??= new Uint8Array(parcel.size));
    whole.set(piece, parcel.filled);
    parcel.filled += piece.byteLength;
    if (parcel.filled < parcel.size) {
      credit(piece.byteLength);
      return undefined;
    }
    parcels.delete(number);
    return { ...parcel.message, content: whole, returned: parcel.filled - piece.byteLength };
  }

  function forget(isGone: (message: Place | Collider) => boolean): void {
    for (const [number, { message }] of parcels) if (isGone(message)) parcels.delete(number);
  }

  return {
    take(message) {
      switch (message.t) {
        case 'place':
        case 'collider': {
          const { parcel: number, size, content } = message;
          if (number === undefined || size === undefined) return message;
          const parcel: Parcel = { message, size, filled: 0 };
          parcels.set(number, parcel);
          return add(parcel, number, content) ?? begun(parcel);
        }
        case 'part': {
          const parcel = parcels.get(message.parcel);
          const fits = parcel && parcel.filled + message.content.byteLength <= parcel.size;
          if (fits) return add(parcel, message.parcel, message.content);
          // Of something that was given up meanwhile.
          credit(message.content.byteLength);
          return undefined;
        }
        case 'drop':
          forget((begun) => begun.t === 'place' && message.tiles.includes(begun.tile));
          return message;
        case 'drop_colliders':
          forget((begun) => begun.t === 'collider' && message.cells.some((cell) => isCell(begun, cell)));
          return message;
        case 'scene':
          parcels.clear();
          return message;
        default:
          return message;
      }
    },
    clear: () => parcels.clear(),
  };
}

function isCell({ layer, cell }: Collider, [otherLayer, i, j]: readonly number[]): boolean {
  return layer === otherLayer && cell[0] === i && cell[1] === j;
}
