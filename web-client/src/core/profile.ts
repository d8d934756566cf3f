/** What a kind of device can hold and draw, told to the server in `hello`. */
export interface DeviceProfile {
  readonly name: 'desktop' | 'phone' | 'headset';
  /** Most tile and collider content (as sent) the server may leave with this client, bytes. */
  readonly budgetBytes: number;
  /** Most decoded geometry kept, bytes; beyond it the client evicts by itself. */
  readonly memoryBytes: number;
  readonly shadows: boolean;
  readonly maxPixelRatio: number;
}

const MIB = 1024 * 1024;

const DESKTOP: DeviceProfile = {
  name: 'desktop',
  budgetBytes: 192 * MIB,
  memoryBytes: 768 * MIB,
  shadows: true,
  maxPixelRatio: 2,
};
const PHONE: DeviceProfile = {
  name: 'phone',
  budgetBytes: 48 * MIB,
  memoryBytes: 192 * MIB,
  shadows: false,
  maxPixelRatio: 1.5,
};
const HEADSET: DeviceProfile = {
  name: 'headset',
  budgetBytes: 64 * MIB,
  memoryBytes: 256 * MIB,
  shadows: false,
  maxPixelRatio: 1,
};

/** Headsets name themselves in the user agent; a phone has only a coarse pointer and a small screen. */
export function deviceProfile(): DeviceProfile {
  if (/OculusBrowser|Quest|Pico|VisionOS/i.test(navigator.userAgent)) return HEADSET;
  const small = Math.min(screen.width, screen.height) < 600;
  return small && matchMedia('(pointer: coarse)').matches ? PHONE : DESKTOP;
}

/** Most decoded content that is held, bytes: the profile's, or less where the address asks for it (`?memory=`, MiB). */
export function memoryCap({ memoryBytes }: DeviceProfile, search: string): number {
  const wanted = Number(new URLSearchParams(search).get('memory') ?? Infinity);
  return wanted > 0 ? Math.min(memoryBytes, wanted * MIB) : memoryBytes;
}
