/** What the panel says about a feature: which rows, in which order, in which words. */
import type { Attribute, Feature } from '../pick/feature';
import { formatNumber, plainLabel, strings } from './strings';

export type Row = readonly [label: string, value: string];

export interface Facts {
  /** What CityGML defines and a visitor understands, most important first. */
  readonly main: readonly Row[];
  /** The rest, folded away. */
  readonly more: readonly Row[];
}

/** CityGML's own attributes that tell a visitor most; others follow as the source has them. */
const FIRST = [
  'function',
  'usage',
  'class',
  'yearOfConstruction',
  'yearOfDemolition',
  'storeysAboveGround',
  'storeysBelowGround',
  'measuredHeight',
  'roofType',
];
/** Attributes that many sources fill with numbers of a code list, which tell a visitor nothing. */
const CODED: ReadonlySet<string> = new Set(['function', 'usage', 'class', 'roofType']);
const UNIT = '.uom';
const UNITS: ReadonlyMap<string, string> = new Map([
  ['m', 'metres'],
  ['m2', 'square metres'],
  ['m3', 'cubic metres'],
  ['km', 'kilometres'],
  ['cm', 'centimetres'],
  ['mm', 'millimetres'],
  ['degree', 'degrees'],
]);
/** Digits that tell people anything of a measure. */
const TOLD_DIGITS = 3;

export function factsOf(feature: Feature): Facts {
  const { attributes } = feature;
  const units = new Map(
    attributes
      .filter(({ label }) => label.endsWith(UNIT))
      .map(({ label, value }) => [label.slice(0, -UNIT.length), unitName(String(value))]),
  );
  const told = attributes.filter((attribute) => tells(attribute, feature)).sort((a, b) => rank(a) - rank(b));
  const known = told.filter((attribute) => rank(attribute) < FIRST.length).length;
  const rows = told.map(({ label, value }): Row => [plainLabel(label), `${readable(value)} ${units.get(label) ?? ''}`.trim()]);
  return { main: rows.slice(0, known), more: rows.slice(known) };
}

/** `BuildingPart` → `Building part`. */
export function kind(feature: Feature): string {
  return plainLabel(feature.className.charAt(0).toLowerCase() + feature.className.slice(1));
}

/** A name with letters in it, else the address, else the kind. */
export function headline(feature: Feature, parent: Feature | undefined): string {
  const spoken = [feature.name, parent?.name ?? ''].find((name) => /\p{L}{2}/u.test(name));
  return spoken || feature.address || parent?.address || kind(feature) || strings.unnamed;
}

function tells({ label, value }: Attribute, { address }: Feature): boolean {
  if (label.endsWith(UNIT) || value === '') return false;
  return address === '' || !label.startsWith('address.');
}

function rank({ label, value }: Attribute): number {
  const place = FIRST.indexOf(label);
  const code = CODED.has(label) && !/\p{L}{3}/u.test(String(value));
  return place < 0 || code ? FIRST.length : place;
}

/** `urn:ogc:def:uom:UCUM::m` → `metres`. */
function unitName(uom: string): string {
  const symbol = uom.split(/[:/#]/).at(-1) ?? '';
  return UNITS.get(symbol) ?? symbol;
}

/** A measure in words, no finer than anybody wants to know; what isn't measured as it is. */
export function measure(value: Attribute['value'], unit: string): string {
  if (typeof value !== 'number' || unit === '') return readable(value);
  const small = unit === 'm' && Math.abs(value) < 1;
  const told = Number((small ? 100 * value : value).toPrecision(TOLD_DIGITS));
  return `${formatNumber(told)} ${unitName(small ? 'cm' : unit)}`;
}

export function readable(value: Attribute['value']): string {
  if (typeof value === 'boolean') return value ? strings.yes : strings.no;
  return typeof value === 'number' ? formatNumber(value) : value;
}
