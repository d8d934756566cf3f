/** Everything live in words: what one wants to see, and the values around, nearest first. */
import { whereIs, type Eye } from '../people/where';
import type { StyleRule } from '../protocol/messages';
import { button, element, write } from '../ui/dom';
import { createKeyedList, type Row } from '../ui/keyed-list';
import { liveStrings } from '../ui/live-strings';
import type { Panel } from '../ui/panel';
import { strings } from '../ui/strings';
import { sceneToWorld, type Vec3 } from '../core/frames';
import { VEHICLES, type Layer, type Layers } from './layers';
import { scaleOf, titlesOf } from './legend';
import type { Ride } from './rides';
import { plainName } from './reading';
import { createReadingRow } from './sensor-list';
import type { Sensor } from './sensors';

export interface LivePanelOptions {
  readonly panel: Panel;
  readonly layers: Layers;
  readonly viewer: Eye;
  readonly rules: () => readonly StyleRule[];
  readonly rides: () => Iterable<Ride>;
  readonly announce: (text: string) => void;
  /** One wants to know more of a sensor. */
  readonly chosen: (sensor: Sensor) => void;
}

export interface LivePanel {
  open(): void;
  /** Other layers are there, or others are wanted. */
  update(): void;
}

/** Something that is near, in words. */
interface Entry {
  readonly key: string;
  /** Undefined where nobody says. */
  readonly place: Vec3 | undefined;
  readonly sensor?: Sensor;
  readonly ride?: Ride;
}

const FIRST = 20;
const MORE = 50;
/** What is nowhere comes last. */
const FARTHEST_M = Number.MAX_VALUE;

export function createLivePanel({ panel, layers, viewer, rules, rides, announce, chosen }: LivePanelOptions): LivePanel {
  let most = FIRST;
  let isOpen = false;
  const choices = element('ul', 'live-choices');
  const everything = button(liveStrings.all, 'inline', () => setAll(true));
  const nothing = button(liveStrings.none, 'inline', () => setAll(false));
  const empty = element('p', '', liveStrings.nothingNear);
  const more = button('', 'inline', () => {
    most += MORE;
    update();
  });
  const choiceRows = createKeyedList<Choice>(choices, ({ name }) => name, createChoice);
  const near = createKeyedList<Entry>(element('ol', 'live-near'), ({ key }) => key, createEntry);
  const reality = element('p', 'live-note');
  const both = element('p', 'live-both');
  both.append(everything, nothing);

  function setAll(on: boolean): void {
    layers.setAll(on);
    announce(on ? liveStrings.allOn : liveStrings.allOff);
  }

  function createChoice(first: Choice): Row<Choice> {
    const root = element('li');
    const label = element('label', 'live-choice');
    const box = element('input');
    box.type = 'checkbox';
    box.checked = first.on;
    box.addEventListener('change', () => {
      layers.set(first.name, box.checked);
      announce(box.checked ? liveStrings.on(first.title) : liveStrings.off(first.title));
    });
    const text = element('span');
    label.append(box, text);
    root.append(label);
    if (first.layer?.style.scale) root.append(scaleOf(first.layer.style.scale, first.layer.unit));
    return {
      root,
      update({ title, count, on }) {
        write(text, liveStrings.layer(title, count));
        box.checked = on;
      },
    };
  }

  function createEntry(first: Entry): Row<Entry> {
    const root = element('li');
    const where = element('span', 'where');
    if (first.sensor) return sensorEntry(root, where, first.sensor);
    const said = element('span', 'value');
    const age = element('span', 'age');
    const source = element('span', 'source');
    root.append(element('span', 'near-name', plainName(first.ride!.info.name, first.ride!.info.reality)), where, said, age, source);
    return {
      root,
      update({ ride, place }) {
        const { info, way, speed } = ride!;
        write(where, wordsFor(place));
        write(said, liveStrings.speed(speed));
        write(age, strings.ago(Math.max(0, (now - way.toldMs * 1000) / 1e6)));
        write(source, [liveStrings.reality(info.reality), liveStrings.source(info.attribution, info.licence)].filter(Boolean).join(' · '));
      },
    };
  }

  function sensorEntry(root: HTMLElement, where: HTMLElement, sensor: Sensor): Row<Entry> {
    const name = button(plainName(sensor.datastream.name, sensor.datastream.reality), 'near-name', () => chosen(sensor));
    const row = createReadingRow(sensor, rules());
    root.append(name, where, row.root);
    return {
      root,
      update({ place }) {
        write(where, wordsFor(place));
        row.tick(now);
      },
    };
  }

  function wordsFor(place: Vec3 | undefined): string {
    return place ? whereIs(viewer, ...place) : liveStrings.nowhere;
  }

  let now = 0;

  function update(): void {
    if (!isOpen) return;
    choiceRows.show(choicesOf());
    const entries = entriesOf();
    near.show(entries.slice(0, most));
    empty.hidden = entries.length > 0;
    more.hidden = entries.length <= most;
    write(more, liveStrings.more(Math.min(MORE, entries.length - most)));
  }

  function choicesOf(): Choice[] {
    const moving = [...rides()];
    const { titles, note } = titlesOf(layers.all, moving.map(({ info }) => info.reality));
    write(reality, note);
    const all: Choice[] = layers.all.map((layer, i) => ({ name: layer.name, title: titles[i], count: layer.sensors.length, on: layer.on, layer }));
    if (moving.length > 0 || !layers.vehicles.on) all.push({ name: VEHICLES, title: liveStrings.vehicles, count: moving.length, on: layers.vehicles.on });
    return all;
  }

  function entriesOf(): Entry[] {
    const entries: Entry[] = [];
    for (const { on, sensors } of layers.all) {
      if (!on) continue;
      for (const sensor of sensors) {
        const { key, position } = sensor.datastream;
        if (sensor.reading) entries.push({ key, sensor, place: position && sceneToWorld(position) });
      }
    }
    if (layers.vehicles.on) for (const ride of rides()) entries.push({ key: `vehicle ${ride.info.key}`, ride, place: [ride.way.x, ride.way.y, ride.way.z] });
    const away = ({ place }: Entry): number => (place ? Math.hypot(place[0] - viewer.x, place[1] - viewer.y, place[2] - viewer.z) : FARTHEST_M);
    return entries.map((entry) => ({ entry, metres: away(entry) })).sort((a, b) => a.metres - b.metres).map(({ entry }) => entry);
  }

  return {
    open() {
      isOpen = true;
      most = FIRST;
      panel.show({
        title: liveStrings.title,
        content: [element('h3', '', liveStrings.what), both, choices, reality, element('h3', '', liveStrings.near), empty, near.root, more],
        gone: () => (isOpen = false),
        tick(serverNowUs) {
          now = serverNowUs;
          update();
        },
      });
    },
    update,
  };
}

interface Choice {
  readonly name: string;
  readonly title: string;
  readonly count: number;
  readonly on: boolean;
  /** Undefined for what moves. */
  readonly layer?: Layer;
}
