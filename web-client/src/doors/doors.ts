/** Doors of detailed buildings open for whoever is about to go through, and close behind. */
import { Vector3 } from 'three';

import type { Tile } from '../city/city';
import type { TileContent } from '../city/tile-mesh';
import { readValue } from '../protocol/property-table';
import type { WorkshopContext } from '../workshop';
import { doorIn, drawOpenDoor, type OpenDoor } from './open-door';

export interface Doors {
  /** @returns whether one is moving. */
  frame(seconds: number): boolean;
  /** How many stand open. */
  readonly open: number;
}

/** Where a door stands in its tile. */
interface DoorPlace {
  /** On its foot. */
  readonly middle: Vector3;
  readonly width: number;
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

export function createDoors({ stage, city, body, modes, soft, changed }: WorkshopContext): Doors {
  const rows = new WeakMap<TileContent, readonly number[]>();
  const places = new WeakMap<TileContent, Map<number, DoorPlace>>();
  const swings = new Map<string, Swing>();
  const looked = new Vector3(Infinity, 0, 0);

  function doorsOf({ content }: Tile): readonly number[] {
    const { table } = content.source;
    const known = rows.get(content) ?? Array.from({ length: table?.count ?? 0 }, (_, row) => row).filter((row) => DOOR.test(String(readValue(table!, 'class', row))));
    rows.set(content, known);
    return known;
  }

  function placeOf(tile: Tile, row: number): DoorPlace | undefined {
    const all = places.get(tile.content) ?? new Map<number, DoorPlace>();
    places.set(tile.content, all);
    if (all.has(row)) return all.get(row);
    const door = doorIn(tile, row);
    if (!door) return undefined;
    const [low, high] = [new Vector3(Infinity, Infinity, Infinity), new Vector3(-Infinity, -Infinity, -Infinity)];
    const corner = new Vector3();
    for (let i = 0; i < door.positions.length; i += 3) {
      corner.fromArray(door.positions, i);
      low.min(corner);
      high.max(corner);
    }
    const middle = low.clone().add(high).multiplyScalar(0.5).setY(low.y);
    const place = { middle, width: Math.hypot(high.x - low.x, high.z - low.z) };
    all.set(row, place);
    return place;
  }

  /** How far the feet are from a door on their storey. */
  function distance({ middle, width }: DoorPlace, feet: Vector3): number {
    if (Math.abs(feet.y - middle.y) > STOREY_M) return Infinity;
    return Math.max(0, Math.hypot(feet.x - middle.x, feet.z - middle.z) - width / 4);
  }

  function look(feet: Vector3): void {
    for (const tile of city.shown()) {
      for (const row of doorsOf(tile)) {
        const id = String(readValue(tile.content.source.table!, 'id', row));
        if (swings.has(id) || tile.content.away.has(row)) continue;
        const place = placeOf(tile, row);
        if (place && distance(place, feet) < OPENS_M) open(id, tile, row, place, feet);
      }
    }
  }

  function open(id: string, tile: Tile, row: number, place: DoorPlace, feet: Vector3): void {
    const door = doorIn(tile, row);
    if (!door) return;
    const drawn = drawOpenDoor(stage.scene, tile, door);
    swings.set(id, { ...place, drawn, side: drawn.sideAwayFrom(feet.x, feet.z), angle: 0 });
  }

  function move(id: string, swing: Swing, wanted: number, most: number): boolean {
    const before = swing.angle;
    swing.angle += Math.max(-most, Math.min(most, wanted - swing.angle));
    if (swing.angle === 0 && wanted === 0) {
      swing.drawn.close();
      swings.delete(id);
      return before !== 0;
    }
    swing.drawn.turn(swing.angle * swing.side);
    return swing.angle !== wanted;
  }

  /** Another level of the same building is shown: that has the door, too. */
  function follow(id: string, swing: Swing, shown: ReadonlySet<Tile>): void {
    if (shown.has(swing.drawn.tile)) return;
    swing.drawn.close();
    swings.delete(id);
    looked.setX(Infinity);
  }

  return {
    frame(seconds) {
      const { walker } = body;
      if (!walker) return false;
      const { feet } = walker;
      if (swings.size > 0) {
        const shown = new Set(city.shown());
        for (const [id, swing] of [...swings]) follow(id, swing, shown);
      }
      if (looked.distanceTo(feet) > MOVED_M || swings.size > 0) {
        looked.copy(feet);
        if (!modes.orbiting) look(feet);
      }
      const most = soft() ? RADIANS_PER_SECOND * seconds : Infinity;
      let isMoving = false;
      for (const [id, swing] of [...swings]) {
        const isNear = !modes.orbiting && distance(swing, feet) < CLOSES_M;
        isMoving = move(id, swing, isNear ? OPEN_RAD : 0, most) || isMoving;
      }
      if (isMoving) changed();
      return isMoving;
    },
    get open() {
      return swings.size;
    },
  };
}
