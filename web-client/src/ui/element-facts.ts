/** What the panel says about a part of a detailed building (docs/mapping/ifc.md): in plain words first, then all of it. */
import type { Attribute, Feature } from '../pick/feature';
import { elementStrings as words } from './element-strings';
import { measure, readable, type Row } from './facts';
import { plainLabel } from './strings';

/** All that one property set says, names as the file has them. */
export interface PropertySet {
  readonly name: string;
  readonly rows: readonly Row[];
}

interface Fact {
  readonly label: string;
  /** Names of properties, the best first; without a set those of the element's own attributes. */
  readonly names: readonly string[];
  readonly is: 'number' | 'string' | 'boolean';
}

interface Property {
  readonly set: string;
  readonly name: string;
  readonly value: Attribute['value'];
  readonly unit: string;
}

const UNIT = '.uom';
const CLASS = 'ifcClass';
const ROLES = /^(Exterior|Interior|Foundation)(?=[A-Z])/;
/** Of these it matters to people whether they are inside. */
const TWO_SIDED: ReadonlySet<string> = new Set(['Wall', 'Door', 'Window']);
/** What a file says where it says nothing. */
const UNSAID: ReadonlySet<string> = new Set(['', 'NOTDEFINED', 'UNDEFINED', 'USERDEFINED', 'UNKNOWN', 'UNSET', 'U', 'N/A', '-']);
/** Sets that buildingSMART defines come before those of a program. */
const STANDARD = /^(Pset_|Qto_|BaseQuantities$)/;
const LISTED = /^(material|classification)\.\d+$/;
const MOST_MATERIALS = 4;

const { facts: labels } = words;
const FACTS: readonly Fact[] = [
  { label: labels.fire, names: ['FireRating'], is: 'string' },
  { label: labels.load, names: ['LoadBearing'], is: 'boolean' },
  { label: labels.external, names: ['IsExternal'], is: 'boolean' },
  { label: labels.exit, names: ['FireExit'], is: 'boolean' },
  { label: labels.access, names: ['HandicapAccessible'], is: 'boolean' },
  { label: labels.sound, names: ['AcousticRating'], is: 'string' },
  { label: labels.heat, names: ['ThermalTransmittance'], is: 'number' },
  { label: labels.length, names: ['Length'], is: 'number' },
  { label: labels.width, names: ['overallWidth', 'Width'], is: 'number' },
  { label: labels.height, names: ['overallHeight', 'Height', 'ClearHeight'], is: 'number' },
  { label: labels.thickness, names: ['Thickness'], is: 'number' },
  { label: labels.area, names: ['NetFloorArea', 'NetSideArea', 'NetArea', 'GrossFloorArea', 'GrossSideArea', 'GrossArea', 'Area'], is: 'number' },
  { label: labels.volume, names: ['NetVolume', 'GrossVolume', 'Volume'], is: 'number' },
  { label: labels.steps, names: ['NumberOfRisers', 'NumberOfRiser'], is: 'number' },
  { label: labels.riser, names: ['RiserHeight', 'riserHeight'], is: 'number' },
  { label: labels.tread, names: ['TreadLength', 'treadLength'], is: 'number' },
];

/** Whether it is from a building model. */
export function isElement({ attributes }: Feature): boolean {
  return attributes.some(({ label }) => label === CLASS);
}

/** `InteriorWall` → `Interior wall`, `InteriorStairFlight` → `Flight of stairs`. */
export function elementKind(feature: Feature): string {
  const { className } = feature;
  const bare = className.replace(ROLES, '');
  const type = words.types.get(String(own(feature, 'predefinedType') ?? ''));
  const kind = type ?? words.kinds.get(bare) ?? plainLabel(bare.charAt(0).toLowerCase() + bare.slice(1));
  const role = TWO_SIDED.has(bare) ? ROLES.exec(className)?.[0] : undefined;
  return role && !type ? `${role} ${kind.toLowerCase()}` : kind;
}

/** What people ask first, in the order of FACTS. */
export function plainFacts(feature: Feature): Row[] {
  const properties = propertiesOf(feature);
  const materials = properties.filter(({ set, name }) => set === '' && /^material(\.\d+)?$/.test(name)).map(({ value }) => String(value));
  const different = [...new Set(materials)].slice(0, MOST_MATERIALS);
  const material: Row[] = different.length > 0 ? [[labels.material, different.join(', ')]] : [];
  const told = FACTS.flatMap(({ label, names, is }): Row[] => {
    const found = best(properties, names, is);
    // IFC calls a wall's thickness its width.
    const called = label === labels.width && feature.className.endsWith('Wall') ? labels.thickness : label;
    return found ? [[called, measure(found.value, found.unit)]] : [];
  });
  return [...material, ...told];
}

/** What it is in, as the file says. */
export function storeyOf(feature: Feature): string {
  return String(own(feature, 'storey') ?? '');
}

/** Everything, by set; the element's own attributes first, under "". */
export function propertySets(feature: Feature): PropertySet[] {
  const sets = new Map<string, Row[]>();
  for (const { set, name, value, unit } of propertiesOf(feature)) {
    const rows = sets.get(set) ?? [];
    sets.set(set, rows);
    rows.push([name, `${readable(value)} ${unit}`.trim()]);
  }
  return [...sets].map(([name, rows]) => ({ name, rows })).sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

function rank({ name }: PropertySet): number {
  if (name === '') return 0;
  return STANDARD.test(name) ? 1 : 2;
}

function own({ attributes }: Feature, wanted: string): Attribute['value'] | undefined {
  return attributes.find(({ label }) => label === wanted)?.value;
}

function propertiesOf({ attributes }: Feature): Property[] {
  const units = new Map(attributes.filter(({ label }) => label.endsWith(UNIT)).map(({ label, value }) => [label.slice(0, -UNIT.length), String(value)]));
  return attributes
    .filter(({ label, value }) => !label.endsWith(UNIT) && value !== '')
    .map(({ label, value }) => {
      const dot = LISTED.test(label) ? -1 : label.indexOf('.');
      return { set: label.slice(0, Math.max(0, dot)), name: label.slice(dot + 1), value, unit: units.get(label) ?? '' };
    });
}

function best(properties: readonly Property[], names: readonly string[], is: Fact['is']): Property | undefined {
  for (const wanted of names) {
    const found = properties.filter(({ name, value }) => name === wanted && typeof value === is && value !== wanted && value !== 0 && !UNSAID.has(String(value).toUpperCase()));
    if (found.length > 0) return found.find(({ set }) => set === '' || STANDARD.test(set)) ?? found[0];
  }
  return undefined;
}
