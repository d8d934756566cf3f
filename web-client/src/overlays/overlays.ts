/** Live data in the street: pins, columns, coloured buildings, fields, vehicles, their legend and their list. */
import { Group } from 'three';

import { sceneToWorld } from '../core/frames';
import { button } from '../ui/dom';
import { liveStrings } from '../ui/live-strings';
import type { WorkshopContext } from '../workshop';
import { createColumns } from './columns';
import { createFields } from './fields';
import { createLayers, type Layers } from './layers';
import { createLegend } from './legend';
import './live.css';
import { createLivePanel } from './live-panel';
import { createMarkers, type Marker } from './marker';
import { createRidePins } from './ride-pins';
import { createRides, type Ride } from './rides';
import { createSensorPins } from './sensor-pins';
import type { Sensor } from './sensors';
import { standsOf, standTogether, titleOf, type Stand } from './stands';
import { createSurfaces } from './surfaces';
import { createTimeline } from './timeline';
import { createVehicles } from './vehicles';

export interface Overlays {
  /** Other sensors are there. */
  sensorsChanged(): void;
  /** The server knows nothing of what one wants to see. */
  tellAgain(): void;
  /** Values have come, or have aged; microseconds since 1970 UTC. */
  tick(serverNowUs: number): void;
  /** @returns whether something moves by itself. */
  frame(): boolean;
  readonly layers: Layers;
  /** Where sensors tell of themselves. */
  readonly stands: readonly Stand[];
  readonly rides: ReadonlyMap<string, Ride>;
}

type OverlaysContext = Pick<WorkshopContext, 'session' | 'stage' | 'city' | 'body' | 'viewer' | 'hud' | 'panel' | 'pins' | 'picking' | 'sensors' | 'clock' | 'changed'>;

/** After so long a way it is looked again what is nearest. */
const LOOK_AGAIN_M = 15;
/** Vehicles farther away need no frames; those farther than the nearest of these need few. */
const FARTHEST_RIDE_M = 1200;
const SMOOTH_RIDE_M = 150;
const SELDOM_MS = 50;
/** Half of a vehicle's longest side, and its height. */
const RIDE_M = 12;
const ABOVE_GROUND_M = 2.5;
/** Those that are drawn, beside the pin that all have. */
const DRAWN = ['column', 'field', 'surface'] as const;

export function createOverlays(context: OverlaysContext): Overlays {
  const { session, stage, city, body, viewer, hud, panel, pins, picking, sensors, clock, changed } = context;
  const root = new Group();
  const columns = createColumns();
  const fields = createFields(stage.surroundings.seconds);
  const surfaces = createSurfaces(city);
  const vehicles = createVehicles(stage.surroundings);
  root.add(columns.root, fields.root, vehicles.root);
  stage.scene.add(root);
  void stage.prepare(root);
  const legend = createLegend();
  hud.masthead.after(legend.root);
  hud.controls.push(legend.root);
  const layers = createLayers(layersChanged);
  const rides = createRides({ styleOf: layers.styleOfMover, groundAt: (x, z) => body.world?.groundAt(x, z) ?? -Infinity });
  const sensorPins = createSensorPins(pins, chosen);
  const ridePins = createRidePins(pins);
  const timeline = createTimeline(clock, () => sensors.now() / 1000);
  const list = createLivePanel({ panel, layers, viewer, rules: sensors.styles, rides: () => rides.all.values(), announce: hud.announce, chosen });
  const opener = button(liveStrings.button, 'tool', list.open);
  opener.hidden = true;
  hud.tools.insertBefore(opener, hud.tools.lastElementChild);
  const markerOf = createMarkers();
  const stillness = matchMedia('(prefers-reduced-motion: reduce)');
  let stands: readonly Stand[] = [];
  /** What the server knows to be wanted. */
  let told = '';
  let movedIn = true;
  const lookedFrom = { x: Infinity, y: 0, z: 0 };
  /** Metres to the nearest vehicle that moves in the picture. */
  let nearestRide = Infinity;
  let isFrameDue = false;
  const drawn = new Map<(typeof DRAWN)[number], readonly (Marker | undefined)[]>();

  /** By feature where it hangs on one; else all that tells of itself there. */
  function chosen({ datastream }: Sensor): void {
    const { feature, position } = datastream;
    if (feature !== '') return void picking.feature(feature, position && sceneToWorld(position));
    const there = sensors.all().filter((other) => standTogether(datastream, other.datastream));
    void panel.sensors(titleOf(there), there);
  }

  function layersChanged(): void {
    stands = standsOf(layers.all);
    opener.hidden = sensors.all().length === 0 && sensors.allMovers().length === 0;
    tell();
    lookAgain();
    tick(sensors.now());
    list.update();
    changed();
  }

  /** A new line knows that all is wanted. */
  function tell(): void {
    const { properties, movers } = layers.wanted;
    const wanted = properties || !movers ? JSON.stringify([properties, movers]) : '';
    if (wanted !== told) session.send({ t: 'overlays', ...(properties && { properties }), movers });
    told = wanted;
  }

  function lookAgain(): void {
    lookedFrom.x = viewer.x;
    lookedFrom.y = viewer.y;
    lookedFrom.z = viewer.z;
    sensors.standAt(viewer.x, -viewer.z);
    sensorPins.show(stands, viewer);
    drawn.clear();
  }

  function tick(serverNowUs: number): void {
    sensorPins.texts(serverNowUs);
    rides.tell(layers.vehicles.on ? sensors.allMovers() : [], timeline.now());
    movedIn = true;
    ridePins.texts(rides.all);
    legend.show(layers.all);
    if (rides.advance(timeline.now(), isSeen)) changed();
    for (const look of DRAWN) show(look, serverNowUs);
  }

  /** Draws only what has become another. */
  function show(look: (typeof DRAWN)[number], serverNowUs: number): void {
    const those = layers.all.filter(({ on, style }) => on && style.look === look);
    const now = those.flatMap(({ style, sensors: members }) => members.map((sensor) => markerOf(sensor, style, serverNowUs)));
    if (same(now, drawn.get(look))) return;
    drawn.set(look, now);
    const markers = now.filter((marker) => marker !== undefined);
    if (look === 'column') columns.show(markers, viewer);
    else if (look === 'field') fields.show(markers.map(nearGround), viewer);
    else surfaces.show(markers);
    changed();
  }

  /** What is in the air of a tower's foot isn't at its top. */
  function nearGround(marker: Marker): Marker {
    if (!marker.place) return marker;
    const [x, y, z] = marker.place;
    const ground = body.world?.groundAt(x, z) ?? -Infinity;
    return Number.isFinite(ground) ? { ...marker, place: [x, Math.min(y, ground + ABOVE_GROUND_M), z] } : marker;
  }

  function isSeen({ way: { x, y, z } }: Ride): boolean {
    const away = Math.hypot(x - viewer.x, z - viewer.z);
    if (away > FARTHEST_RIDE_M || !stage.sees([x - RIDE_M, -z - RIDE_M, y, x + RIDE_M, RIDE_M - z, y + RIDE_M])) return false;
    nearestRide = Math.min(nearestRide, away);
    return true;
  }

  function drawSoon(): void {
    if (isFrameDue) return;
    isFrameDue = true;
    setTimeout(() => {
      isFrameDue = false;
      changed();
    }, SELDOM_MS);
  }

  layers.update(sensors.all(), sensors.styles());
  return {
    layers,
    rides: rides.all,
    get stands() {
      return stands;
    },
    sensorsChanged: () => layers.update(sensors.all(), sensors.styles()),
    tellAgain() {
      told = '';
      tell();
    },
    tick,
    frame() {
      surfaces.frame();
      if (Math.hypot(viewer.x - lookedFrom.x, viewer.y - lookedFrom.y, viewer.z - lookedFrom.z) > LOOK_AGAIN_M) {
        lookAgain();
        tick(sensors.now());
      }
      if (rides.all.size === 0 && !movedIn) return false;
      movedIn = false;
      nearestRide = Infinity;
      const moves = rides.advance(timeline.now(), isSeen);
      vehicles.arrange(rides.all.values());
      ridePins.arrange(rides.all);
      if (!moves || stillness.matches) return false;
      if (nearestRide > SMOOTH_RIDE_M) drawSoon();
      return nearestRide <= SMOOTH_RIDE_M;
    },
  };
}

function same<T>(one: readonly T[], other: readonly T[] | undefined): boolean {
  return one.length === other?.length && one.every((item, i) => item === other[i]);
}
