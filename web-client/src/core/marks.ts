/** Moments of an arrival, as marks of the page's timeline (User Timing), for whoever measures. */
export const MARKS = {
  /** The drawing code begins to run. */
  script: 'citiverse:script',
  /** The first frame in which every layer covers the view, coarse or fine. */
  firstView: 'citiverse:first-view',
  /** The first frame in which everything in the picture is drawn as finely as it is wanted. */
  complete: 'citiverse:complete',
} as const;
