/** Going through a building: says in which room one is, and takes one to another storey. */
import { sceneToWorld, worldToScene, type Vec3 } from '../core/frames';
import { buildingsOf, type Building, type Storey } from '../protocol/buildings';
import type { Manifest } from '../protocol/messages';
import { fadeFrom } from '../ui/cross-fade';
import { storeyStrings as strings } from '../ui/storey-strings';
import type { WorkshopContext } from '../workshop';
import { createStoreyControl } from './control';
import { buildingNear, insideOf, storeyAt, type Inside } from './inside';
import { landingOn } from './landing';

export interface Storeys {
  /** Looks where one is. */
  frame(): void;
  /** Takes one up (1) or down (−1) a storey. */
  change(direction: 1 | -1): void;
  /** Where one is: the words, '' outside. */
  readonly where: string;
  /** All that say what is inside of them and that are there in the variant that one looks at. */
  readonly buildings: readonly Building[];
}

/** One hears of a building's storeys from so far. */
const NEAR_M = 12;
/** Who has moved less is where she was. */
const MOVED_M = 0.1;

export function createStoreys(context: WorkshopContext): Storeys {
  const { stage, hud, body, viewer, modes, variation, manifest, placing, soft, changed } = context;
  const canvas = stage.renderer.domElement;
  const control = createStoreyControl(hud.masthead, {
    go: (index) => void goTo(index),
    change,
    toCity: () => canvas.focus({ preventScroll: true }),
  });
  let asked: Manifest | undefined;
  let all: readonly Building[] = [];
  let variant = '';
  let at: Vec3 | undefined;
  let wasOrbiting = false;
  let near: Building | undefined;
  let storey: Storey | undefined;
  let where = '';
  let wasInside = false;

  async function learn(city: Manifest): Promise<void> {
    asked = city;
    const found = await buildingsOf(city);
    if (asked !== city) return;
    all = found;
    at = undefined;
    changed();
  }

  function here(): readonly Building[] {
    return all.filter((building) => building.variant === '' || building.variant === variant);
  }

  function look(place: Vec3): void {
    near = modes.orbiting ? undefined : buildingNear(here(), place, NEAR_M);
    const inside = near && insideOf(near, place);
    storey = inside ? inside.storey : near && storeyAt(near.storeys, place[2]);
    const now = inside ? wordsOf(inside) : '';
    if (now !== where) tell(now, inside !== undefined);
    where = now;
    wasInside = inside !== undefined;
    control.show(near && { building: near, storey, isInside: inside !== undefined, where: where || strings.outside });
  }

  function tell(now: string, isInside: boolean): void {
    if (now !== '') hud.announce(strings.on(now));
    else if (wasInside && !isInside) hud.announce(strings.leftBuilding);
  }

  /** @returns false where there is no floor. */
  function goTo(index: number): boolean {
    const target = near?.storeys[index];
    const { world, walker } = body;
    if (!near || !target || !world || !walker) return true;
    const feet = landingOn(world, near, target, worldToScene(walker.feet.toArray()));
    if (!feet) {
      hud.notice(strings.noFloor(strings.named(target.name, index + 1)));
      return false;
    }
    if (soft() && !stage.renderer.xr.isPresenting) {
      stage.render();
      fadeFrom(canvas);
    }
    placing.standAt(sceneToWorld(feet), viewer.yaw, viewer.pitch);
    return true;
  }

  /** To the next in this direction that has a floor: foundations have none. */
  function change(direction: 1 | -1): void {
    if (!near || !storey) return;
    let index = near.storeys.indexOf(storey) + direction;
    while (!goTo(index)) index += direction;
  }

  canvas.addEventListener('keydown', ({ code, ctrlKey, metaKey, altKey }) => {
    if (ctrlKey || metaKey || altKey) return;
    if (code === 'KeyR') change(1);
    if (code === 'KeyF') change(-1);
  });

  return {
    frame() {
      const city = manifest();
      if (!city) return;
      if (city !== asked) void learn(city);
      const current = variation.variants?.current ?? '';
      const place = worldToScene([viewer.x, body.walker?.feet.y ?? viewer.y, viewer.z]);
      const hasMoved = !at || Math.hypot(place[0] - at[0], place[1] - at[1], place[2] - at[2]) > MOVED_M;
      if (!hasMoved && current === variant && modes.orbiting === wasOrbiting) return;
      variant = current;
      at = place;
      wasOrbiting = modes.orbiting;
      look(place);
    },
    change,
    get buildings() {
      return here();
    },
    get where() {
      return where;
    },
  };
}

function wordsOf({ building, storey, room }: Inside): string {
  const name = storey ? strings.named(storey.name, building.storeys.indexOf(storey) + 1) : '';
  return strings.room(room?.name ?? '', name);
}
