/** Moments of a proposal, as the page's performance timeline has them (docs/client.md). */
export const PROPOSAL_MARKS = {
  dropped: 'citiverse:proposal-dropped',
  /** All of the file has been sent. */
  sent: 'citiverse:proposal-sent',
  /** It stands in the street, and can be placed. */
  sketched: 'citiverse:proposal-sketched',
  asked: 'citiverse:proposal-publish',
  /** One can walk in it. */
  published: 'citiverse:proposal-published',
} as const;
