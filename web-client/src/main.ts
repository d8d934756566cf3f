/** Puts the client together: stream → city → frame loop → screen or headset. */
import './ui/base.css';
import './ui/styles.css';
import './ui/pages.css';
import './ui/adapt.css';

import { Group } from 'three';

import { createArrival } from './arrival';
import { createAutomation } from './automation';
import { createCity } from './city/city';
import { createDecoder } from './city/decoder';
import { createHour } from './city/hour';
import { createCityMaterials } from './city/material';
import { createStage, type Stage } from './city/stage';
import { createUploadQueue } from './city/upload-queue';
import { createManualClock, realClock, type Clock } from './core/clock';
import { createFrameLoop } from './core/frame-loop';
import { deviceProfile } from './core/profile';
import { createDispatch } from './dispatch';
import { createCredit } from './net/credit';
import { createServerTime } from './net/server-time';
import { EYE_HEIGHT_M, spawn, type Session } from './net/session';
import { createWhereabouts } from './net/whereabouts';
import { createLabels } from './overlays/labels';
import { createSensors } from './overlays/sensors';
import { createSight } from './overlays/sight';
import { createHighlight } from './pick/highlight';
import { createPicking } from './pick/picking';
import { startWithoutPicture } from './no-picture';
import type { Manifest } from './protocol/messages';
import { createHud } from './ui/hud';
import { element } from './ui/dom';
import { showRefusal } from './ui/pages';
import { createPanel } from './ui/panel';
import { strings } from './ui/strings';
import { createBody } from './walk/body';
import { attachInput, type Command } from './walk/input';
import { createIntent, isStill } from './walk/intent';
import { createModes } from './walk/modes';
import type { Viewer } from './walk/viewer';
import { createXr } from './xr/xr';

const UPLOAD_BUDGET_MS = 4;
const SECOND_MS = 1000;

export function start(session: Session): void {
  const root = document.querySelector<HTMLElement>('#app')!;
  const profile = deviceProfile();
  const canvas = element('canvas', 'city');
  canvas.tabIndex = 0;
  canvas.setAttribute('role', 'application');
  // Before the drawing code asks the graphics card for a context: both take their time.
  const decoder = createDecoder();
  let stage: Stage;
  try {
    stage = createStage(canvas, profile, (ms) => setTimeout(() => loop.invalidate(), ms));
  } catch {
    return void startWithoutPicture(session, root);
  }
  root.append(canvas);
  const manual = new URLSearchParams(location.search).get('clock') === 'manual' ? createManualClock() : undefined;
  const clock: Clock = manual ?? realClock;
  const { renderer, scene, camera } = stage;
  const rig = new Group();
  rig.add(camera);
  scene.add(rig);

  const serverTime = createServerTime(clock);
  const sensors = createSensors();
  const materials = createCityMaterials(stage.surroundings);
  const hour = createHour({ wanted: new URLSearchParams(location.search).get('time'), nowMs: Date.now, light: stage.light });
  const queue = createUploadQueue(realClock);
  stage.warm(materials.city);
  const intent = createIntent();
  const viewer: Viewer = { x: 0, y: EYE_HEIGHT_M, z: 0, yaw: 0, pitch: 0 };
  const whereabouts = createWhereabouts({ session, viewer, camera, canvas, later: () => loop.invalidate() });
  let cityChanged = false;

  const credit = createCredit({
    send: (bytes) => session.send({ t: 'credit', bytes }),
    now: () => performance.now(),
    after: (ms, run) => setTimeout(run, ms),
  });
  const city = createCity({
    queue,
    decoder,
    material: materials.city,
    memoryBytes: profile.memoryBytes,
    upload: stage.upload,
    credit,
    evicted: (tiles) => session.send({ t: 'evicted', tiles }),
    full: () => arrival.full(),
    changed: () => loop.invalidate(),
    failed: (message) => hud.notice(message),
  });
  scene.add(city.group);
  const highlight = createHighlight(materials, () => city.shown());
  const body = createBody({ queue, changed: () => loop.invalidate() });
  const modes = createModes(viewer, intent, body);

  const hud = createHud(root, {
    orbit: () => setOrbit(!modes.orbiting),
    measured: toggleMeasured,
    help: () => panel.help(),
    sensors: () => panel.sensors(sensors.all()),
    retry: () => session.retry(),
    toCity: () => canvas.focus({ preventScroll: true }),
    thumb: (forward, turn) => {
      intent.forward = forward;
      intent.turn = turn;
      hud.hideHint();
      loop.invalidate();
    },
  });
  const panel = createPanel({ root, home: canvas, closed: () => select(''), serverNow: serverTime.now });
  const picking = createPicking({
    city,
    camera,
    session,
    sensors,
    panel,
    select,
    announce: hud.announce,
    reality: (layer) => arrival.manifest?.layers[layer]?.reality ?? '',
  });
  const sight = createSight((from, to) => body.world?.blocked(from, to) ?? false);
  const labels = createLabels({
    root: hud.labels,
    controls: hud.controls,
    chosen: (sensor) => void picking.feature(sensor.datastream.feature),
    sight,
  });

  const loop = createFrameLoop({
    clock,
    request: (run) => requestAnimationFrame(run),
    simulate,
    render,
  });
  const arrival = createArrival({
    city,
    queue,
    hud,
    firstView(manifest) {
      void body.load(manifest);
      void xr.offer();
    },
    ready: () => automation.resolveReady(),
  });
  const xr = createXr({
    stage,
    rig,
    viewer,
    body,
    loop,
    sensors,
    sight,
    serverNow: serverTime.now,
    tools: hud.tools,
    onFoot: () => modes.orbiting && setOrbit(false),
    failed: () => hud.notice(strings.vrFailed),
  });

  function simulate(seconds: number): boolean {
    if (xr.presenting) return xr.frame(seconds);
    if (!isStill(intent)) hud.hideHint();
    return modes.frame(seconds);
  }

  function render(): void {
    queue.run(UPLOAD_BUDGET_MS);
    if (city.frame(viewer)) {
      cityChanged = true;
      highlight.update();
    }
    if (!xr.presenting) modes.aim(camera);
    stage.surroundings.hazeDensity.value = modes.hazeDensity;
    stage.shade(modes.shadowMiddle(), modes.shadowRadius, cityChanged);
    cityChanged = false;
    stage.render();
    if (!xr.presenting) labels.arrange(camera, canvas.clientWidth, canvas.clientHeight, !modes.orbiting);
    if (arrival.manifest) whereabouts.tell();
    arrival.report();
    if (queue.size > 0) loop.invalidate();
  }

  function arrive(next: Manifest): void {
    arrival.manifest = next;
    hour.arrive(next.origin);
    hud.manifest(next);
    canvas.setAttribute('aria-label', strings.sceneLabel(next.title));
    const { feet, yaw } = spawn(next);
    [viewer.x, viewer.y, viewer.z] = [feet[0], feet[1] + EYE_HEIGHT_M, feet[2]];
    viewer.yaw = yaw;
    body.spawn(feet);
    const { min, max } = next.extent;
    materials.edge.value.set(min[0], -max[1], max[0], -min[1]);
  }

  function setOrbit(on: boolean): void {
    hud.orbiting(modes.setOrbit(on, arrival.manifest));
    hud.hideHint();
    loop.invalidate();
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
    if (document.hidden) return;
    const now = serverTime.now();
    if (labels.texts(now)) loop.invalidate();
    panel.tick(now);
    xr.texts(now);
  }

  function command(name: Command): void {
    if (name === 'pick-centre') void picking.at(0, 0);
    else if (name === 'orbit') setOrbit(!modes.orbiting);
    else if (name === 'measured') toggleMeasured();
    else if (name === 'help') panel.help();
    else panel.close();
  }

  attachInput({
    canvas,
    keys: window,
    intent,
    changed: loop.invalidate,
    pick: (x, y) => void picking.at((x / canvas.clientWidth) * 2 - 1, 1 - (y / canvas.clientHeight) * 2),
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
    setOrbit,
    setTime(text) {
      loop.invalidate();
      return hour.set(text);
    },
    settled: () => session.state.kind === 'open' && arrival.completeSeq >= whereabouts.viewSeq && decoder.pending === 0 && queue.size === 0 && body.settled,
    stats: () => ({
      ...city.stats,
      draws: renderer.info.render.calls,
      frames: loop.frames,
      scriptMs: loop.scriptMs,
      bytesReceived: session.bytesReceived,
      lastComplete: arrival.completeSeq,
      lastView: whereabouts.viewSeq,
      firstViewMs: arrival.firstViewMs,
      colliderCells: body.cells,
      grounded: body.grounded,
      mode: xr.presenting ? 'vr' : modes.orbiting ? 'orbit' : 'walk',
      link: session.state.kind,
    }),
  });

  const hear = createDispatch({
    session,
    serverTime,
    city,
    decoder,
    credit,
    body,
    sensors,
    arrival,
    hud,
    arrive,
    tellAgain: whereabouts.reset,
    tilesDropped() {
      cityChanged = true;
      highlight.update();
    },
    sensorsChanged() {
      labels.sensors(sensors.all());
      labels.texts(serverTime.now());
      xr.sensorsChanged();
    },
    readingsChanged: showAges,
    changed: loop.invalidate,
  });
  session.listen({
    message: hear,
    state(state) {
      hud.state(state);
      if (state.kind === 'refused') refuse(state.refusal);
    },
    held: () => city.held(),
  });

  function refuse(refusal: { readonly code: string; readonly message: string }): void {
    loop.hidden(true);
    void showRefusal(root, refusal);
  }

  const resize = (): void => {
    if (renderer.xr.isPresenting) return;
    stage.resize(innerWidth, innerHeight);
    loop.invalidate();
  };
  addEventListener('resize', resize);
  document.addEventListener('visibilitychange', () => {
    session.send({ t: 'pause', paused: document.hidden });
    loop.hidden(document.hidden);
  });
  canvas.addEventListener('webglcontextrestored', () => {
    cityChanged = true;
    loop.invalidate();
  });
  setInterval(showAges, SECOND_MS);
  resize();
  canvas.focus({ preventScroll: true });
}
