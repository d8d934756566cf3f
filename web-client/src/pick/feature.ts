/** What is known of a picked CityObject: from its tile's property table, then from the server. */
import { readValue, type PropertyTable, type PropertyValue } from '../protocol/property-table';

export interface Feature {
  readonly id: string;
  readonly className: string;
  readonly name: string;
  readonly address: string;
  /** Identity of the object this one is a part of, or "". */
  readonly parent: string;
  /** `measured`, `imagined`, … as in scene.json. */
  readonly reality: string;
  readonly attributes: readonly Attribute[];
}

export interface Attribute {
  readonly label: string;
  readonly value: PropertyValue;
}

const OWN_KEYS: ReadonlySet<string> = new Set(['id', 'class', 'name', 'address', 'parent']);

export function featureOfRow(table: PropertyTable, row: number, reality: string): Feature {
  const text = (key: string): string => String(readValue(table, key, row) ?? '');
  const attributes: Attribute[] = [];
  for (const [key, { label }] of Object.entries(table.columns)) {
    if (OWN_KEYS.has(key)) continue;
    const value = readValue(table, key, row);
    if (value !== undefined) attributes.push({ label, value });
  }
  return {
    id: text('id'),
    className: text('class'),
    name: text('name'),
    address: text('address'),
    parent: text('parent'),
    reality,
    attributes,
  };
}

/** Asks the server for one feature; `undefined` where it hasn't got it or can't be reached. */
export async function fetchFeature(scene: string, id: string): Promise<Feature | undefined> {
  try {
    const url = `/scenes/${encodeURIComponent(scene)}/features?id=${encodeURIComponent(id)}`;
    const response = await fetch(url, { headers: { Accept: 'application/json' } });
    if (!response.ok) return undefined;
    return featureOfJson(await response.json());
  } catch {
    return undefined;
  }
}

/** Reads the server's answer: one feature, or a list with one in it. */
export function featureOfJson(body: unknown): Feature | undefined {
  const list = (body as { features?: unknown }).features;
  const item = (Array.isArray(list) ? list[0] : body) as Record<string, unknown> | undefined;
  if (!item || typeof item.id !== 'string') return undefined;
  const text = (key: string): string => (typeof item[key] === 'string' ? item[key] : '');
  return {
    id: item.id,
    className: text('class'),
    name: text('name'),
    address: text('address'),
    parent: text('parent'),
    reality: text('reality'),
    attributes: Object.entries((item.attributes ?? {}) as Record<string, unknown>).flatMap(
      ([label, value]) =>
        typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
          ? [{ label, value }]
          : [],
    ),
  };
}
