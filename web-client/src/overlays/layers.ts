/** What can be seen of the live city, sorted by how it looks; and which of that one wants to see. */
import type { StyleRule } from '../protocol/messages';
import type { Sensor } from './sensors';
import { PLAIN, ruleFor, styleOf, type Style } from './style';

/** Sensors that look alike. */
export interface Layer {
  /** Stays what it is while sensors come and go. */
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly style: Style;
  readonly sensors: readonly Sensor[];
  /** What its values are: `measured`, `simulated`, …, each once. */
  readonly realities: readonly string[];
  readonly on: boolean;
}

/** What the server is to send from now on; `properties` undefined: all. */
export interface Wanted {
  readonly properties: readonly string[] | undefined;
  readonly movers: boolean;
}

/**
 * All is shown at first but what colours buildings: that hides what they are like, and whoever comes wants to
 * see the city. A building has one colour at a time, so only one of those layers is on.
 */
export interface Layers {
  /** Sensors or rules are others now. */
  update(sensors: readonly Sensor[], rules: readonly StyleRule[]): void;
  set(name: string, on: boolean): void;
  setAll(on: boolean): void;
  /** In the order of the rules, which is that of their weight; then what has no rule. */
  readonly all: readonly Layer[];
  /** Of things that move. */
  readonly vehicles: { readonly on: boolean };
  readonly wanted: Wanted;
  /** The style of something that moves. */
  styleOfMover(key: string): Style;
}

/** The name of the layer of all that moves. */
export const VEHICLES = 'vehicles';

/** @param changed other layers are there, or others are wanted. */
export function createLayers(changed: () => void): Layers {
  /** What one has chosen, by name. */
  const chosen = new Map<string, boolean>();
  let rules: readonly StyleRule[] = [];
  let styles: readonly Style[] = [];
  let groups: readonly Omit<Layer, 'on'>[] = [];
  let all: readonly Layer[] = [];

  function refresh(): void {
    all = groups.map((group) => ({ ...group, on: chosen.get(group.name) ?? !coloursBuildings(group) }));
    changed();
  }

  function setOne(name: string, on: boolean): void {
    const group = groups.find((one) => one.name === name);
    if (on && group && coloursBuildings(group)) for (const other of groups.filter(coloursBuildings)) chosen.set(other.name, false);
    chosen.set(name, on);
  }

  return {
    update(sensors, nextRules) {
      if (nextRules !== rules) styles = nextRules.map(styleOf);
      rules = nextRules;
      groups = grouped(sensors, rules, styles);
      refresh();
    },
    set(name, on) {
      setOne(name, on);
      refresh();
    },
    setAll(on) {
      // Of those that colour buildings, the weightiest stays.
      for (const name of [VEHICLES, ...groups.map((group) => group.name).reverse()]) setOne(name, on);
      refresh();
    },
    get all() {
      return all;
    },
    vehicles: {
      get on() {
        return chosen.get(VEHICLES) ?? true;
      },
    },
    get wanted() {
      const movers = chosen.get(VEHICLES) ?? true;
      if (all.every(({ on }) => on)) return { properties: undefined, movers };
      const shown = all.filter(({ on }) => on).flatMap(({ sensors }) => sensors.map(({ datastream }) => datastream.observed_property));
      return { properties: [...new Set(shown)], movers };
    },
    styleOfMover: (key) => styles[ruleFor(rules, '', key)] ?? PLAIN,
  };
}

function coloursBuildings({ style }: Pick<Layer, 'style'>): boolean {
  return style.look === 'surface' && style.scale !== undefined;
}

function grouped(sensors: readonly Sensor[], rules: readonly StyleRule[], styles: readonly Style[]): Omit<Layer, 'on'>[] {
  const known = new Map<string, { readonly rule: number; readonly style: Style; readonly sensors: Sensor[] }>();
  for (const sensor of sensors) {
    const { observed_property: property, key } = sensor.datastream;
    const rule = ruleFor(rules, property, key);
    const name = rule < 0 ? `property ${property}` : `rule ${rule}`;
    let group = known.get(name);
    if (!group) known.set(name, (group = { rule: rule < 0 ? rules.length : rule, style: styles[rule] ?? PLAIN, sensors: [] }));
    group.sensors.push(sensor);
  }
  return [...known]
    .sort(([, a], [, b]) => a.rule - b.rule)
    .map(([name, { style, sensors: members }]) => {
      const [{ datastream }] = members;
      const realities = [...new Set(members.map((member) => member.datastream.reality))];
      return { name, title: style.title || datastream.observed_property, unit: datastream.unit, style, sensors: members, realities };
    });
}
