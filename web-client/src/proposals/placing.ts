/** One proposal is being placed: its ghost in the street, the hands on it, and the panel beside it. */
import { Ray, Vector3, type Camera } from 'three';

import { sceneToWorld, worldToScene } from '../core/frames';
import { EYE_HEIGHT_M } from '../net/session';
import type { Pointer } from '../pick/pointer';
import { proposalStrings as words } from '../ui/proposal-strings';
import type { WorkshopContext } from '../workshop';
import { createGhost } from './ghost';
import { attachGestures } from './gestures';
import { createHandles, type Mark } from './handles';
import { createHands } from './hands';
import { createOutlook } from './outlook';
import { createPlacingPanel, type Mode } from './placing-panel';
import type { Placement } from './placement';
import { createPoints, FEWEST, MOST } from './points';
import type { Model, Proposal } from './proposal';
import type { Publication, Service } from './service';
import { createStanding } from './standing';

export interface PlacingOptions {
  readonly context: WorkshopContext;
  readonly service: Service;
  readonly proposal: Proposal;
  /** Its file is newer than what was published, or placed. */
  readonly isRevised: boolean;
  readonly model: Model;
  /** The preview. */
  readonly glb: Uint8Array;
  /** The server knows where it stands: everyone may see it there. */
  readonly publish: (proposal: Proposal, publication: Publication) => void;
  /** The panel was closed, or gave way. */
  readonly ended: () => void;
}

export interface Placing {
  /** The server has told of it. */
  told(proposal: Proposal): void;
}

/** Between the host and the nearest wall of what she has just dropped. */
const BEFORE_HER_M = 6;
const HIGHEST_M = 10_000;
const DOWN = new Vector3(0, -1, 0);

export function createPlacing(options: PlacingOptions): Placing {
  const { context, service, model } = options;
  const { stage, viewer, panel, hud, picking, city, changed } = context;
  const canvas = stage.renderer.domElement;
  const [least, greatest] = model.box;
  const size = Math.max(...greatest.map((most, axis) => most - least[axis]));
  const outlook = createOutlook(context);
  const points = createPoints();
  let { proposal } = options;
  let mode: Mode = 'move';
  let isOver = false;
  let raycastTiles: typeof import('../pick/raycast').raycastTiles | undefined;
  void import('../pick/raycast').then((loaded) => ({ raycastTiles } = loaded));

  const ghost = createGhost({
    glb: options.glb,
    box: model.box,
    drawn: (camera: Camera) => camera === stage.camera && handles.arrange(camera),
  });
  const standing = createStanding({
    service,
    proposal,
    inFront: inFront(),
    groundAt,
    after: (ms, run) => void setTimeout(run, ms),
    changed: moved,
    told(now) {
      proposal = now;
      update();
      // It rests: now its shadow is worth drawing.
      context.cityChanged();
    },
    refused: (error) => hud.notice(error.message),
  });
  const hands = createHands({ camera: stage.camera, viewer, ghost, standing });
  const handles = createHandles({ root: context.root, size: stage.size, ghost, hands, letGo });
  const gestures = attachGestures({
    canvas,
    hands,
    canMove: () => mode === 'move' && model.movable,
    holds: (pointer) => ghost.meets(hands.rayAt(pointer)),
    letGo,
    leaveMode: () => mode !== 'move' && (setMode('move'), true),
    undo: standing.undo,
    redo: standing.redo,
  });
  const form = createPlacingPanel(proposal, options.isRevised, {
    change: standing.change,
    mode: (wanted) => setMode(wanted === mode ? 'move' : wanted),
    asFile: () => void standing.ask({ by: 'file' }),
    undo: standing.undo,
    redo: standing.redo,
    otherSide: outlook.otherSide,
    above,
    street: () => outlook.street(standing.position),
    startAgain() {
      points.clear();
      setMode('points');
    },
    async publish(publication) {
      await standing.settled();
      options.publish(proposal, publication);
    },
    refused: hud.notice,
  });

  function inFront(): Placement {
    const ahead = Math.hypot(greatest[0] - least[0], greatest[1] - least[1]) / 2 + BEFORE_HER_M;
    const [x, y] = worldToScene([viewer.x - Math.sin(viewer.yaw) * ahead, 0, viewer.z - Math.cos(viewer.yaw) * ahead]);
    return { at: [x, y], lift: 0, headingDeg: Math.round(((-viewer.yaw * 180) / Math.PI + 720) % 360) };
  }

  function groundAt([x, y]: readonly [number, number]): number | undefined {
    if (!raycastTiles) return context.body.walker?.feet.y ?? viewer.y - EYE_HEIGHT_M;
    const layers = context.manifest()?.layers ?? [];
    const ground = [...city.shown()].filter(({ place }) => layers[place.layer]?.kind === 'ground');
    return raycastTiles(ground, new Ray(new Vector3(...sceneToWorld([x, y, HIGHEST_M])), DOWN))?.point.y;
  }

  function moved(): void {
    const { placement, position } = standing;
    ghost.place(position, placement.headingDeg);
    mark();
    update();
    changed();
  }

  function letGo(): void {
    const { at, lift, headingDeg } = standing.placement;
    standing.letGo();
    hud.announce([words.moved(...at), words.turned(headingDeg), words.lifted(lift)].join(' '));
  }

  function above(): void {
    outlook.above(standing.position, size);
  }

  function mark(): void {
    const given: Mark[] = points.pairs.flatMap(({ model: corner, scene }, i) => [
      { text: String(i + 1), kind: 'model', point: ghost.intoWorld(corner) },
      { text: String(i + 1), kind: 'place', point: new Vector3(...sceneToWorld(scene)) },
    ]);
    if (points.begun) given.push({ text: String(points.number), kind: 'model', point: ghost.intoWorld(points.begun) });
    handles.marks(mode === 'points' ? given : []);
  }

  function setMode(wanted: Mode): void {
    mode = wanted;
    if (mode !== 'points') points.clear();
    picking.lend(clicked);
    handles.show(mode === 'move' && model.movable);
    mark();
    update();
    hud.announce(instruction());
    changed();
  }

  function instruction(): string {
    if (mode === 'move') return matchMedia('(pointer: coarse)').matches ? words.how.touch : words.how.move;
    if (mode !== 'points') return words.how[mode];
    if (!points.wantsModel) return words.how.place(points.number);
    return points.pairs.length >= FEWEST ? words.how.fitted : words.how.model(points.number);
  }

  function update(): void {
    if (isOver) return;
    form.update({
      proposal,
      placement: standing.placement,
      mode,
      instruction: instruction(),
      residuals: points.pairs.length >= FEWEST ? (proposal.landing?.residualsM ?? []) : [],
      canUndo: standing.canUndo,
      canRedo: standing.canRedo,
    });
  }

  /** Where one clicks, or presses Enter with the place in the middle. */
  function clicked(pointer: Pointer): void {
    if (mode === 'here') void stand(pointer);
    else if (mode === 'footprint') void takePlaceOf(pointer);
    else if (mode === 'points') void givePoint(pointer);
  }

  async function stand(pointer: Pointer): Promise<void> {
    const { point } = await picking.spotAt(pointer);
    if (!point) return hud.notice(words.missedCity);
    const [x, y] = worldToScene(point);
    standing.change({ ...standing.placement, at: [x, y] });
    setMode('move');
  }

  async function takePlaceOf(pointer: Pointer): Promise<void> {
    const { feature } = await picking.spotAt(pointer);
    if (!feature) return hud.notice(words.missedBuilding);
    if (await standing.ask({ by: 'footprint', feature: feature.id, turns: 0 })) setMode('move');
  }

  async function givePoint(pointer: Pointer): Promise<void> {
    if (points.pairs.length >= MOST) return;
    if (points.wantsModel) {
      const corner = ghost.meets(hands.rayAt(pointer));
      if (!corner) return hud.notice(words.missedModel);
      points.model(ghost.intoModel(corner));
    } else {
      const { point } = await picking.spotAt(pointer);
      if (!point) return hud.notice(words.missedCity);
      points.place(new Vector3(...point));
      if (points.pairs.length >= FEWEST) await standing.ask({ by: 'points', pairs: points.pairs, on_ground: true });
    }
    mark();
    update();
    hud.announce(instruction());
    changed();
  }

  function end(): void {
    isOver = true;
    gestures.detach();
    picking.lend(undefined);
    handles.dispose();
    ghost.dispose();
    outlook.back();
    context.cityChanged();
    options.ended();
  }

  stage.scene.add(ghost.group);
  panel.show({ title: words.placeTitle(proposal.title || proposal.file), content: form.content, gone: end });
  moved();
  setMode('move');
  above();

  return {
    told(now) {
      proposal = now;
      update();
    },
  };
}
