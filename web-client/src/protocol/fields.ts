/** Typed, bounded reading of the fields of a decoded MessagePack map or JSON object. */
import type { Vec3 } from '../core/frames';

/** What a server sent isn't what docs/contract says. */
export class ProtocolError extends Error {}

export type Fields = Readonly<Record<string, unknown>>;

const MAX_STRING = 64 * 1024;
const MAX_LIST = 1 << 20;

function bad(key: string, wanted: string): never {
  throw new ProtocolError(`"${key}" should be ${wanted}`);
}

export function asFields(value: unknown, key: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) bad(key, 'a map');
  return value as Fields;
}

export function number(fields: Fields, key: string): number {
  const value = fields[key];
  if (typeof value !== 'number' || !Number.isFinite(value)) bad(key, 'a finite number');
  return value;
}

export function integer(fields: Fields, key: string): number {
  const value = fields[key];
  if (!Number.isSafeInteger(value)) bad(key, 'a whole number');
  return value as number;
}

export function string(fields: Fields, key: string): string {
  const value = fields[key];
  if (typeof value !== 'string' || value.length > MAX_STRING) bad(key, 'a short text');
  return value;
}

export function optionalString(fields: Fields, key: string): string {
  return fields[key] === undefined || fields[key] === null ? '' : string(fields, key);
}

export function boolean(fields: Fields, key: string): boolean {
  const value = fields[key];
  if (typeof value !== 'boolean') bad(key, 'true or false');
  return value;
}

export function bytes(fields: Fields, key: string): Uint8Array {
  const value = fields[key];
  if (!(value instanceof Uint8Array)) bad(key, 'bytes');
  return value;
}

export function list(fields: Fields, key: string): readonly unknown[] {
  const value = fields[key];
  if (!Array.isArray(value) || value.length > MAX_LIST) bad(key, 'a list');
  return value;
}

export function numbers(fields: Fields, key: string, length?: number): number[] {
  const value = list(fields, key);
  if (length !== undefined && value.length !== length) bad(key, `${length} numbers`);
  for (const item of value) if (!Number.isFinite(item)) bad(key, 'a list of finite numbers');
  return value as number[];
}

export function integers(fields: Fields, key: string, length?: number): number[] {
  const value = numbers(fields, key, length);
  for (const item of value) if (!Number.isSafeInteger(item)) bad(key, 'a list of whole numbers');
  return value;
}

export function vec3(fields: Fields, key: string): Vec3 {
  return numbers(fields, key, 3) as unknown as Vec3;
}

export function hashHex(fields: Fields, key: string): string {
  const value = bytes(fields, key);
  if (value.length !== 16) bad(key, '16 bytes');
  let hex = '';
  for (const byte of value) hex += byte.toString(16).padStart(2, '0');
  return hex;
}
