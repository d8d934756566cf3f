/** What a comment hangs on: a point, the identity of a feature, and the viewpoint. */
import { viewerOrientation, worldToScene, worldToSceneOrientation, type Quat, type Vec3 } from '../core/frames';
import type { Spot } from '../pick/picking';
import type { Seen } from '../protocol/messages';
import type { CutPlane } from '../section/cut';
import { headline } from '../ui/facts';
import { companyStrings } from '../ui/company-strings';
import type { Viewer } from '../walk/viewer';

export interface CommentPin extends Seen {
  /** Identity of the feature, or "". */
  readonly feature: string;
  /** How the place is called. */
  readonly place: string;
  /** The point, scene frame. */
  readonly position: Vec3;
  readonly eye: Vec3;
  readonly orientation: Quat;
}

/** What one looks at and with. */
export interface Sight {
  readonly variant: string;
  /** Radians. */
  readonly fov: number;
}

const PER_METRE = 1000;
const PER_ONE = 1e6;

export function pinAt({ feature, point, planes }: Spot, viewer: Viewer, { variant, fov }: Sight): CommentPin {
  const eye = rounded(worldToScene([viewer.x, viewer.y, viewer.z]), PER_METRE);
  return {
    feature: feature?.id ?? '',
    place: feature ? headline(feature, undefined) : point ? companyStrings.comments.ground : companyStrings.comments.here,
    position: point ? rounded(worldToScene(point), PER_METRE) : eye,
    eye,
    orientation: rounded(worldToSceneOrientation(viewerOrientation(viewer.yaw, viewer.pitch)), PER_ONE),
    ...(variant && { variant }),
    fov: Math.round(fov * PER_ONE) / PER_ONE,
    ...(planes && { planes: planes.map(planeInScene) }),
  };
}

/** Its point that is nearest to the origin, and where nothing is shown. */
function planeInScene({ normal, distance }: CutPlane): readonly number[] {
  const [x, y, z] = normal;
  return [...rounded(worldToScene([x * distance, y * distance, z * distance]), PER_METRE), ...rounded(worldToScene(normal), PER_ONE)];
}

/** So that numbers are the same after a reload; a zero has no sign. */
function rounded<T extends readonly number[]>(values: T, per: number): T {
  return values.map((value) => Math.round(value * per) / per + 0) as unknown as T;
}
