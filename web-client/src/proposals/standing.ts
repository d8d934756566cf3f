/**
 * Where a proposal stands, between the host's hands and the server: a hand's changes show at once and
 * are told when it rests; what the server finds, it finds for good.
 */
import type { Vec3 } from '../core/frames';
import { createHistory } from './history';
import type { Placement, Plan } from './placement';
import { planOf, type Proposal } from './proposal';
import type { Service, Wish } from './service';

export interface StandingOptions {
  readonly service: Pick<Service, 'place'>;
  readonly proposal: Proposal;
  /** Where it stands if nobody has said so yet. */
  readonly inFront: Placement;
  /** Height of the ground, scene frame, metres; undefined where it isn't known here. */
  readonly groundAt: (at: Plan) => number | undefined;
  readonly after: (ms: number, run: () => void) => void;
  /** It stands elsewhere. */
  readonly changed: () => void;
  /** What the server knows of it. */
  readonly told: (proposal: Proposal) => void;
  readonly refused: (error: Error) => void;
}

export interface Standing {
  /** A hand, a key or a field changes it. */
  change(next: Placement, gesture?: string): void;
  letGo(): void;
  undo(): void;
  redo(): void;
  /** Has the server find the place; resolves with false where it can't. */
  ask(wish: Wish): Promise<boolean>;
  /** Resolves when the server knows where it stands. */
  settled(): Promise<void>;
  readonly placement: Placement;
  /** Of the middle of its foot, scene frame. */
  readonly position: Vec3;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
}

const RESTS_AFTER_MS = 180;

export function createStanding({ service, proposal, inFront, groundAt, after, changed, told, refused }: StandingOptions): Standing {
  let { ground, placement } = found(proposal) ?? { ground: groundAt(inFront.at) ?? 0, placement: inFront };
  const history = createHistory(placement);
  let turn = 0;
  /** What the server was last told, or has found. */
  let known: Placement | undefined = proposal.placement ? placement : undefined;
  let telling: Promise<void> | undefined;

  function moved(): void {
    placement = history.state;
    ground = groundAt(placement.at) ?? ground;
    changed();
    turn += 1;
    const mine = turn;
    after(RESTS_AFTER_MS, () => mine === turn && void settled());
  }

  async function tell(): Promise<void> {
    while (known !== placement) {
      const { at, lift, headingDeg } = placement;
      const now = placement;
      known = now;
      const stand = (z: number, onGround: boolean): Promise<Proposal> =>
        service.place(proposal.id, { by: 'hand', position: [...at, z], heading_deg: headingDeg, on_ground: onGround });
      let answer = await stand(ground, true);
      const exact = answer.placement?.position[2] ?? ground;
      if (lift !== 0) answer = await stand(exact + lift, false);
      if (now !== placement) continue;
      ground = exact;
      changed();
      told(answer);
    }
  }

  function settled(): Promise<void> {
    telling ??= tell()
      .catch(refused)
      .finally(() => (telling = undefined));
    return telling;
  }

  if (!known) void settled();
  return {
    change(next, gesture = '') {
      history.set(next, gesture);
      moved();
    },
    letGo: history.letGo,
    undo: () => history.undo() && moved(),
    redo: () => history.redo() && moved(),
    async ask(wish) {
      await settled();
      try {
        const answer = await service.place(proposal.id, wish);
        const place = found(answer);
        if (!place) return false;
        history.set(place.placement, '');
        ({ ground, placement } = place);
        known = placement;
        changed();
        told(answer);
        return true;
      } catch (error) {
        refused(error as Error);
        return false;
      }
    },
    settled,
    get placement() {
      return placement;
    },
    get position(): Vec3 {
      const [x, y] = placement.at;
      return [x, y, ground + placement.lift];
    },
    get canUndo() {
      return history.canUndo;
    },
    get canRedo() {
      return history.canRedo;
    },
  };
}

/** Where the server has it: the ground below it, and how it stands on that. */
function found({ placement, landing }: Proposal): { readonly ground: number; readonly placement: Placement } | undefined {
  if (!placement) return undefined;
  const { position, headingDeg } = placement;
  const lift = Math.round(100 * (landing?.highestGapM ?? 0)) / 100;
  return { ground: position[2] - lift, placement: { at: planOf(position), lift, headingDeg } };
}
