/** Puts the client together: stream → city → frame loop → screen or headset. */
import './ui/base.css';
import './ui/styles.css';
import './ui/company.css';
import './ui/pages.css';
import './ui/time.css';
import './ui/variants.css';
import './ui/adapt.css';

import { Group } from 'three';

import { createArrival } from './arrival';
import { createAutomation } from './automation';
import { createCity } from './city/city';
import type { Decoder } from './city/decoder';
import { createHour } from './city/hour';
import { createCityMaterials } from './city/material';
import { createPicture } from './city/picture';
import { createScenery } from './city/scenery';
import { createSoftness } from './city/softness';
import { createStage, type Stage } from './city/stage';
import { createUploadQueue } from './city/upload-queue';
import { createCompany } from './company';
import { createManualClock, realClock, type Clock } from './core/clock';
import { createFrameLoop } from './core/frame-loop';
import { MARKS } from './core/marks';
import { deviceProfile, memoryCap } from './core/profile';
import { createDispatch } from './dispatch';
import { createServerTime } from './net/server-time';
import { EYE_HEIGHT_M, type Session } from './net/session';
import { createWhereabouts } from './net/whereabouts';
import { createPins } from './overlays/pins';
import { createSensors } from './overlays/sensors';
import { createSight } from './overlays/sight';
import { createPageLife } from './page-life';
import { createHighlight } from './pick/highlight';
import { createPicking } from './pick/picking';
import { devicePlace, trackPointer } from './pick/pointer';
import { statsOf } from './stats';
import { button } from './ui/dom';
import { createHud } from './ui/hud';
import { createPanel } from './ui/panel';
import { strings } from './ui/strings';
import { createTimeControl } from './ui/time-control';
import { createVariation } from './variants/variation';
import { createBody } from './walk/body';
import { attachInput, type Command } from './walk/input';
import { createIntent, isStill } from './walk/intent';
import { createModes } from './walk/modes';
import { createPlacing } from './walk/placing';
import type { Viewer } from './walk/viewer';
import { createWorkshop } from './workshop';
import { createXr } from './xr/xr';

const SECOND_MS = 1000;

export function start(session: Session, decoder: Decoder, canvas: HTMLCanvasElement): void {
  performance.mark(MARKS.script);
  const root = document.querySelector<HTMLElement>('#app')!;
  const profile = deviceProfile();
  const softness = createSoftness();
  const { soft } = softness;
  const manual = new URLSearchParams(location.search).get('clock') === 'manual' ? createManualClock() : undefined;
  const clock: Clock = manual ?? realClock;
  const queue = createUploadQueue(realClock);
  let stage: Stage;
  try {
    stage = createStage({ canvas, profile, queue, clock, later: (ms) => loop.later(ms), soft });
  } catch {
    return void import('./no-picture').then(({ startWithoutPicture }) => startWithoutPicture(session, root));
  }
  root.append(canvas);
  const { renderer, scene, camera } = stage;
  const rig = new Group();
  rig.add(camera);
  scene.add(rig);

  const serverTime = createServerTime(clock);
  const sensors = createSensors(serverTime.now);
  const materials = createCityMaterials(stage.surroundings);
  const hour = createHour({
    wanted: new URLSearchParams(location.search).get('time'),
    nowMs: Date.now,
    light: stage.light,
    changed() {
      timeControl.update();
      loop.invalidate();
    },
  });
  const intent = createIntent();
  const viewer: Viewer = { x: 0, y: EYE_HEIGHT_M, z: 0, yaw: 0, pitch: 0 };
  const whereabouts = createWhereabouts({
    session,
    viewer,
    camera,
    size: stage.size,
    onFoot: () => xr.presenting || !modes.orbiting,
    hands: () => xr.hands(),
    again: () => loop.invalidate(),
  });
  let moving = false;
  const city = createCity({
    queue,
    decoder,
    materials,
    memoryBytes: memoryCap(profile, location.search),
    clock,
    soft,
    sees: stage.sees,
    upload: stage.upload,
    uploadImage: stage.uploadImage,
    credit: session.credit,
    evicted: (tiles) => session.send({ t: 'evicted', tiles, full: true, revision: dispatch.revision }),
    missing: (tile) => dispatch.missing(tile),
    full: () => arrival.full(),
    changed: () => loop.invalidate(),
    failed: (message) => hud.notice(message),
  });
  scene.add(city.group);
  const highlight = createHighlight(materials, () => city.shown());
  const scenery = createScenery({
    stage,
    city,
    clock,
    soft,
    queue,
    still: manual !== undefined,
    later: (ms) => loop.later(ms),
    notice: (text) => hud.notice(text),
    changed() {
      picture.cityChanged();
      loop.invalidate();
    },
  });
  const picture = createPicture({ stage, materials, queue, city, scenery, highlight, atOnce: manual !== undefined, invalidate: () => loop.invalidate() });
  const body = createBody({ queue, changed: () => loop.invalidate() });
  const modes = createModes(viewer, intent, body);
  const placing = createPlacing({
    viewer,
    body,
    modes,
    manifest: () => arrival.manifest,
    orbiting(on) {
      hud.orbiting(on);
      hud.hideHint();
    },
    changed: () => loop.invalidate(),
  });

  const hud = createHud(root, {
    orbit: () => placing.setOrbit(!modes.orbiting),
    measured: toggleMeasured,
    help: () => panel.help(),
    retry: () => session.retry(),
    leave: () => page.leave(),
    toCity: () => canvas.focus({ preventScroll: true }),
    thumb: (forward, turn) => {
      intent.forward = forward;
      intent.turn = turn;
      hud.hideHint();
      loop.invalidate();
    },
  });
  const timeControl = createTimeControl(hud.tools, hour);
  const variation = createVariation({ session, stage, canvas, soft, hud, city, body, changed: picture.tilesChanged });
  const panel = createPanel({ root, home: canvas, closed: () => select(''), serverNow: sensors.now, rules: sensors.styles });
  const picking = createPicking({
    city,
    camera,
    session,
    sensors,
    panel,
    select,
    announce: hud.announce,
    reality: (layer) => arrival.manifest?.layers[layer]?.reality ?? '',
    actions: (spot) => [
      ...variation.about(spot.feature?.id ?? ''),
      ...(company.consultation ? [button(strings.commentOnThis, 'tool', () => company.consultation?.writeAbout(spot))] : []),
    ],
  });
  const sight = createSight((from, to) => body.world?.blocked(from, to) ?? false);
  hud.controls.push(panel.root);
  const pins = createPins({ root: hud.labels, controls: hud.controls, sight });
  const pointer = trackPointer(canvas);

  const loop = createFrameLoop({
    clock,
    request: (run) => requestAnimationFrame(run),
    after: (ms, run) => void setTimeout(run, ms),
    simulate,
    render,
  });
  const company = createCompany({
    session,
    variation,
    clock,
    scene,
    camera,
    renderer,
    pins,
    panel,
    tools: hud.tools,
    viewer,
    face(yaw) {
      viewer.yaw = yaw;
      loop.invalidate();
    },
    notAlone: (you) => placing.aside(you),
    spot: () => picking.spotAt(pointer()),
    middle: () => picking.spotAt({ x: 0, y: 0 }),
    select,
    goTo: (viewpoint) => placing.goTo(viewpoint),
    serverNow: serverTime.now,
    announce: hud.announce,
    notice: hud.notice,
    changed: () => loop.invalidate(),
  });
  const context = { root, session, stage, materials, city, body, picking, viewer, placing, modes, hud, panel, variation, clock, soft, company, select, sensors, pins, hour, serverNow: serverTime.now };
  const workshop = createWorkshop({ ...context, manifest: () => arrival.manifest, cityChanged: picture.cityChanged, readingsChanged: showAges, changed: () => loop.invalidate() });
  const arrival = createArrival({
    city,
    queue,
    hud,
    canvas,
    surroundings: stage.surroundings,
    shown: variation.manifest,
    whole(manifest) {
      void body.load(manifest);
      scenery.begin(manifest);
      void stage.begin();
      company.load();
      variation.load();
      void workshop.load();
      softness.prepare(stage, materials);
      void xr.offer();
    },
    ready() {
      decoder.shelve();
      automation.resolveReady();
    },
  });
  const xr = createXr({
    ...context,
    workshop,
    rig,
    loop,
    sight,
    tools: hud.tools,
    onFoot: () => modes.orbiting && placing.setOrbit(false),
    failed: () => hud.notice(strings.vrFailed),
  });

  function simulate(seconds: number): boolean {
    if (xr.presenting) return [xr.frame(seconds), workshop.frame(seconds)].includes(true);
    if (!isStill(intent)) hud.hideHint();
    moving = modes.frame(seconds);
    return [company.people?.frame(), workshop.frame(seconds)].includes(true) || moving;
  }

  function render(): void {
    if (!xr.presenting) modes.aim(camera);
    const isDrawn = picture.draw({
      eye: viewer,
      middle: modes.shadowMiddle(),
      radius: modes.shadowRadius,
      hazeDensity: modes.hazeDensity,
      arriving: arrival.isComing,
      budgetMs: arrival.uploadBudgetMs,
      canWait: () => !moving && !manual && !xr.presenting && arrival.canWait(),
    });
    if (!isDrawn) return;
    if (!xr.presenting) pins.arrange(camera, stage.size.width, stage.size.height, !modes.orbiting);
    company.people?.drawn(xr.presenting ? xr.isNamed : company.people.isNamed);
    if (arrival.manifest) whereabouts.tell();
    arrival.report();
    if (queue.size > 0 || ((city.dissolving || scenery.dissolving) && !manual)) loop.invalidate();
  }

  function toggleMeasured(): void {
    const measured = materials.facades.value === 1;
    materials.facades.value = measured ? 0 : 1;
    hud.measured(measured);
    loop.invalidate();
  }

  function select(id: string): void {
    highlight.pick(id);
    loop.invalidate();
  }

  function showAges(): void {
    if (!page.visible) return;
    const now = sensors.now();
    workshop.tools?.overlays.tick(now);
    company.people?.tick();
    company.consultation?.tick();
    if (pins.renew()) loop.invalidate();
    panel.tick(now);
    xr.texts(now);
  }

  function command(name: Command): void {
    if (name === 'pick-centre') void picking.at({ x: 0, y: 0 });
    else if (name === 'orbit') placing.setOrbit(!modes.orbiting);
    else if (name === 'measured') toggleMeasured();
    else if (name === 'variant') variation.variants?.next();
    else if (name === 'comment') void company.consultation?.write();
    else if (name === 'people') company.people?.open();
    else if (name === 'help') panel.help();
    else panel.close();
  }

  attachInput({
    canvas,
    keys: window,
    intent,
    changed: loop.invalidate,
    pick: (x, y) => void picking.at(devicePlace(canvas, x, y)),
    command,
    byKeyboard: hud.byKeyboard,
    byTab: hud.byTab,
  });
  const automation = createAutomation({
    manual,
    loop,
    simulate,
    viewer,
    body,
    picking,
    company,
    placing,
    xr,
    variation,
    rides: () => workshop.tools?.overlays.rides.values() ?? [],
    setTime: hour.set,
    rest: () => [queue.size > 0, city.rest(), scenery.rest(), stage.rest()].includes(true),
    settled: () => session.state.kind === 'open' && !whereabouts.sending && arrival.completeSeq >= whereabouts.viewSeq && decoder.pending === 0 && queue.size === 0 && body.settled && softness.prepared,
    stats: () => statsOf({ renderer, city, picture, loop, session, arrival, whereabouts, body, modes, xr }),
  });

  const dispatch = createDispatch({
    session,
    serverTime,
    city,
    decoder,
    body,
    sensors,
    arrival,
    company,
    hud,
    arrive(city) {
      hour.arrive(city.origin);
      placing.start(city);
      company.preload();
    },
    tellAgain() {
      whereabouts.reset();
      variation.variants?.tellAgain();
      workshop.tools?.overlays.tellAgain();
    },
    tilesDropped: picture.tilesChanged,
    sensorsChanged() {
      workshop.tools?.overlays.sensorsChanged();
    },
    readingsChanged: showAges,
    changed: loop.invalidate,
  });
  const page = createPageLife({
    root,
    canvas,
    session,
    stage,
    loop,
    restored: picture.cityChanged,
    leaving: xr.leave,
  });
  session.listen({
    message: dispatch.hear,
    state(state) {
      hud.state(state);
      if (state.kind === 'lost') company.lost();
      if (state.kind === 'refused') page.refused(state.refusal);
    },
    held: () => [...body.hashes(), ...city.held()],
    heard: sensors.heard,
  });

  setInterval(showAges, SECOND_MS);
  canvas.focus({ preventScroll: true });
}
