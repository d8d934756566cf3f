/** Cuts buildings open: what is cut away is neither drawn, nor picked, nor in anybody's way. */
import type { Vec3 } from '../core/frames';
import type { Building } from '../protocol/buildings';
import type { Manifest } from '../protocol/messages';
import { button } from '../ui/dom';
import { sectionStrings as strings } from '../ui/section-strings';
import type { WorkshopContext } from '../workshop';
import { createCarving } from './carving';
import { createControls } from './controls';
import { EVERYWHERE, isIn, uncutLayers, type Cut } from './cut';
import { extentOf } from './extent';
import { boxArea, cutOf, headingTowards, nearestOf, NOTHING_CUT, planHeight, storeyAt, type Settings } from './settings';

/** Whoever looks down on a storey sees all of a house, and can still read it. */
const ABOVE_M = 22;
const PLAN_PITCH = (-62 * Math.PI) / 180;

export interface SectionOptions extends WorkshopContext {
  /** Those that can be cut by storey. */
  readonly buildings: () => readonly Building[];
}

export interface Section {
  /** Whether a building stands at a point of the world that can be cut open. */
  canOpen(point: Vec3 | undefined): boolean;
  /** Cuts that building open towards the eye. */
  openAt(point: Vec3 | undefined): void;
  reset(): void;
  readonly isOn: boolean;
  /** Looks whether there is anything to look into, and whether the city is another. */
  frame(): void;
}

export function createSection(options: SectionOptions): Section {
  const { materials, stage, body, picking, viewer, hud, panel, placing, buildings, manifest, changed, cityChanged } = options;
  const carving = createCarving(materials, stage);
  let settings = NOTHING_CUT;
  /** The city that it was cut in last. */
  let city: Manifest | undefined;

  const opener = button(strings.tool, 'tool', open);
  opener.hidden = true;
  const reset = button(strings.reset, 'tool show-all', () => {
    showAll();
    hud.announce(strings.nothingCut);
  });
  reset.hidden = true;
  hud.tools.prepend(opener);
  hud.masthead.append(reset);
  const controls = createControls({
    set: apply,
    choose: (building) => apply(begin(building)),
    announce: hud.announce,
    facing,
    fromAbove() {
      placing.lookDownAt([settings.area.x, settings.storey?.floor ?? viewer.y, settings.area.z], ABOVE_M);
      viewer.pitch = PLAN_PITCH;
    },
    reset: () => reset.click(),
  });

  function facing(now: Settings): Settings {
    return { ...now, side: { heading: headingTowards(now, viewer, viewer.yaw), offset: now.side?.offset ?? 0 } };
  }

  /** What is shown first: the storey one is on, or, of what has none, a cut from the side. */
  function begin(building: Building | undefined): Settings {
    const storey = building && storeyAt(building, body.walker?.feet.y ?? viewer.y);
    const area = building ? extentOf(building, options.city.shown(), manifest()?.layers ?? []) : { ...EVERYWHERE, x: viewer.x, z: viewer.z };
    const first: Settings = { building, area, storey, height: storey ? planHeight(storey) : 0, side: undefined };
    return storey ? first : facing(first);
  }

  function apply(next: Settings): void {
    const cut = cutOf(next);
    settings = next;
    // Until the shaders are made all stays as it was, to the eye, the hand and the feet alike.
    void carving.prepare().then(() => settings === next && put(cut));
    controls.show(buildings(), settings);
  }

  function put(cut: Cut | undefined): void {
    carving.show(cut);
    picking.cut(cut);
    city = manifest();
    body.cut(cut, uncutLayers(city?.layers ?? []));
    opener.setAttribute('aria-pressed', String(cut !== undefined));
    if (!cut && reset === document.activeElement) stage.renderer.domElement.focus({ preventScroll: true });
    reset.hidden = cut === undefined;
    cityChanged();
    changed();
  }

  function buildingAt(point: Vec3 | undefined): Building | undefined {
    return point && buildings().find((building) => isIn(boxArea(building), point[0], point[2]));
  }

  function open(): void {
    panel.show({ title: strings.title, content: [controls.root] });
    apply(isOn() ? settings : begin(nearestOf(buildings(), viewer)));
  }

  function isOn(): boolean {
    return cutOf(settings) !== undefined;
  }

  function showAll(): void {
    apply({ ...settings, storey: undefined, side: undefined });
  }

  return {
    canOpen: (point) => buildingAt(point) !== undefined,
    openAt(point) {
      const building = buildingAt(point);
      if (building) apply(facing({ ...begin(building), storey: undefined }));
    },
    reset: showAll,
    get isOn() {
      return isOn();
    },
    frame() {
      opener.hidden = buildings().length === 0 && !isOn();
      if (city !== manifest() && isOn()) apply(settings);
    },
  };
}
