/** How the host looks at what she places: from above or from the street, and back to where she stood. */
import type { WorkshopContext } from '../workshop';
import { sceneToWorld, type Vec3 } from '../core/frames';

export interface Outlook {
  /** From above, turned around this point of the scene frame; @param size of what is looked at, metres. */
  above(middle: Vec3, size: number): void;
  /** On foot again, where she stood, looking at this point. */
  street(towards: Vec3): void;
  /** Turned by an eighth around what is looked at. */
  otherSide(): void;
  /** As it was before. */
  back(): void;
}

/** How many of its sizes one looks at it from. */
const SIZES_AWAY = 2.6;
const NEAREST_M = 32;
/** On a phone held upright the picture is narrow, and the panel covers its lower part: one looks at what is nearer. */
const UPRIGHT_FARTHER = 1.35;
const UPRIGHT_NEARER = 0.32;

export function createOutlook({ viewer, modes, placing, stage, changed }: Pick<WorkshopContext, 'viewer' | 'modes' | 'placing' | 'stage' | 'changed'>): Outlook {
  const { yaw, pitch } = viewer;
  const wasOrbiting = modes.orbiting;

  return {
    above(middle, size) {
      const { width, height } = stage.size;
      const isUpright = width < height;
      const metres = Math.max(NEAREST_M, SIZES_AWAY * size) * (isUpright ? UPRIGHT_FARTHER : 1);
      const nearer = isUpright ? UPRIGHT_NEARER * metres : 0;
      const [x, y, z] = sceneToWorld(middle);
      placing.lookDownAt([x + Math.sin(viewer.yaw) * nearer, y, z + Math.cos(viewer.yaw) * nearer], metres);
    },
    street(towards) {
      placing.setOrbit(false);
      const [x, , z] = sceneToWorld(towards);
      viewer.yaw = Math.atan2(viewer.x - x, viewer.z - z);
      changed();
    },
    otherSide() {
      viewer.yaw += Math.PI / 4;
      changed();
    },
    back() {
      placing.setOrbit(wasOrbiting);
      viewer.yaw = yaw;
      viewer.pitch = pitch;
      changed();
    },
  };
}
