/** What the person wants, whatever they press, drag or touch. Modes read it; input writes it. */
export interface Intent {
  /** −1 to 1: back to forward, and left to right. */
  forward: number;
  strafe: number;
  /** −1 to 1: left turn is positive; looking up is positive. */
  turn: number;
  look: number;
  run: boolean;
  /** Radians turned by dragging since the last frame. */
  dragYaw: number;
  dragPitch: number;
  /** Steps of the wheel (or pinch) since the last frame; positive is nearer. */
  zoom: number;
}

export function createIntent(): Intent {
  return { forward: 0, strafe: 0, turn: 0, look: 0, run: false, dragYaw: 0, dragPitch: 0, zoom: 0 };
}

/** Forgets what was done once, keeps what is still held. */
export function settleIntent(intent: Intent): void {
  intent.dragYaw = 0;
  intent.dragPitch = 0;
  intent.zoom = 0;
}

export function isStill({ forward, strafe, turn, look, dragYaw, dragPitch, zoom }: Intent): boolean {
  return !(forward || strafe || turn || look || dragYaw || dragPitch || zoom);
}
