/** What people read about variants: with the code for those, after the first picture. */
export const variantStrings = {
  look: (variant: string, label: string) => `In “${variant}” it looks otherwise: ${label}. This look is proposed.`,
  beside: 'A house stands here now. You have been led out of it.',
  inside: 'A house stands around you now. Its doors are open.',
  /** What a mark on a surface says. */
  marks: new Map([
    ['proposed', 'Slanted lines: proposed'],
    ['simulated', 'Dots: simulated'],
    ['imagined', 'Level lines: invented'],
  ]),
  changes: 'What each changes',
  goThere: 'Go and see it',
  there: (title: string) => `You stand before it: ${title}`,
  youSee: (title: string) => `You see: ${title}`,
  nextIs: (title: string) => `Press here to see: ${title}`,
};
