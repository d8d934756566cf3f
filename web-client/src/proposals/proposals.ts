/** A host puts a building into the city: choose or drop a file, place it, publish it, replace it. */
import './proposals.css';

import { viewpointOf } from '../consultation/viewpoint';
import { button } from '../ui/dom';
import { proposalStrings as words } from '../ui/proposal-strings';
import type { WorkshopContext } from '../workshop';
import { doneContent } from './done-panel';
import { takeDrops } from './drop';
import { listContent } from './list-panel';
import { PROPOSAL_MARKS } from './marks';
import { createPlacing, type Placing } from './placing';
import type { Proposal, ProposalList } from './proposal';
import { RefusedError, type Publication, type Service } from './service';
import { viewOf } from './visit';
import { createWorkPanel } from './work-panel';

export interface Proposals {
  /** Brings a file as if it had been dropped; resolves when it can be placed, or was refused. */
  bring(file: File): Promise<void>;
}

const AGAIN_MS = 150;
const CHANGES_WITHIN_MS = 60_000;

export function createProposals(context: WorkshopContext, service: Service, first: ProposalList): Proposals {
  const { hud, panel } = context;
  let { mostBytes } = first;
  let placing: Placing | undefined;
  /** What is being sent, read or published now; whatever comes next ends it on this page. */
  let work = new AbortController();

  hud.masthead.append(button(words.tool, 'tool', () => void openList()));
  takeDrops(context.root, (files) => void take(files, undefined));

  async function openList(): Promise<void> {
    try {
      const list = await service.list();
      ({ mostBytes } = list);
      panel.show({
        title: words.title,
        content: listContent(list, {
          bring: (files, revised) => void take(files, revised),
          place: (proposal) => void follow(proposal),
          visit: (proposal) => void visit(proposal),
          takeBack: (proposal) => void done(service.takeBack(proposal.id), words.tookBack(proposal.title || proposal.file)),
          remove: (proposal) => void done(service.remove(proposal.id), words.removed(proposal.title || proposal.file)),
        }),
      });
    } catch (error) {
      refuse(error);
    }
  }

  async function done(asked: Promise<unknown>, said: string): Promise<void> {
    try {
      await asked;
      hud.notice(said);
    } catch (error) {
      refuse(error);
    }
    await openList();
  }

  function refuse(error: unknown): void {
    if ((error as Error).name === 'AbortError') return;
    hud.notice((error as Error).message);
  }

  async function take([file, ...others]: readonly File[], revised: Proposal | undefined): Promise<void> {
    if (!file) return;
    if (others.length > 0) return hud.notice(words.oneAtATime);
    if (file.size === 0) return hud.notice(words.empty);
    if (file.size > mostBytes) return hud.notice(words.tooLarge(mostBytes));
    performance.mark(PROPOSAL_MARKS.dropped);
    const { signal } = begin();
    const form = createWorkPanel(() => {
      work.abort();
      hud.notice(words.cancelled);
      void openList();
    });
    panel.show({ title: words.sending(file.name), content: form.content });
    form.update(words.sending(file.name), 0);
    try {
      const sent = await service.send(file, revised?.id ?? '', (share) => form.update(words.sending(file.name), share), signal);
      performance.mark(PROPOSAL_MARKS.sent);
      await follow(sent, revised !== undefined);
    } catch (error) {
      refuse(error);
      if (!signal.aborted) await openList();
    }
  }

  function begin(): AbortController {
    work.abort();
    work = new AbortController();
    return work;
  }

  /** Shows what is done with it until it can be placed, and then places it. */
  async function follow(proposal: Proposal, isRevised = false): Promise<void> {
    const { signal } = begin();
    const form = createWorkPanel(() => void stop(proposal));
    let isShown = false;
    let now = proposal;
    try {
      while (!canBePlaced(now) && now.phase !== 'failed') {
        if (!isShown) panel.show({ title: words.reading(now.file), content: form.content });
        isShown = true;
        form.update(now.work?.stage ?? words.reading(now.file), now.work?.share);
        now = await service.after(now.id, now.version, signal);
      }
      if (now.phase === 'failed') {
        hud.notice(now.problem);
        return await openList();
      }
      await place(now, isRevised, signal);
      while (now.phase === 'reading') {
        now = await service.after(now.id, now.version, signal);
        placing?.told(now);
      }
    } catch (error) {
      refuse(error);
    }
  }

  async function place(proposal: Proposal, isRevised: boolean, signal: AbortSignal): Promise<void> {
    const { model, preview } = proposal;
    if (!model) return;
    const glb = new Uint8Array(await service.preview(preview, signal));
    placing = createPlacing({
      context,
      service,
      proposal,
      isRevised,
      model,
      glb,
      publish: (placed, publication) => void publish(placed, publication),
      ended() {
        if (placing) hud.notice(words.kept);
        placing = undefined;
      },
    });
    performance.mark(PROPOSAL_MARKS.sketched);
  }

  async function stop(proposal: Proposal): Promise<void> {
    work.abort();
    await done(service.stop(proposal.id), words.cancelled);
  }

  async function publish(proposal: Proposal, publication: Publication): Promise<void> {
    const { signal } = begin();
    const form = createWorkPanel(() => void stop(proposal));
    performance.mark(PROPOSAL_MARKS.asked);
    try {
      placing = undefined;
      panel.show({ title: words.publishing(publication.title), content: form.content });
      form.update(words.publishing(publication.title), undefined);
      let now = proposal;
      // Its shape was here before the rest of the file had been read.
      while (now.phase === 'reading') now = await service.after(now.id, now.version, signal);
      now = await service.publish(proposal.id, publication);
      while (now.phase === 'publishing') {
        form.update(now.work?.stage ?? words.publishing(publication.title), now.work?.share);
        now = await service.after(now.id, now.version, signal);
      }
      if (now.phase !== 'published') throw new RefusedError(0, now.problem);
      await changeTo(now.variant);
      performance.mark(PROPOSAL_MARKS.published);
      panel.show({
        title: words.done,
        content: doneContent(now, {
          visit: () => void visit(now),
          all: () => void openList(),
          comment: (id) => context.company.consultation?.all().find((comment) => comment.id === id),
          goTo(comment) {
            const manifest = context.manifest();
            const viewpoint = manifest && viewpointOf(comment, manifest);
            if (viewpoint) context.placing.goTo(viewpoint);
          },
        }),
      });
    } catch (error) {
      refuse(error);
      if (!signal.aborted) await openList();
    }
  }

  /** The scene with the new variant comes by the stream, like that of everyone. */
  async function changeTo(variant: string): Promise<boolean> {
    const end = performance.now() + CHANGES_WITHIN_MS;
    while (performance.now() < end) {
      if (context.variation.variants?.choose(variant)) return true;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
    return false;
  }

  async function visit({ variant, placement, model }: Proposal): Promise<void> {
    await changeTo(variant);
    if (!placement) return;
    const { feet, yaw } = await viewOf({ variant, ...placement, size: sizeOf(model) }, context.picking);
    if (context.modes.orbiting) context.placing.setOrbit(false);
    context.placing.standAt(feet, yaw, 0);
    panel.close();
  }

  return { bring: (file) => take([file], undefined) };
}

/** The preview is enough to place it by. */
function canBePlaced({ phase, preview, model }: Proposal): boolean {
  return preview !== '' && model !== undefined && phase !== 'publishing' && phase !== 'failed';
}

function sizeOf(model: Proposal['model']): number {
  if (!model) return 0;
  const [least, greatest] = model.box;
  return Math.max(greatest[0] - least[0], greatest[1] - least[1]);
}
