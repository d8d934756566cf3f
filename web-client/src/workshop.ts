/** What one works on buildings with. All its code comes after the first whole picture (workshop-tools.ts). */
import type { City } from './city/city';
import type { Hour } from './city/hour';
import type { CityMaterials } from './city/material';
import type { Stage } from './city/stage';
import type { Company } from './company';
import type { Clock } from './core/clock';
import type { Session } from './net/session';
import type { Pins } from './overlays/pins';
import type { Sensors } from './overlays/sensors';
import type { Picking } from './pick/picking';
import type { Manifest } from './protocol/messages';
import type { Hud } from './ui/hud';
import type { Panel } from './ui/panel';
import { strings } from './ui/strings';
import type { Variation } from './variants/variation';
import type { Body } from './walk/body';
import type { Modes } from './walk/modes';
import type { Placing } from './walk/placing';
import type { Viewer } from './walk/viewer';
import type { WorkshopTools } from './workshop-tools';

export interface WorkshopContext {
  /** Where controls go that have no better place. */
  readonly root: HTMLElement;
  readonly session: Session;
  readonly stage: Stage;
  readonly materials: CityMaterials;
  readonly city: City;
  readonly body: Body;
  readonly picking: Picking;
  readonly viewer: Viewer;
  readonly placing: Placing;
  readonly modes: Modes;
  /** Its `announce` and `notice` say what happened; its `tools` take buttons. */
  readonly hud: Hud;
  readonly panel: Panel;
  readonly variation: Variation;
  readonly clock: Clock;
  readonly sensors: Sensors;
  readonly pins: Pins;
  /** The hour that sun and sky are shown at. */
  readonly hour: Hour;
  readonly company: Company;
  /** Whether a change may take a moment to watch. */
  readonly soft: () => boolean;
  /** Shows a feature in colour, "" for none. */
  readonly select: (id: string) => void;
  readonly manifest: () => Manifest | undefined;
  /** Microseconds since 1970 UTC. */
  readonly serverNow: () => number;
  /** Sensors show other readings than before. */
  readonly readingsChanged: () => void;
  /** What is drawn isn't what it was: shadows follow. */
  readonly cityChanged: () => void;
  /** Draw in the next frame. */
  readonly changed: () => void;
}

export interface Workshop {
  /** The first picture is whole: there is time for this. */
  load(): Promise<void>;
  /** The page's time has gone on. @returns whether something moves by itself. */
  frame(seconds: number): boolean;
  /** Undefined until they have come. */
  readonly tools: WorkshopTools | undefined;
}

export function createWorkshop(context: WorkshopContext): Workshop {
  let tools: WorkshopTools | undefined;
  return {
    async load() {
      try {
        const { createWorkshopTools } = await import('./workshop-tools');
        tools ??= createWorkshopTools(context);
      } catch {
        context.hud.notice(strings.workshopFailed);
      }
    },
    frame: (seconds) => tools?.frame(seconds) ?? false,
    get tools() {
      return tools;
    },
  };
}
