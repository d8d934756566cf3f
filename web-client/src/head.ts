/**
 * In the page itself: opens the line to the server before any code is there; early.ts takes it over.
 *
 * A newcomer's hello goes with it, so that the city comes right behind the code.
 */
import { deviceProfile } from './core/profile';
import { greetingPath } from './net/greeting';
import { invitation, isInvited, keptName } from './net/identity';
import { sceneInPath } from './net/scene-name';
import { hasLabels } from './shelf/labels';

const path = greeting(sceneInPath(location.pathname));
/** Whether hello is said; whoever has a name, an invitation or kept content says it herself. */
export const greeted = path !== undefined;
export const socket = new WebSocket(location.origin.replace('http', 'ws') + (path ?? '/ws'), 'citiverse.v1');
socket.binaryType = 'arraybuffer';

/** What has come before anyone listens. */
export const heard: MessageEvent[] = [];
socket.onmessage = (event) => heard.push(event);

function greeting(scene: string | undefined): string | undefined {
  if (scene === undefined || isInvited() || (invitation(scene) ?? keptName()) !== undefined) return undefined;
  if (hasLabels(scene)) return undefined;
  return greetingPath({ scene, profile: deviceProfile(), viewport: [innerWidth, innerHeight] });
}
