// @vitest-environment happy-dom
import { beforeEach, expect, it } from 'vitest';

import { dropInvitation, invitation, isInvited, keepName, keptName, takeInvitation } from '../../src/net/identity';

beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
  location.hash = '';
});

it('takes an invitation out of the address, and keeps it for this city alone', () => {
  location.hash = '#invite=abc.def-1_2';
  expect(isInvited()).toBe(true);
  takeInvitation('town');
  expect(location.href).not.toContain('invite');
  expect(invitation('town')).toBe('abc.def-1_2');
  expect(invitation('village')).toBeUndefined();
});

it('keeps it over a reload, until it is dropped', () => {
  location.hash = '#invite=abc';
  takeInvitation('town');
  takeInvitation('town');
  expect(invitation('town')).toBe('abc');
  dropInvitation('town');
  expect(invitation('town')).toBeUndefined();
});

it('keeps your name', () => {
  expect(keptName()).toBeUndefined();
  keepName('Ada');
  expect(keptName()).toBe('Ada');
});
