/** The page's side of a headset: offers the button where one is supported, loads the rest lazily. */
import type { Group } from 'three';

import type { Stage } from '../city/stage';
import type { Company } from '../company';
import type { FrameLoop } from '../core/frame-loop';
import type { Vec3 } from '../core/frames';
import type { Session } from '../net/session';
import type { Sensors } from '../overlays/sensors';
import type { Sight } from '../overlays/sight';
import type { Picking } from '../pick/picking';
import { button } from '../ui/dom';
import { strings } from '../ui/strings';
import type { Variation } from '../variants/variation';
import type { Body } from '../walk/body';
import type { Viewer } from '../walk/viewer';
import type { Workshop } from '../workshop';
import type { Presence } from './presence';

export interface XrOptions {
  readonly session: Session;
  readonly stage: Stage;
  /** What carries the camera and the hands through the city. */
  readonly rig: Group;
  readonly viewer: Viewer;
  readonly body: Body;
  readonly loop: FrameLoop;
  readonly sensors: Sensors;
  readonly sight: Sight;
  readonly company: Company;
  readonly picking: Picking;
  readonly variation: Variation;
  readonly workshop: Workshop;
  /** Where the button goes. */
  readonly tools: HTMLElement;
  /** Called before stepping in: leaves the view from above. */
  readonly onFoot: () => void;
  readonly failed: () => void;
}

export interface Xr {
  /** Shows the button if this browser has a headset; its code is here before it can be pressed. */
  offer(): Promise<void>;
  /** One frame in the headset: hands, body, viewer. */
  frame(seconds: number): boolean;
  texts(serverNowUs: number): void;
  /** Ends the session in the headset. */
  leave(): void;
  /** Left and right, world frame; empty where there are none. */
  hands(): readonly Vec3[];
  /** Whether a name stands above somebody's head. */
  isNamed(person: number): boolean;
  /** Middles of the short phrases to choose from, world frame; empty while none are shown. */
  choices(): readonly Vec3[];
  /** Middle of the bar that shows the next variant, world frame; undefined where there is none. */
  variantBar(): Vec3 | undefined;
  /** Middles of what can be pressed on the bar of time, and then on the chart that is open, world frame. */
  timeChoices(): readonly Vec3[];
  readonly presenting: boolean;
}

export function createXr(options: XrOptions): Xr {
  let presence: Presence | undefined;
  let offered = false;
  let entering = false;

  return {
    async offer() {
      if (offered || !navigator.xr) return;
      offered = true;
      if (!(await navigator.xr.isSessionSupported('immersive-vr').catch(() => false))) return;
      const { enterPresence } = await import('./presence');
      const enter = button(strings.enterVr, 'tool primary', () => {
        if (presence) return presence.leave();
        if (entering) return;
        entering = true;
        options.onFoot();
        void enterPresence(options, () => {
          presence = undefined;
          enter.textContent = strings.enterVr;
        }).then(
          (entered) => {
            entering = false;
            presence = entered;
            enter.textContent = strings.leaveVr;
          },
          () => {
            entering = false;
            options.failed();
          },
        );
      });
      options.tools.prepend(enter);
    },
    frame: (seconds) => presence?.frame(seconds) ?? false,
    texts: (serverNowUs) => presence?.texts(serverNowUs),
    leave: () => presence?.leave(),
    hands: () => presence?.hands() ?? [],
    isNamed: (person) => presence?.isNamed(person) ?? false,
    choices: () => presence?.choices() ?? [],
    variantBar: () => presence?.variantBar(),
    timeChoices: () => presence?.timeChoices() ?? [],
    get presenting() {
      return presence !== undefined;
    },
  };
}
