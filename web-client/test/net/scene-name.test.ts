import { expect, it } from 'vitest';

import { sceneInPath } from '../../src/net/scene-name';

it('reads the scene from the path', () => {
  expect(sceneInPath('/s/potsdam')).toBe('potsdam');
  expect(sceneInPath('/s/potsdam/')).toBe('potsdam');
  expect(sceneInPath('/')).toBeUndefined();
  expect(sceneInPath('/s/a/b')).toBeUndefined();
});

it('finds no scene in a path that nothing can decode', () => {
  expect(sceneInPath('/s/%ff')).toBeUndefined();
});
