import { expect, it } from 'vitest';

import { linkedPlace } from '../../src/consultation/link';

it('reads the point and the viewpoint of a comment', () => {
  expect(linkedPlace('#at=1.5,-2,3;8,-3,4.6;0,0,0,1')).toEqual({ position: [1.5, -2, 3], eye: [8, -3, 4.6], orientation: [0, 0, 0, 1], variant: '' });
  expect(linkedPlace('#at=1.5,-2,3;8,-3,4.6;0,0,0,1;hall-2')).toMatchObject({ orientation: [0, 0, 0, 1], variant: 'hall-2' });
});

it.each(['', '#at=', '#invite=abc', '#at=1,2,3', '#at=1,2,3;8,-3,4.6;0,0,0,1;A b', '#at=1,2;8,-3,4.6;0,0,0,1', '#at=1,2,x;8,-3,4.6;0,0,0,1', '#at=1,2,--3;8,-3,4.6;0,0,0,1', `#at=${'1,'.repeat(200)}`])(
  'takes %j for no place',
  (hash) => expect(linkedPlace(hash)).toBeUndefined(),
);
