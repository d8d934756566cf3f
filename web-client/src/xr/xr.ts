/** The page's side of a headset: offers the button where one is supported, loads the rest lazily. */
import type { Group } from 'three';

import type { Stage } from '../city/stage';
import type { FrameLoop } from '../core/frame-loop';
import type { Sensors } from '../overlays/sensors';
import type { Sight } from '../overlays/sight';
import { button } from '../ui/dom';
import { strings } from '../ui/strings';
import type { Body } from '../walk/body';
import type { Viewer } from '../walk/viewer';
import type { Presence } from './presence';

export interface XrOptions {
  readonly stage: Stage;
  /** What carries the camera and the hands through the city. */
  readonly rig: Group;
  readonly viewer: Viewer;
  readonly body: Body;
  readonly loop: FrameLoop;
  readonly sensors: Sensors;
  readonly sight: Sight;
  readonly serverNow: () => number;
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
  sensorsChanged(): void;
  texts(serverNowUs: number): void;
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
    sensorsChanged: () => presence?.sensorsChanged(),
    texts: (serverNowUs) => presence?.texts(serverNowUs),
    get presenting() {
      return presence !== undefined;
    },
  };
}
