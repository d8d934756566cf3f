/**
 * Who a visitor says she is: her name, kept in this browser, and the invitation she came with,
 * kept in this tab for one scene.
 */
import { keep, kept } from './kept';

const NAME = 'citiverse.name';
const invitationKey = (scene: string): string => `citiverse.invitation.${scene}`;
const IN_ADDRESS = /^#invite=(.+)$/;
/** The server reads no more of either. */
const LONGEST_NAME = 40;
const LONGEST_TOKEN = 1024;

export function keptName(): string | undefined {
  return kept('localStorage', NAME)?.slice(0, LONGEST_NAME);
}

export function keepName(name: string): void {
  keep('localStorage', NAME, name);
}

/** Takes an invitation out of the page's address, so that nobody copies or reads it there. */
export function takeInvitation(scene: string): void {
  const token = IN_ADDRESS.exec(location.hash)?.[1];
  if (token === undefined) return;
  keep('sessionStorage', invitationKey(scene), token.slice(0, LONGEST_TOKEN));
  history.replaceState(history.state, '', location.pathname + location.search);
}

/** Whether the address holds an invitation that wasn't taken yet. */
export function isInvited(): boolean {
  return IN_ADDRESS.test(location.hash);
}

export function invitation(scene: string): string | undefined {
  return kept('sessionStorage', invitationKey(scene));
}

export function dropInvitation(scene: string): void {
  keep('sessionStorage', invitationKey(scene), '');
}
