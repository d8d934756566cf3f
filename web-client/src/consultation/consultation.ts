/** What people say about the city: writing, sending, reading, and marks at the places. */
import type { PerspectiveCamera } from 'three';

import { sceneToWorld, type Vec3 } from '../core/frames';
import { fieldOfView } from '../net/whereabouts';
import { keep, kept } from '../net/kept';
import type { Session } from '../net/session';
import type { Pins } from '../overlays/pins';
import { whereIs } from '../people/where';
import type { Spot } from '../pick/picking';
import type { Comment, Commented, Comments as CommentsMessage, Manifest, Role, ServerError } from '../protocol/messages';
import { button } from '../ui/dom';
import type { Panel } from '../ui/panel';
import { companyStrings } from '../ui/company-strings';
import { strings } from '../ui/strings';
import type { Variation } from '../variants/variation';
import type { Viewer } from '../walk/viewer';
import { createCommentForm } from './comment-form';
import { createCommentPanel } from './comment-panel';
import { draftAsText, readDraft, type Draft } from './draft';
import { createFates } from './fates';
import { linkedPlace } from './link';
import { createMarkers } from './markers';
import { createOutbox, newKey, type Delivery } from './outbox';
import { pinAt, type CommentPin } from './pin';
import { createCommentStore } from './store';
import { viewpointOf, type Viewpoint } from './viewpoint';

export interface ConsultationOptions {
  readonly session: Session;
  readonly manifest: () => Manifest;
  readonly pins: Pins;
  readonly panel: Panel;
  readonly tools: HTMLElement;
  readonly viewer: Viewer;
  readonly camera: PerspectiveCamera;
  /** A comment is about the variant that is looked at. */
  readonly variation: Variation;
  /** What is under the mouse, or in the middle. */
  readonly spot: () => Promise<Spot>;
  readonly middle: () => Promise<Spot>;
  /** Highlights a feature, "" for none. */
  readonly select: (id: string) => void;
  readonly goTo: (viewpoint: Viewpoint) => void;
  readonly role: () => Role;
  /** Whether someone of this name was muted or blocked. */
  readonly isUnheard: (name: string) => boolean;
  readonly serverNow: () => number;
  readonly announce: (text: string) => void;
  readonly notice: (text: string) => void;
  /** Draw again. */
  readonly changed: () => void;
}

export interface Consultation {
  welcome(): void;
  lost(): void;
  comments(message: CommentsMessage): void;
  commented(message: Commented): void;
  /** @returns whether the error was about a comment. */
  refused(error: ServerError): boolean;
  /** Opens the form for what is under the mouse or in the middle. */
  write(): Promise<void>;
  /** Opens the form for a spot. */
  writeAbout(spot: Spot): void;
  /** Sends at once, without the form; resolves when it is on the disk, rejects where it was refused. */
  post(text: string, spot: Spot, pin?: Partial<CommentPin>): Promise<number>;
  /** About once a second. */
  tick(): void;
  all(): readonly Comment[];
  /** Those on the way, as the panel says it. */
  onTheWay(): readonly { readonly text: string; readonly state: Delivery['kind'] }[];
}

const LONGEST_NOTICE = 120;

interface Asked {
  readonly stored: (id: number) => void;
  readonly refused: (error: Error) => void;
}

export function createConsultation(options: ConsultationOptions): Consultation {
  const { session, viewer, variation, announce, changed } = options;
  const draftKey = `citiverse.draft.${session.scene}`;
  const outboxKey = `citiverse.outbox.${session.scene}`;
  const store = createCommentStore();
  const asked = new Map<string, Asked>();
  const own = new Set<number>();
  const fates = createFates(session.scene, show);
  let entered = false;
  let linked = linkedPlace(location.hash);

  const outbox = createOutbox({
    send: (message) => session.state.kind === 'open' && session.send(message),
    kept: kept('sessionStorage', outboxKey),
    keep: (text) => keep('sessionStorage', outboxKey, text),
    changed: () => panel.update(),
  });
  const form = createCommentForm({
    changed: (draft) => keep('sessionStorage', draftKey, draftAsText(draft)),
    send(draft) {
      send(draft.text, draft.pin);
      form.draft = { text: '', pin: draft.pin };
      keep('sessionStorage', draftKey, '');
      panel.say('');
    },
    pinAnew: () => void options.middle().then((spot) => pin(spot)),
  });
  const panel = createCommentPanel({
    panel: options.panel,
    scene: session.scene,
    form,
    comments: store.all,
    letters: () => outbox.letters(),
    again: (key) => outbox.again(key),
    edit(key) {
      const comment = outbox.withdraw(key);
      if (!comment) return;
      const { key: _, text, feature = '', ...seen } = comment;
      const place = feature === '' ? companyStrings.comments.ground : companyStrings.comments.thisBuilding;
      restore({ text, pin: { ...seen, feature, place } });
      form.field.focus();
    },
    discard: (key) => void outbox.withdraw(key),
    distance: (comment) => Math.hypot(...offset(comment.position)),
    where: (comment) => whereIs(viewer, ...sceneToWorld(comment.position)),
    fate: fates.of,
    inVariant: ({ variant }) => (variant === '' ? '' : (variation.variants?.all.find(({ name }) => name === variant)?.title ?? variant)),
    goThere,
    canGo: (comment) => viewpointOf(comment, options.manifest()) !== undefined,
    hide(comment, hidden, reason) {
      if (!session.send({ t: 'hide', comment: comment.id, hidden, reason })) options.notice(strings.lost);
    },
    role: options.role,
    serverNow: options.serverNow,
    closed: () => options.select(''),
  });
  const markers = createMarkers(options.pins, read, fates.of);
  options.tools.prepend(button(companyStrings.comments.button, 'tool primary', () => void write()));
  variation.watch(show);
  const draft = readDraft(kept('sessionStorage', draftKey));
  if (draft) form.draft = draft;

  function offset([x, y, z]: Vec3): [number, number, number] {
    return [x - viewer.x, y + viewer.z, z - viewer.y];
  }

  function looksAt(): string {
    return variation.variants?.current ?? '';
  }

  function show(): void {
    // What was said of one variant mustn't be read as said of another.
    markers.show(store.all().filter(({ variant }) => variant === looksAt()));
    panel.update();
    changed();
  }

  function restore(next: Draft): void {
    form.draft = next;
    keep('sessionStorage', draftKey, draftAsText(next));
  }

  function pin(spot: Spot): void {
    const next = pinOf(spot);
    form.pin(next);
    options.select(next.feature);
  }

  function pinOf(spot: Spot): CommentPin {
    return pinAt(spot, viewer, { variant: looksAt(), fov: fieldOfView(options.camera)[0] });
  }

  function send(text: string, { feature, place: _, ...seen }: CommentPin): string {
    const key = newKey();
    outbox.post({ key, text, ...(feature && { feature }), ...seen });
    return key;
  }

  /** Its arrival may be told before its storing. */
  function isOwn(id: number, text: string): boolean {
    return own.has(id) || outbox.letters().some(({ comment }) => comment.text === text);
  }

  function goThere(comment: Pick<Comment, 'position' | 'eye' | 'orientation' | 'variant'>): void {
    variation.choose(comment.variant);
    const viewpoint = viewpointOf(comment, options.manifest());
    if (viewpoint) options.goTo(viewpoint);
  }

  function read(id: number): void {
    const comment = store.get(id);
    panel.read(id);
    if (comment) options.select(fates.of(comment)?.successors[0] ?? comment.feature);
  }

  async function write(): Promise<void> {
    // A text that was begun stays where it was begun.
    const begun = form.draft && form.draft.text.trim() !== '';
    const spot = begun ? undefined : await options.spot();
    panel.write();
    if (spot) pin(spot);
  }

  return {
    welcome() {
      entered = false;
      fates.forget();
      outbox.opened();
    },
    lost: () => outbox.lost(),
    comments({ comments }) {
      const fresh = store.take(comments);
      if (entered) {
        for (const { id, name, text, hidden } of fresh) {
          if (!hidden && !isOwn(id, text) && !options.isUnheard(name)) options.notice(companyStrings.comments.arrived(name, shortened(text)));
        }
      }
      entered = true;
      if (linked) goThere(linked);
      linked = undefined;
      fates.ask(comments);
      show();
    },
    commented({ key, id }) {
      own.add(id);
      if (!outbox.stored(key)) return;
      if (panel.isOpen) panel.say(companyStrings.comments.saved);
      else announce(companyStrings.comments.saved);
      asked.get(key)?.stored(id);
      asked.delete(key);
    },
    refused({ key, message }) {
      if (key === '' || !outbox.refused(key, message)) return false;
      announce(companyStrings.comments.refused(message));
      asked.get(key)?.refused(new Error(message));
      asked.delete(key);
      return true;
    },
    write,
    writeAbout(spot) {
      panel.write();
      pin(spot);
    },
    post(text, spot, given) {
      const key = send(text, { ...pinOf(spot), ...given });
      return new Promise((stored, refused) => asked.set(key, { stored, refused }));
    },
    tick: () => panel.update(),
    all: store.all,
    onTheWay: () => outbox.letters().map(({ comment, delivery }) => ({ text: comment.text, state: delivery.kind })),
  };
}

function shortened(text: string): string {
  return text.length > LONGEST_NOTICE ? `${text.slice(0, LONGEST_NOTICE)}…` : text;
}
