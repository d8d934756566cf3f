/**
 * Names of what this browser keeps of a scene, at hand before anything is read from the disk: hello
 * says them. The list lies in localStorage, the most useful first: in the order in which contents
 * came at the latest visits.
 */
import { keep, kept, type Where } from '../net/kept';

/** Hexadecimal digits of a name: 8 bytes of the hash. */
const DIGITS = 16;
const NAMES = /[0-9a-f]{16}/g;
/** As many as the server remembers of a hello (docs/contract/protocol.md). */
const MOST = 4096;
const WHERE: Where = 'localStorage';

const keyOf = (scene: string): string => `citiverse.shelf.${scene}`;

export interface Labels {
  /** The most useful first. */
  names(): readonly string[];
  /** Content with this hash was placed, kept or not. */
  met(hash: string): void;
  added(hashes: readonly string[]): void;
  removed(hashes: readonly string[]): void;
  /** Writes the list down where it has changed. */
  save(): void;
}

/** Whether something of this scene is kept. */
export function hasLabels(scene: string): boolean {
  return kept(WHERE, keyOf(scene)) !== undefined;
}

export function createLabels(scene: string): Labels {
  const written = (): string[] => kept(WHERE, keyOf(scene))?.match(NAMES) ?? [];
  const names = new Set(written().slice(0, MOST));
  const gone = new Set<string>();
  const here = new Set<string>();
  let isSaved = true;

  function ordered(): string[] {
    const first = [...here].filter((name) => names.has(name));
    return [...first, ...[...names].filter((name) => !here.has(name))].slice(0, MOST);
  }

  return {
    names: ordered,
    met(hash) {
      here.add(nameOf(hash));
    },
    added(hashes) {
      for (const name of hashes.map(nameOf)) {
        names.add(name);
        gone.delete(name);
      }
      isSaved &&= hashes.length === 0;
    },
    removed(hashes) {
      for (const name of hashes.map(nameOf)) {
        names.delete(name);
        gone.add(name);
      }
      isSaved &&= hashes.length === 0;
    },
    save() {
      if (isSaved) return;
      isSaved = true;
      // Another tab may have written meanwhile.
      for (const name of written()) if (!gone.has(name)) names.add(name);
      keep(WHERE, keyOf(scene), ordered().join(''));
    },
  };
}

export function nameOf(hash: string): string {
  return hash.slice(0, DIGITS);
}
