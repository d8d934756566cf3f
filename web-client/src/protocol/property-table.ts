/** Reads rows of an EXT_structural_metadata property table, only when someone asks. */
import { ProtocolError } from './fields';
import { bufferViewBytes, type Glb, type MetadataProperty } from './glb';

export type PropertyValue = string | number | boolean;

interface Column {
  readonly label: string;
  readonly property: MetadataProperty;
  /** Without them every row is the property's default. */
  readonly values: Uint8Array | undefined;
  readonly offsets: Uint8Array | undefined;
  readonly offsetBytes: number;
}

/** One tile's property table as raw columns; structured-cloneable, so that a worker can send it. */
export interface PropertyTable {
  readonly count: number;
  readonly columns: Readonly<Record<string, Column>>;
}

const MAX_ROWS = 65_536;
const MAX_COLUMNS = 4_096;
const OFFSET_BYTES: Readonly<Record<string, number>> = { UINT8: 1, UINT16: 2, UINT32: 4 };

/** Copies property table 0 out of a GLB; `undefined` where it has none. */
export function propertyTable(glb: Glb): PropertyTable | undefined {
  const metadata = glb.json.extensions?.EXT_structural_metadata;
  const table = metadata?.propertyTables[0];
  if (!metadata || !table) return undefined;
  const properties = metadata.schema.classes[table.class]?.properties ?? {};
  const entries = Object.entries(properties);
  if (!(table.count >= 0 && table.count <= MAX_ROWS) || entries.length > MAX_COLUMNS) {
    throw new ProtocolError("a tile's property table is too large");
  }
  const columns: Record<string, Column> = {};
  for (const [key, property] of entries) {
    const stored = table.properties[key];
    const column: Column = {
      label: property.name ?? key,
      property,
      values: stored && bufferViewBytes(glb, stored.values).slice(),
      offsets: stored?.stringOffsets === undefined ? undefined : bufferViewBytes(glb, stored.stringOffsets).slice(),
      offsetBytes: OFFSET_BYTES[stored?.stringOffsetType ?? 'UINT32'] ?? 4,
    };
    checkLength(key, column, table.count);
    columns[key] = column;
  }
  return { count: table.count, columns };
}

function checkLength(key: string, { property, values, offsets, offsetBytes }: Column, count: number): void {
  if (!values) return;
  const needed =
    property.type === 'STRING'
      ? (offsets?.length ?? 0) - (count + 1) * offsetBytes
      : property.type === 'BOOLEAN'
        ? values.length - Math.ceil(count / 8)
        : values.length - count * numberOf(property).bytes;
  if (needed < 0) throw new ProtocolError(`property "${key}" is cut short`);
}

interface NumberType {
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => number;
}

const NUMBERS: Readonly<Record<string, NumberType>> = {
  INT8: { bytes: 1, read: (view, at) => view.getInt8(at) },
  INT16: { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  INT32: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  FLOAT32: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  FLOAT64: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
};

function numberOf({ type, componentType = '' }: MetadataProperty): NumberType {
  const found = type === 'SCALAR' ? NUMBERS[componentType] : undefined;
  if (!found) throw new ProtocolError(`a property of type ${type} ${componentType} is unknown`);
  return found;
}

/** One value, `undefined` where it is the property's `noData`. */
export function readValue(table: PropertyTable, key: string, row: number): PropertyValue | undefined {
  const column = table.columns[key];
  if (!column || !(row >= 0 && row < table.count)) return undefined;
  const { property, values } = column;
  if (!values) return ['string', 'number', 'boolean'].includes(typeof property.default) ? property.default : undefined;
  if (property.type === 'BOOLEAN') return (values[row >> 3] & (1 << (row & 7))) !== 0;
  if (property.type === 'STRING') {
    const text = new TextDecoder().decode(stringBytes(column, row));
    return text === (property.noData ?? '') ? undefined : text;
  }
  const { bytes, read } = numberOf(property);
  const value = read(new DataView(values.buffer, values.byteOffset, values.byteLength), row * bytes);
  return value === property.noData ? undefined : value;
}

/** UTF-8 bytes of a string value, without making a string. */
export function stringBytes({ values, offsets, offsetBytes }: Column, row: number): Uint8Array {
  if (!offsets || !values) return new Uint8Array(0);
  const view = new DataView(offsets.buffer, offsets.byteOffset, offsets.byteLength);
  const at = (index: number): number =>
    offsetBytes === 4
      ? view.getUint32(index * 4, true)
      : offsetBytes === 2
        ? view.getUint16(index * 2, true)
        : view.getUint8(index);
  return values.subarray(at(row), at(row + 1));
}

/** The row whose `id` is this identity, −1 where the table hasn't got it. */
export function findRow(table: PropertyTable, id: string): number {
  const column = table.columns.id;
  if (!column) return -1;
  const wanted = new TextEncoder().encode(id);
  for (let row = 0; row < table.count; row += 1) {
    const bytes = stringBytes(column, row);
    if (bytes.length === wanted.length && bytes.every((byte, i) => byte === wanted[i])) return row;
  }
  return -1;
}
