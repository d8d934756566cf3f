/** Commenting in the headset: point, press A or X, choose a short phrase, or speak where that stays on the device. */
import type { Scene, Vector3 } from 'three';

import { localDictation, type Dictation } from '../consultation/dictation';
import type { Consultation } from '../consultation/consultation';
import type { Picking, Spot } from '../pick/picking';
import type { Section } from '../section/section';
import { companyStrings } from '../ui/company-strings';
import { glance } from '../ui/feature-page';
import { sectionStrings } from '../ui/section-strings';
import type { Viewer } from '../walk/viewer';
import { createPhraseBoard, MOST_ABOUT } from './phrase-board';

export interface CommentingOptions {
  readonly scene: Scene;
  readonly viewer: Viewer;
  readonly picking: Picking;
  readonly consultation: () => Consultation | undefined;
  /** Cuts open what is pointed at; undefined until it has come. */
  readonly section: () => Section | undefined;
  readonly after: (ms: number, run: () => void) => void;
}

export interface Commenting {
  /** Opens the board for what a ray points at, or closes it. */
  toggle(origin: Vector3, direction: Vector3): void;
  point(origin: Vector3, direction: Vector3): void;
  /** @returns whether the press was meant for the board. */
  press(origin: Vector3, direction: Vector3): boolean;
  /** Middles of the choices, world frame; empty where the board is closed. */
  places(): readonly Vector3[];
  dispose(): void;
}

const CLOSES_AFTER_MS = 1800;
const SPEECH = 'en-GB';

export function createCommenting({ scene, viewer, picking, consultation, section, after }: CommentingOptions): Commenting {
  const { phrases, speak, cancel, choose, listening, sending, saved, refused } = companyStrings.comments;
  const board = createPhraseBoard(scene, phrases.length + 3);
  let spot: Spot | undefined;
  let dictation: Dictation | undefined;
  let turn = 0;
  void localDictation(SPEECH).then((found) => (dictation = found));

  function choices(): string[] {
    const cut = section()?.isOn ? [sectionStrings.reset] : section()?.canOpen(spot?.point) ? [sectionStrings.tool] : [];
    return [...phrases, ...(dictation ? [speak] : []), ...cut, cancel];
  }

  async function post(text: string, about: Spot): Promise<void> {
    const mine = (turn += 1);
    board.say(sending);
    try {
      await consultation()!.post(text, about);
      if (mine === turn) board.say(saved);
    } catch (error) {
      if (mine === turn) board.say(refused((error as Error).message));
    }
    after(CLOSES_AFTER_MS, () => mine === turn && board.close());
  }

  async function take(choice: string): Promise<void> {
    const about = spot;
    if (choice === cancel || !about) return board.close();
    if (choice === sectionStrings.reset || choice === sectionStrings.tool) {
      if (choice === sectionStrings.tool) section()?.openAt(about.point);
      else section()?.reset();
      return board.close();
    }
    if (choice !== speak || !dictation) return post(choice, about);
    board.say(listening);
    const said = await dictation.listen();
    if (said) await post(said, about);
    else board.close();
  }

  return {
    toggle(origin, direction) {
      turn += 1;
      if (board.isOpen || !consultation()) return board.close();
      spot = undefined;
      const mine = turn;
      void picking.spotAlong(origin.clone(), direction.clone()).then((found) => {
        if (mine !== turn) return;
        spot = found;
        board.open(choose, choices(), viewer, found.feature ? glance(found.feature, MOST_ABOUT) : []);
      });
    },
    point: (origin, direction) => board.point(origin, direction),
    press(origin, direction) {
      const choice = board.press(origin, direction);
      if (choice !== undefined && choice >= 0) void take(choices()[choice]);
      return choice !== undefined;
    },
    places: () => (board.isOpen ? board.places() : []),
    dispose() {
      turn += 1;
      dictation?.stop();
      board.dispose();
    },
  };
}
