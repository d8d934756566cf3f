/**
 * Being there: one immersive session. Its frames drive the whole client, because the page's own
 * frames stop; the viewer follows the headset, so that the stream does, too.
 */
import { Euler, Quaternion, Vector3 } from 'three';

import type { Vec3 } from '../core/frames';
import { createIntent } from '../walk/intent';
import { walkFrame } from '../walk/walk-mode';
import { createChartBoard } from './chart-board';
import { createCommenting } from './commenting';
import { createCommentSigns } from './comment-signs';
import { createHands } from './hands';
import { createLiveLegend } from './live-legend';
import { createNameSigns } from './name-signs';
import { createLiveSigns } from './signs';
import { handPlaces } from './spaces';
import { createTeleport } from './teleport';
import { createTimeBar } from './time-bar';
import { createVariantBar } from './variant-bar';
import type { XrOptions } from './xr';

export interface Presence {
  frame(seconds: number): boolean;
  texts(serverNowUs: number): void;
  leave(): void;
  /** Left and right, world frame; empty where there are none. */
  hands(): readonly Vec3[];
  /** Whether a name stands above somebody's head. */
  isNamed(person: number): boolean;
  /** Middles of the short phrases to choose from, world frame; empty while none are shown. */
  choices(): readonly Vec3[];
  /** Middle of the bar that shows the next variant, world frame; undefined where there is none. */
  variantBar(): Vec3 | undefined;
  /** Middles of what can be pressed on the bar of time, and then on the chart that is open, world frame. */
  timeChoices(): readonly Vec3[];
}

const SNAP_TURN = Math.PI / 6;

/** Must be called from a press of the person. */
export async function enterPresence(options: XrOptions, ended: () => void): Promise<Presence> {
  const { stage, rig, viewer, body, loop, company, sight } = options;
  const { renderer, scene, camera } = stage;
  const session = await navigator.xr!.requestSession('immersive-vr', {
    requiredFeatures: ['local-floor'],
    optionalFeatures: ['bounded-floor', 'hand-tracking'],
  });
  renderer.xr.enabled = true;
  renderer.xr.setReferenceSpaceType('local-floor');
  try {
    await renderer.xr.setSession(session);
  } catch (error) {
    renderer.xr.enabled = false;
    await session.end();
    throw error;
  }

  const teleport = createTeleport(scene, body);
  const overlays = () => options.workshop.tools?.overlays;
  const signs = createLiveSigns(scene, { overlays, sight });
  const legend = createLiveLegend(scene);
  const names = createNameSigns(scene, () => company.people, sight);
  const said = createCommentSigns(scene, sight);
  const commenting = createCommenting({
    scene,
    viewer,
    picking: options.picking,
    consultation: () => company.consultation,
    section: () => options.workshop.tools?.section,
    after: (ms, run) => setTimeout(run, ms),
  });
  const bar = createVariantBar(scene, () => options.variation.variants);
  const time = createTimeBar(scene, () => options.workshop.tools?.time);
  const chart = createChartBoard({ scene, sceneName: options.session.scene, rules: options.sensors.styles, now: options.sensors.now });
  let handsNow: readonly Vec3[] = [];
  const hands = createHands(renderer, rig, {
    press: (origin, direction) => [commenting, chart, bar].some((one) => one.press(origin, direction)) || pressTime(origin, direction) || openChart(origin, direction),
    point(origin, direction) {
      commenting.point(origin, direction);
      for (const one of [chart, time, bar]) one.point(origin, direction);
    },
    next: () => options.variation.variants?.next(),
    comment(origin, direction) {
      chart.close();
      commenting.toggle(origin, direction);
    },
    aim: (origin, direction) => teleport.aim(origin, direction),
    release() {
      const place = teleport.release();
      if (place) standAt(place);
    },
    snapTurn: (steps) => turn(steps * SNAP_TURN),
    leave: () => void session.end(),
  });
  const intent = createIntent();
  const head = new Vector3();
  const orientation = new Quaternion();
  const euler = new Euler(0, 0, 0, 'YXZ');
  const offset = new Vector3();
  /** Where the feet were last: who is put elsewhere takes the rig along. */
  const stood = new Vector3(Infinity, 0, 0);
  let over = false;
  const heading = { x: 0, y: 0, z: 0, yaw: 0, pitch: 0 };

  body.seat(viewer);
  viewer.pitch = 0;
  rig.position.set(viewer.x, body.walker?.feet.y ?? viewer.y, viewer.z);
  rig.rotation.y = viewer.yaw;
  camera.position.set(0, 0, 0);
  camera.rotation.set(0, 0, 0);
  camera.near = 0.1;
  loop.session(true);
  // The renderer's own loop would go on with the page's frames beside the headset's.
  renderer.xr.setAnimationLoop(() => loop.sessionFrame());
  session.addEventListener('end', leaveScene, { once: true });

  function pressTime(origin: Vector3, direction: Vector3): boolean {
    const isMeant = time.press(origin, direction);
    if (isMeant) chart.renew();
    return isMeant;
  }

  function openChart(origin: Vector3, direction: Vector3): boolean {
    const sensor = signs.at(origin, direction);
    if (sensor) chart.open(sensor, viewer);
    return sensor !== undefined;
  }

  /** Level offset of the head from the rig's origin, world frame. */
  function headOffset(): Vector3 {
    camera.getWorldPosition(head);
    return offset.set(head.x - rig.position.x, 0, head.z - rig.position.z);
  }

  function standAt(feet: Vector3): void {
    headOffset();
    rig.position.copy(feet).sub(offset);
    body.spawn([feet.x, feet.y, feet.z]);
    if (body.walker) stood.copy(body.walker.feet);
  }

  function follow({ x, z }: Vector3): void {
    if (stood.x === Infinity) return;
    rig.position.x += x - stood.x;
    rig.position.z += z - stood.z;
  }

  /** Turns the rig around the head, so that one stays where one stands. */
  function turn(angle: number): void {
    headOffset();
    rig.position.add(offset);
    offset.applyAxisAngle(rig.up, angle);
    rig.position.sub(offset);
    rig.rotation.y += angle;
  }

  function leaveScene(): void {
    over = true;
    renderer.setAnimationLoop(null);
    renderer.xr.enabled = false;
    hands.dispose();
    teleport.dispose();
    signs.dispose();
    legend.dispose();
    names.dispose();
    said.dispose();
    commenting.dispose();
    for (const one of [chart, time, bar]) one.dispose();
    rig.position.set(0, 0, 0);
    rig.rotation.y = 0;
    body.seat(viewer);
    viewer.pitch = 0;
    ended();
    stage.resize(innerWidth, innerHeight);
    loop.session(false);
  }

  return {
    frame(seconds) {
      rig.updateMatrixWorld();
      // The camera follows the headset; three would do it only when drawing.
      renderer.xr.updateCamera(camera);
      camera.getWorldPosition(head);
      camera.getWorldQuaternion(orientation);
      euler.setFromQuaternion(orientation);
      const { forward, strafe } = hands.update(session);
      if (over) return false;
      if (body.walker?.grounded) {
        headOffset();
        follow(body.walker.feet);
        intent.forward = forward;
        intent.strafe = strafe;
        heading.yaw = euler.y;
        const { feet } = body.walker;
        const { x, z } = feet;
        walkFrame(heading, intent, body.walker, seconds);
        rig.position.x += feet.x - x;
        rig.position.z += feet.z - z;
        rig.position.y = feet.y;
        stood.copy(feet);
      }
      viewer.x = head.x;
      viewer.y = head.y;
      viewer.z = head.z;
      viewer.yaw = euler.y;
      viewer.pitch = euler.x;
      handsNow = handPlaces(session.inputSources, renderer, rig);
      company.people?.frame();
      signs.face(head);
      legend.face(viewer);
      names.face(head);
      said.face(head);
      time.face(viewer);
      bar.face(viewer);
      return true;
    },
    texts(serverNowUs) {
      signs.texts(serverNowUs);
      legend.show(overlays()?.layers.all ?? []);
      names.look();
      const looksAt = options.variation.variants?.current ?? '';
      said.choose((company.consultation?.all() ?? []).filter((comment) => comment.variant === looksAt));
    },
    leave: () => void session.end(),
    hands: () => handsNow,
    isNamed: names.isShown,
    variantBar() {
      const place = bar.place();
      return place && [place.x, place.y, place.z];
    },
    timeChoices: () => [...time.places(), ...chart.places()].map(({ x, y, z }): Vec3 => [x, y, z]),
    choices: () => commenting.places().map(({ x, y, z }): Vec3 => [x, y, z]),
  };
}
