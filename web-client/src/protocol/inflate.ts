/** gunzip with a limit, by the browser's own DecompressionStream. */
import { ProtocolError } from './fields';
import type { Encoding } from './messages';

/** Content that inflates beyond this is refused. */
export const MAX_CONTENT_BYTES = 64 * 1024 * 1024;

export async function inflate(
  content: Uint8Array<ArrayBuffer>,
  encoding: Encoding,
  limit = MAX_CONTENT_BYTES,
): Promise<Uint8Array<ArrayBuffer>> {
  if (encoding !== 'gzip') {
    if (content.byteLength > limit) throw new ProtocolError('content is too large');
    return content;
  }
  const reader = new Blob([content]).stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.byteLength;
    if (length > limit) {
      await reader.cancel();
      throw new ProtocolError('content inflates to too much');
    }
    parts.push(value);
  }
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
