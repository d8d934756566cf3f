import { expect, it } from 'vitest';

import { createAnnouncer } from '../../src/people/announcer';
import { companyStrings } from '../../src/ui/company-strings';

it('says in one sentence who came and went within a moment', () => {
  const said: string[] = [];
  const due: (() => void)[] = [];
  const announcer = createAnnouncer({ say: (text) => said.push(text), after: (_, run) => due.push(run), sentences: companyStrings.people });
  for (const name of ['Ada', 'Bo', 'Cy']) announcer.came(name);
  announcer.left('Di');
  expect(due).toHaveLength(1);
  due[0]();
  expect(said).toEqual(['Ada and 2 others came in. Di left.']);
  announcer.came('Ed');
  due[1]();
  expect(said[1]).toBe('Ed came in.');
});
