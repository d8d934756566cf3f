/** The tools to work on buildings with, a line each. Loaded when the first picture is whole. */
import { createDoors } from './doors/doors';
import { createEyes } from './eyes/eyes';
import { createOverlays } from './overlays/overlays';
import { offerProposals } from './proposals/offer';
import { createSection } from './section/section';
import { createStoreys } from './storeys/storeys';
import { createTime } from './time/time';
import { createWayThere } from './variants/way-there';
import type { WorkshopContext } from './workshop';

/** What other parts of the client may ask of them. */
export type WorkshopTools = ReturnType<typeof createWorkshopTools>;

export function createWorkshopTools(context: WorkshopContext) {
  const storeys = createStoreys(context);
  const doors = createDoors(context);
  const eyes = createEyes(context);
  const section = createSection({ ...context, buildings: () => storeys.buildings });
  const way = createWayThere(context);
  const time = createTime(context);
  const overlays = createOverlays(context);
  return {
    section,
    proposals: offerProposals(context),
    storeys,
    doors,
    time,
    overlays,
    /** @returns whether something moves by itself. */
    frame(seconds: number): boolean {
      storeys.frame();
      section.frame();
      way.frame();
      return [doors.frame(seconds), eyes.frame(seconds), time.frame(), overlays.frame()].includes(true);
    },
  };
}
