/**
 * People and comments: their code is fetched while the first view arrives. It is started right after
 * that view, or before it where others are here, so that nobody comes into an empty street; until
 * then what the server tells of them is kept here.
 */
import type { Consultation, ConsultationOptions } from './consultation/consultation';
import type { People, PeopleOptions } from './people/people';
import type { Commented, Comments, Manifest, People as PeopleMessage, PresenceFrame, ServerError, Welcome } from './protocol/messages';
import { strings } from './ui/strings';

export type CompanyMessage = Welcome | PeopleMessage | PresenceFrame | Comments | Commented | ServerError;

export interface CompanyOptions extends PeopleOptions, Omit<ConsultationOptions, 'manifest' | 'role' | 'isUnheard' | 'viewer'> {
  readonly viewer: ConsultationOptions['viewer'];
  /** Others were here when you, with this number, came in. */
  readonly notAlone: (you: number) => void;
}

export interface Company {
  /** Fetches the code, so that it is here when it is needed. */
  preload(): void;
  /** Starts it, if it isn't yet. */
  load(): void;
  /** The city has been made anew. */
  remade(manifest: Manifest): void;
  /** @returns whether nobody else needs to tell of it. */
  hear(message: CompanyMessage): boolean;
  /** The line is lost. */
  lost(): void;
  readonly people: People | undefined;
  readonly consultation: Consultation | undefined;
}

function fetchCode() {
  return Promise.all([import('./people/people'), import('./consultation/consultation')]);
}

export function createCompany(options: CompanyOptions): Company {
  const waiting: CompanyMessage[] = [];
  let people: People | undefined;
  let consultation: Consultation | undefined;
  let failed = false;
  let loading: Promise<void> | undefined;
  let manifest: Manifest | undefined;
  let you = -1;
  let met = false;

  function meet(others: number): void {
    if (!met && others > 0) {
      options.notAlone(you);
      load();
    }
    met = true;
  }

  function load(): void {
    if (manifest) loading ??= begin();
  }

  async function begin(): Promise<void> {
    try {
      const [others, said] = await fetchCode();
      const company = others.createPeople(options);
      const { directory } = company;
      consultation = said.createConsultation({ ...options, manifest: () => manifest!, role: () => directory.role, isUnheard: directory.isUnheard });
      people = company;
    } catch {
      failed = true;
      options.notice(strings.companyFailed);
    }
    for (const message of waiting.splice(0)) tell(message);
    options.changed();
  }

  function tell(message: CompanyMessage): boolean {
    switch (message.t) {
      case 'welcome':
        people?.welcome(message);
        consultation?.welcome();
        return true;
      case 'people':
        people?.people(message);
        return true;
      case 'presence':
        people?.presence(message);
        return true;
      case 'comments':
        consultation?.comments(message);
        return true;
      case 'commented':
        consultation?.commented(message);
        return true;
      case 'error':
        return consultation?.refused(message) ?? false;
    }
  }

  return {
    preload() {
      // Where it fails, loading fails again, and says so.
      fetchCode().catch(() => undefined);
    },
    load,
    remade(next) {
      manifest = next;
    },
    hear(message) {
      if (message.t === 'welcome') ({ person: you, manifest } = message);
      if (message.t === 'people') meet(message.joined.length - 1);
      if (people) return tell(message);
      if (!failed && message.t !== 'error') waiting.push(message);
      return false;
    },
    lost: () => consultation?.lost(),
    get people() {
      return people;
    },
    get consultation() {
      return consultation;
    },
  };
}
