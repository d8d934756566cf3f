/** Doors of detailed buildings open for whoever is about to go through, and close behind. */
import { Vector3 } from 'three';

import type { Tile } from '../city/city';
import { readValue } from '../protocol/property-table';
import type { WorkshopContext } from '../workshop';
import { doorIn, doorPlaces, type DoorPlace } from './door-mesh';
import { drawOpenDoor, type OpenDoor } from './open-door';

export interface Doors {
  /** @returns whether one is moving. */
  frame(seconds: number): boolean;
  /** How many stand open, or are about to. */
  readonly open: number;
}

interface Swing extends DoorPlace {
  readonly drawn: OpenDoor;
  /** To which side it opens: away from who came. */
  readonly side: number;
  angle: number;
}

/** Elements of detailed buildings (docs/mapping/ifc.md): other doors are walls. */
const DOOR = /^(Exterior|Interior)Door$/;
const OPENS_M = 1.4;
const CLOSES_M = 2;
const OPEN_RAD = (85 * Math.PI) / 180;
const RADIANS_PER_SECOND = 2.4;
/** Who is farther above or below its foot is on another storey. */
const STOREY_M = 1.5;
const MOVED_M = 0.1;

type DoorsContext = Pick<WorkshopContext, 'stage' | 'city' | 'body' | 'modes' | 'soft'>;

export function createDoors({ stage, city, body, modes, soft }: DoorsContext): Doors {
  const places = new WeakMap<Tile, readonly DoorPlace[]>();
  const swings = new Map<string, Swing>();
  const looked = new Vector3(Infinity, 0, 0);

  function doorsOf(tile: Tile): readonly DoorPlace[] {
    const { table } = tile.content.source;
    const known = places.get(tile) ?? (table ? doorPlaces(tile, rowsOf(table)) : []);
    places.set(tile, known);
    return known;
  }

  function look(feet: Vector3, shown: Iterable<Tile>): void {
    for (const tile of shown) {
      if (!isBeside(tile, feet)) continue;
      for (const place of doorsOf(tile)) if (distance(place, feet) < OPENS_M) open(tile, place, feet);
    }
  }

  function open(tile: Tile, place: DoorPlace, feet: Vector3): void {
    const id = String(readValue(tile.content.source.table!, 'id', place.row));
    const door = swings.has(id) || tile.content.away.has(place.row) ? undefined : doorIn(tile, place.row);
    if (!door) return;
    const drawn = drawOpenDoor(stage.scene, tile, door);
    swings.set(id, { ...place, drawn, side: drawn.sideAwayFrom(feet.x, feet.z), angle: 0 });
  }

  function close(id: string, { drawn }: Swing): void {
    drawn.close();
    swings.delete(id);
  }

  /** @returns whether it still moves. */
  function move(id: string, swing: Swing, wanted: number, most: number): boolean {
    swing.angle += Math.max(-most, Math.min(most, wanted - swing.angle));
    if (swing.angle === 0 && wanted === 0) close(id, swing);
    else swing.drawn.turn(swing.angle * swing.side);
    return swing.angle !== wanted;
  }

  return {
    frame(seconds) {
      const { walker } = body;
      if (!walker) return false;
      const { feet } = walker;
      if (swings.size > 0 || looked.distanceTo(feet) > MOVED_M) {
        looked.copy(feet);
        const shown = new Set(city.shown());
        // Another level of the same building is shown: that has the door, too.
        for (const [id, swing] of [...swings]) if (!shown.has(swing.drawn.tile)) close(id, swing);
        if (!modes.orbiting) look(feet, shown);
      }
      const most = soft() ? RADIANS_PER_SECOND * seconds : Infinity;
      let isMoving = false;
      for (const [id, swing] of [...swings]) {
        const isWanted = !modes.orbiting && distance(swing, feet) < CLOSES_M;
        isMoving = move(id, swing, isWanted ? OPEN_RAD : 0, most) || isMoving;
      }
      return isMoving;
    },
    get open() {
      return swings.size;
    },
  };
}

function rowsOf(table: NonNullable<Tile['content']['source']['table']>): ReadonlySet<number> {
  const rows = Array.from({ length: table.count }, (_, row) => row);
  return new Set(rows.filter((row) => DOOR.test(String(readValue(table, 'class', row)))));
}

/** How far the feet are from a door on their storey. */
function distance({ middle, width }: DoorPlace, feet: Vector3): number {
  if (Math.abs(feet.y - middle.y) > STOREY_M) return Infinity;
  return Math.max(0, Math.hypot(feet.x - middle.x, feet.z - middle.z) - width / 4);
}

/** Whether the box of a tile is within reach, on the map. */
function isBeside({ place: { box } }: Tile, { x, z }: Vector3): boolean {
  return Math.hypot(Math.max(box[0] - x, 0, x - box[3]), Math.max(box[1] + z, 0, -z - box[4])) < OPENS_M;
}
