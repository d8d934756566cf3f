/** What a collider calls a feature (docs/contract/scene.md, "Colliders"): CRC-32, ISO 3309, of its identity. */
const POLYNOMIAL = 0xedb88320;

export function featureKey(identity: string): number {
  let crc = ~0;
  for (const byte of new TextEncoder().encode(identity)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  }
  return ~crc >>> 0;
}
