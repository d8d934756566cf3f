/** Reads rows of an EXT_structural_metadata property table, only when someone asks. */
import { ProtocolError } from './fields';
import { bufferViewBytes, type Glb, type MetadataProperty } from './glb';

export type PropertyValue = string | number | boolean;

interface Column {
  readonly label: string;
  readonly property: MetadataProperty;
  readonly values: Uint8Array;
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
  const entries = Object.entries(table.properties);
  if (!(table.count >= 0 && table.count <= MAX_ROWS) || entries.length > MAX_COLUMNS) {
    throw new ProtocolError("a tile's property table is too large");
  }
  const columns: Record<string, Column> = {};
  for (const [key, { values, stringOffsets, stringOffsetType }] of entries) {
    const property = properties[key];
    if (!property) throw new ProtocolError(`property "${key}" isn't in its class`);
    const column: Column = {
      label: property.name ?? key,
      property,
      values: bufferViewBytes(glb, values).slice(),
      offsets: stringOffsets === undefined ? undefined : bufferViewBytes(glb, stringOffsets).slice(),
      offsetBytes: OFFSET_BYTES[stringOffsetType ?? 'UINT32'] ?? 4,
    };
    checkLength(key, column, table.count);
    columns[key] = column;
  }
  return { count: table.count, columns };
}

function checkLength(key: string, { property, values, offsets, offsetBytes }: Column, count: number): void {
  const needed =
    property.type === 'STRING'
      ? (offsets?.length ?? 0) - (count + 1) * offsetBytes
      : property.type === 'BOOLEAN'
        ? values.length - Math.ceil(count / 8)
        : values.length - count * scalarBytes(property);
  if (needed < 0) throw new ProtocolError(`property "${key}" is cut short`);
}

function scalarBytes({ type, componentType }: MetadataProperty): number {
  if (type !== 'SCALAR' || componentType !== 'FLOAT64') {
    throw new ProtocolError(`a property of type ${type} ${componentType ?? ''} is unknown`);
  }
  return 8;
}

/** One value, `undefined` where it is the property's `noData`. */
export function readValue(table: PropertyTable, key: string, row: number): PropertyValue | undefined {
  const column = table.columns[key];
  if (!column || !(row >= 0 && row < table.count)) return undefined;
  const { property, values } = column;
  if (property.type === 'BOOLEAN') return (values[row >> 3] & (1 << (row & 7))) !== 0;
  if (property.type === 'STRING') {
    const text = new TextDecoder().decode(stringBytes(column, row));
    return text === (property.noData ?? '') ? undefined : text;
  }
  const value = new DataView(values.buffer, values.byteOffset).getFloat64(row * 8, true);
  return value === property.noData ? undefined : value;
}

/** UTF-8 bytes of a string value, without making a string. */
export function stringBytes({ values, offsets, offsetBytes }: Column, row: number): Uint8Array {
  if (!offsets) return values.subarray(0, 0);
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
