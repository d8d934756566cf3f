/** What each message of the server sets going: one handler for each type. */
import type { Arrival } from './arrival';
import type { City } from './city/city';
import type { Company } from './company';
import type { Decoder } from './city/decoder';
import { owed } from './net/credit';
import type { ServerTime } from './net/server-time';
import type { Session } from './net/session';
import type { Sensors } from './overlays/sensors';
import { spawn } from './net/session';
import type { Manifest, ServerMessage } from './protocol/messages';
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
}

export function createDispatch(options: DispatchOptions): Dispatch {
  let epoch = 0;
  let revision = 0;
  const { session, serverTime, city, decoder, body, sensors, arrival, company, hud, changed } = options;

  /** What is shown and stood on stays until the new city is complete. */
  function remake(manifest: Manifest): void {
    body.renew(manifest);
    city.renew(() => {
      arrival.show(manifest, revision);
      company.remade(manifest);
      body.changeOver(spawn(manifest).feet);
      changed();
    });
  }

  const handlers: Handlers = {
    welcome(message) {
      serverTime.heard(message.time);
      const isNew = message.epoch !== epoch || message.revision !== revision;
      ({ epoch, revision } = message);
      if (!arrival.manifest) {
        arrival.show(message.manifest, revision);
        options.arrive(message.manifest);
      } else if (isNew) remake(message.manifest);
      else city.renew();
      hud.making(undefined, true);
      company.hear(message);
      options.tellAgain();
      if (document.hidden) session.send({ t: 'pause', paused: true });
      changed();
    },
    scene(message) {
      revision = message.revision;
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
      const making = revision;
      void decoder
        .collider(message.encoding, message.content)
        .then((mesh) => making === revision && body.collider(message, mesh), (error: Error) => hud.notice(error.message))
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
    datastreams({ datastreams }) {
      sensors.datastreams(datastreams);
      hud.sensorsKnown(datastreams.length);
      options.sensorsChanged();
      changed();
    },
    observations(message) {
      serverTime.heard(message.time);
      sensors.observations(message);
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
    get revision() {
      return revision;
    },
  };
}
