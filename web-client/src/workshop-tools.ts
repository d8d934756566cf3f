/** The tools to work on buildings with, a line each. Loaded when the first picture is whole. */
import { offerProposals } from './proposals/offer';
import { createSection } from './section/section';
import type { WorkshopContext } from './workshop';

/** What other parts of the client may ask of them. */
export type WorkshopTools = ReturnType<typeof createWorkshopTools>;

export function createWorkshopTools(context: WorkshopContext) {
  return {
    section: createSection(context),
    proposals: offerProposals(context),
  };
}
