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

export function createOutlook({ viewer, modes, placing, changed }: Pick<WorkshopContext, 'viewer' | 'modes' | 'placing' | 'changed'>): Outlook {
  const { yaw, pitch } = viewer;
  const wasOrbiting = modes.orbiting;

  return {
    above: (middle, size) => placing.lookDownAt(sceneToWorld(middle), Math.max(NEAREST_M, SIZES_AWAY * size)),
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
