/** What each message of the server sets going: one handler for each type. */
import type { Arrival } from './arrival';
import type { City } from './city/city';
import type { Company } from './company';
import type { Decoder } from './city/decoder';
import { owed } from './net/credit';
import { createMissing } from './net/missing';
import type { ServerTime } from './net/server-time';
import type { Session } from './net/session';
import type { Sensors } from './overlays/sensors';
import { spawn } from './net/session';
import type { Collider, Manifest, ServerMessage } from './protocol/messages';
import type { Hud } from './ui/hud';
import type { Body } from './walk/body';

export interface DispatchOptions {
  readonly session: Session;
  readonly serverTime: ServerTime;
  readonly city: City;
  readonly decoder: Decoder;
  readonly body: Body;
  readonly sensors: Sensors;
  readonly arrival: Arrival;
  readonly company: Company;
  readonly hud: Hud;
  /** The first `welcome`: the city is known. */
  readonly arrive: (manifest: Manifest) => void;
  /** Every `welcome`: the server knows nothing of where the viewer is. */
  readonly tellAgain: () => void;
  readonly tilesDropped: () => void;
  readonly sensorsChanged: () => void;
  readonly readingsChanged: () => void;
  /** Draw again. */
  readonly changed: () => void;
}

type Handlers = { readonly [M in ServerMessage as M['t']]: (message: M) => void };

export interface Dispatch {
  hear(message: ServerMessage): void;
  /** Of the city whose tiles come now. */
  readonly revision: number;
  /** The tile should be held, and isn't. */
  missing(tile: number): void;
}

export function createDispatch(options: DispatchOptions): Dispatch {
  let epoch = 0;
  let revision = 0;
  const missing = createMissing({ send: (list) => options.session.send(list), after: (ms, run) => setTimeout(run, ms), revision: () => revision });
  /** How often everything has been placed anew. */
  let era = 0;
  const { session, serverTime, city, decoder, body, sensors, arrival, company, hud, changed } = options;

  /**
   * Everything is placed anew: the city has been made anew, or the line was cut. What is shown and
   * stood on stays until all is there again.
   */
  function remake(manifest: Manifest): void {
    era += 1;
    body.renew(manifest);
    city.renew(() => {
      arrival.show(manifest, revision);
      company.remade(manifest);
      body.changeOver(spawn(manifest).feet);
      changed();
    });
  }

  async function bring(message: Collider): Promise<void> {
    if (message.encoding === 'held' && (await body.adopt(message))) return;
    const began = era;
    const mesh = await decoder.collider(message);
    if (began !== era) return;
    if (mesh) body.collider(message, mesh);
    else missing.cell(message);
  }

  const handlers: Handlers = {
    welcome(message) {
      serverTime.heard(message.time);
      ({ epoch, revision } = message);
      sensors.welcomed(epoch, revision);
      if (!arrival.manifest) {
        arrival.show(message.manifest, revision);
        options.arrive(message.manifest);
      } else remake(message.manifest);
      hud.making(undefined, true);
      company.hear(message);
      options.tellAgain();
      if (document.hidden) session.send({ t: 'pause', paused: true });
      changed();
    },
    scene(message) {
      revision = message.revision;
      sensors.welcomed(epoch, revision);
      remake(message.manifest);
      changed();
    },
    making: (message) => hud.making(message, arrival.manifest !== undefined),
    place(message) {
      arrival.placed();
      city.place(message);
      changed();
    },
    begun({ place }) {
      city.begin(place);
    },
    drop({ tiles }) {
      city.drop(tiles);
      options.tilesDropped();
      changed();
    },
    collider(message) {
      // Read before the bytes go to the worker: they are gone from here afterwards.
      const bytes = owed(message);
      void bring(message)
        .catch((error: Error) => hud.notice(error.message))
        .finally(() => session.credit(bytes));
    },
    drop_colliders({ cells }) {
      body.dropColliders(cells);
    },
    visible() {
      arrival.pictureSent();
      changed();
    },
    complete(message) {
      city.complete();
      arrival.complete(message);
      changed();
    },
    sensors(message) {
      sensors.list(message);
      options.sensorsChanged();
      changed();
    },
    readings(message) {
      serverTime.heard(message.time);
      sensors.readings(message);
      options.readingsChanged();
    },
    movers(message) {
      serverTime.heard(message.time);
      sensors.movers(message);
      options.readingsChanged();
    },
    pong({ time }) {
      serverTime.heard(time);
    },
    people: company.hear,
    presence: company.hear,
    comments: company.hear,
    commented: company.hear,
    error(message) {
      if (!message.fatal && !company.hear(message)) hud.notice(message.message);
    },
  };

  return {
    hear: (message) => (handlers[message.t] as (message: ServerMessage) => void)(message),
    missing: missing.tile,
    get revision() {
      return revision;
    },
  };
}
