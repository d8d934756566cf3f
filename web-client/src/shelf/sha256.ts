/**
 * SHA-256 (FIPS 180-4): the browser's, and a plain one for pages that aren't secure, which have none.
 */
const BLOCK = 64;

/** The constants are computed: the first 32 bits of the fractional parts of the roots of the first 64 primes (4.2.2, 5.3.3). */
function roots(power: number, count: number): Uint32Array {
  const found = new Uint32Array(count);
  for (let candidate = 2, at = 0; at < count; candidate += 1) {
    if (isPrime(candidate)) found[at++] = (candidate ** power % 1) * 2 ** 32;
  }
  return found;
}

function isPrime(number: number): boolean {
  for (let factor = 2; factor * factor <= number; factor += 1) if (number % factor === 0) return false;
  return true;
}

const K = roots(1 / 3, 64);
const START = roots(1 / 2, 8);

export async function sha256(content: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const { subtle } = globalThis.crypto as { subtle?: SubtleCrypto };
  return subtle ? new Uint8Array(await subtle.digest('SHA-256', content)) : plainSha256(content);
}

export function plainSha256(content: Uint8Array): Uint8Array {
  const state = START.slice();
  const words = new Uint32Array(BLOCK);
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const whole = content.byteLength - (content.byteLength % BLOCK);
  for (let at = 0; at < whole; at += BLOCK) compress(state, words, view, at);
  const rest = content.byteLength - whole;
  const padded = new DataView(new ArrayBuffer(rest + 9 > BLOCK ? 2 * BLOCK : BLOCK));
  new Uint8Array(padded.buffer).set(content.subarray(whole));
  padded.setUint8(rest, 0x80);
  padded.setUint32(padded.byteLength - 8, Math.floor(content.byteLength / 2 ** 29));
  padded.setUint32(padded.byteLength - 4, (content.byteLength * 8) >>> 0);
  for (let at = 0; at < padded.byteLength; at += BLOCK) compress(state, words, padded, at);
  const digest = new DataView(new ArrayBuffer(32));
  state.forEach((word, i) => digest.setUint32(4 * i, word));
  return new Uint8Array(digest.buffer);
}

/** One block (6.2.2); `words` is room for its schedule. */
function compress(state: Uint32Array, words: Uint32Array, block: DataView, start: number): void {
  for (let i = 0; i < 16; i += 1) words[i] = block.getUint32(start + 4 * i);
  for (let i = 16; i < 64; i += 1) {
    const early = words[i - 15];
    const late = words[i - 2];
    const small = ((early >>> 7) | (early << 25)) ^ ((early >>> 18) | (early << 14)) ^ (early >>> 3);
    const large = ((late >>> 17) | (late << 15)) ^ ((late >>> 19) | (late << 13)) ^ (late >>> 10);
    words[i] = (words[i - 16] + small + words[i - 7] + large) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i += 1) {
    const turnedE = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const first = (h + turnedE + ((e & f) ^ (~e & g)) + K[i] + words[i]) | 0;
    const turnedA = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const second = (turnedA + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  const added = [a, b, c, d, e, f, g, h];
  for (let i = 0; i < 8; i += 1) state[i] += added[i];
}
