/** The others: who is here, where they are, how they look, and what you do about them. */
import type { PerspectiveCamera, Scene, WebGLRenderer } from 'three';

import type { Clock } from '../core/clock';
import { keepName, keptName } from '../net/identity';
import type { Session } from '../net/session';
import type { Pins } from '../overlays/pins';
import type { People as PeopleMessage, PresenceFrame, Welcome } from '../protocol/messages';
import { button } from '../ui/dom';
import type { Panel } from '../ui/panel';
import { companyStrings } from '../ui/company-strings';
import { strings } from '../ui/strings';
import { createAnnouncer } from './announcer';
import { createAvatars } from './avatars';
import { createCrowd, type Member } from './crowd';
import { createDirectory, type Directory, type Person } from './directory';
import { X, Y, YAW, Z } from './motion';
import { createNamePins } from './name-pins';
import { createPeoplePanel } from './people-panel';
import { createSpace } from './space';
import { whereIs, yawTowards, type Eye } from './where';

export interface PeopleOptions {
  readonly session: Session;
  readonly clock: Clock;
  readonly scene: Scene;
  readonly camera: PerspectiveCamera;
  readonly renderer: WebGLRenderer;
  readonly pins: Pins;
  readonly panel: Panel;
  readonly tools: HTMLElement;
  readonly viewer: Eye;
  /** Turns the viewer; 0 looks north, left is positive. */
  readonly face: (yaw: number) => void;
  readonly announce: (text: string) => void;
  readonly notice: (text: string) => void;
  /** Draw again. */
  readonly changed: () => void;
}

/** As `window.citiverse.people()` tells it. */
export interface PersonReport {
  readonly person: number;
  readonly name: string;
  readonly role: string;
  readonly you: boolean;
  readonly muted: boolean;
  readonly blocked: boolean;
  /** Eye, scene frame; undefined where she is nowhere. */
  readonly position: readonly [number, number, number] | undefined;
  readonly headingDeg: number | undefined;
  readonly hands: boolean;
  /** 0 to 1: how much of her figure is drawn. */
  readonly opacity: number;
  /** Whether her name stands above her head in the picture now. */
  readonly named: boolean;
  /** When figure and name were first drawn, milliseconds since navigation. */
  readonly seenMs: number | undefined;
}

export interface People {
  welcome(message: Welcome): void;
  people(message: PeopleMessage): void;
  presence(frame: PresenceFrame): void;
  /** Moves everyone; returns whether somebody goes on moving. Call before each drawn frame. */
  frame(): boolean;
  /** Notes who was drawn with a name; call after each drawn frame. */
  drawn(named: (person: number) => boolean): void;
  /** Whether a name stands above a head on the page. */
  isNamed(person: number): boolean;
  /** About once a second. */
  tick(): void;
  open(): void;
  report(named: (person: number) => boolean): PersonReport[];
  readonly directory: Directory;
  readonly members: ReadonlyMap<number, Member>;
}

export function createPeople(options: PeopleOptions): People {
  const { session, clock, pins, panel, viewer, changed } = options;
  const directory = createDirectory();
  const crowd = createCrowd(clock);
  const avatars = createAvatars();
  const names = createNamePins(pins);
  const space = createSpace();
  const seen = new Map<number, number>();
  const from = { x: NaN, y: 0, z: 0 };
  let stale = true;
  const announcer = createAnnouncer({
    say: options.announce,
    after: (ms, run) => setTimeout(run, ms),
    sentences: companyStrings.people,
  });
  const list = createPeoplePanel({
    panel,
    directory,
    space,
    where,
    rename(name) {
      session.send({ t: 'rename', name });
    },
    lookAt(person) {
      const member = crowd.members.get(person.person);
      if (member) options.face(yawTowards(viewer, member.motion.shown[X], member.motion.shown[Z]));
    },
    mute(person, muted) {
      person.muted = muted;
      list.update();
    },
    block(person, blocked) {
      if (!session.send({ t: 'block', person: person.person, blocked })) return options.notice(strings.lost);
      person.blocked = blocked;
      if (blocked) crowd.remove(person.person);
      renew();
    },
    spaceChanged: renew,
  });
  const tool = button(companyStrings.people.button(1), 'tool', () => list.open());
  options.tools.append(tool);
  options.scene.add(avatars.group);
  options.renderer.compile(avatars.group, options.camera, options.scene);

  function renew(): void {
    stale = true;
    tool.textContent = companyStrings.people.button(directory.all().length);
    list.update();
    changed();
  }

  function where({ person }: Person): string {
    const member = crowd.members.get(person);
    if (!member) return '';
    const { shown } = member.motion;
    return whereIs(viewer, shown[X], shown[Y], shown[Z]);
  }

  function opacity({ person, motion: { shown } }: Member): number {
    return directory.get(person) ? space.opacity(viewer, shown[X], shown[Z]) : 0;
  }

  function hasMoved(): boolean {
    const moved = viewer.x !== from.x || viewer.y !== from.y || viewer.z !== from.z;
    ({ x: from.x, y: from.y, z: from.z } = viewer);
    return moved;
  }

  function told(person: Person, named: boolean): PersonReport {
    const member = crowd.members.get(person.person);
    const shown = member?.motion.shown;
    const turn = shown && (-shown[YAW] * 180) / Math.PI;
    return {
      person: person.person,
      name: person.name,
      role: person.role,
      you: person.person === directory.you,
      muted: person.muted,
      blocked: person.blocked,
      position: shown && [shown[X], -shown[Z], shown[Y]],
      headingDeg: turn === undefined ? undefined : ((turn % 360) + 360) % 360,
      hands: member?.hands ?? false,
      opacity: member ? opacity(member) : 0,
      named,
      seenMs: seen.get(person.person),
    };
  }

  return {
    directory,
    members: crowd.members,
    welcome(message) {
      directory.welcome(message);
      crowd.reset();
      seen.clear();
      // Not over a wish: two of one name are told apart by a number, which would grow with every visit.
      if (keptName() === undefined) keepName(message.name);
      renew();
    },
    people(message) {
      const before = directory.get(directory.you)?.name;
      const { came, left, first } = directory.people(message);
      const own = directory.get(directory.you);
      if (own && before !== undefined && own.name !== before) {
        keepName(own.name);
        options.announce(companyStrings.people.renamed(own.name));
      }
      if (first && came.length > 1) options.announce(companyStrings.people.with(came.length - 1));
      if (!first) for (const { name } of came) announcer.came(name);
      for (const { person, name, blocked } of left) {
        crowd.remove(person);
        seen.delete(person);
        if (!blocked) announcer.left(name);
      }
      renew();
    },
    presence(frame) {
      crowd.presence(frame);
      stale = true;
      changed();
    },
    frame() {
      const moving = crowd.advance();
      if (hasMoved() || moving || stale) {
        // Once more after the last step.
        stale = moving;
        avatars.arrange(crowd.members.values(), opacity);
        names.arrange(crowd.members.values(), ({ person }) => directory.get(person), (member) => opacity(member) > 0.5);
      }
      return moving;
    },
    drawn(named) {
      for (const { person } of crowd.members.values()) {
        if (!seen.has(person) && named(person)) seen.set(person, performance.now());
      }
    },
    isNamed: (person) => names.isShown(person),
    tick: () => list.update(),
    open: () => list.open(),
    report: (named) => directory.all().map((person) => told(person, named(person.person))),
  };
}
