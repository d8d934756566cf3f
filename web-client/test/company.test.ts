import { beforeEach, expect, it } from 'vitest';

import { createCompany, type Company, type CompanyOptions } from '../src/company';
import type { People, Welcome } from '../src/protocol/messages';

let company: Company;
let met: number[];

beforeEach(() => {
  met = [];
  company = createCompany({ notAlone: (you: number) => met.push(you) } as unknown as CompanyOptions);
  company.hear({ t: 'welcome', person: 7 } as Welcome);
});

const people = (...numbers: number[]): People => ({
  t: 'people',
  joined: numbers.map((person) => ({ person, name: `Nr ${person}`, role: 'visitor' })),
  left: [],
});

it('says so when others are there already', () => {
  company.hear(people(7, 3));
  expect(met).toEqual([7]);
});

it('says nothing to who is alone, nor when somebody comes later or the line comes back', () => {
  company.hear(people(7));
  company.hear(people(8, 9));
  company.hear({ t: 'welcome', person: 7 } as Welcome);
  company.hear(people(7, 8, 9));
  expect(met).toEqual([]);
});
