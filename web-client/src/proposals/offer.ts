/** Offers to propose a building, to hosts alone: the server says who is one. */
import { invitation } from '../net/identity';
import type { WorkshopContext } from '../workshop';
import type { Proposals } from './proposals';
import { createService, RefusedError } from './service';

/** @returns undefined to who may not. */
export async function offerProposals(context: WorkshopContext): Promise<Proposals | undefined> {
  const { scene } = context.session;
  const token = invitation(scene);
  if (token === undefined) return undefined;
  const service = createService(scene, token);
  try {
    const [list, { createProposals }] = await Promise.all([service.list(), import('./proposals')]);
    return createProposals(context, service, list);
  } catch (error) {
    if (error instanceof RefusedError) return undefined;
    throw error;
  }
}
