/** What people read about each other and about comments: with the code for those, after the first picture. */
export const companyStrings = {
  people: {
    title: 'People here',
    button: (count: number) => `People ${count}`,
    name: 'Your name',
    rename: 'Change',
    renamed: (name: string) => `You are called ${name} now.`,
    yourRole: { visitor: 'You are here as a visitor.', host: 'You are here as a host: you may hide comments.' },
    alone: 'Nobody else is here right now.',
    notInSight: 'not walking near you',
    lookAt: 'Turn to',
    mute: 'Mute',
    muted: 'Muted: comments by this name do not pop up and are not read out.',
    block: 'Block',
    blocked: 'Blocked: you do not see each other.',
    space: 'Keep one metre around me free',
    spaceHint: 'Whoever comes nearer than one metre fades away.',
    came: (names: readonly string[]) => `${several(names)} came in.`,
    left: (names: readonly string[]) => `${several(names)} left.`,
    with: (count: number) => (count === 1 ? 'One other person is here.' : `${count} other people are here.`),
  },
  comments: {
    title: 'Comments',
    one: 'Comment',
    button: 'Comment',
    text: 'What would you like to say?',
    counter: (length: number, most: number) => `${length} of ${most} characters`,
    send: 'Send',
    pinned: (place: string) => `About: ${place}`,
    here: 'the place where you stand',
    ground: 'a place on the ground',
    thisBuilding: 'this building',
    pinAnew: 'Choose what is in the middle of the picture',
    sending: 'Sending…',
    waiting: 'Not sent yet: there is no connection. It will be sent as soon as there is one.',
    saved: 'Saved. Everyone here can see it.',
    refused: (why: string) => `Could not be saved: ${why}`,
    again: 'Try again',
    edit: 'Change the text',
    discard: 'Throw away',
    onTheWay: 'Your comments on the way',
    all: 'What people said',
    none: 'Nobody has said anything yet.',
    order: 'Order',
    newest: 'Newest first',
    nearest: 'Nearest first',
    open: 'Read',
    goThere: 'Go there',
    inVariant: (where: string, title: string) => `${where}, in “${title}”`,
    every: 'All comments',
    plainList: 'All comments as a plain page',
    arrived: (name: string, text: string) => `${name} says: ${text}`,
    hide: 'Hide',
    show: 'Show again',
    reason: 'Reason',
    hidden: 'Hidden from visitors',
    gone: 'This comment was hidden by a host.',
    became: ({ became, successors, name }: { readonly became: string; readonly successors: readonly unknown[]; readonly name: string }) => {
      const now = name === '' ? 'what is shown in colour' : name;
      if (became === 'demolished') return 'What this is about is no longer there, by newer data of the city.';
      if (successors.length === 0) return 'Newer data of the city came since. Nobody can say for sure what this is about now.';
      if (became === 'split') return `Newer data of the city came since. This is ${successors.length} parts now, one of them ${now}.`;
      if (became === 'merged') return `Newer data of the city came since. This is a part of ${now} now.`;
      return `Newer data of the city came since. This is ${now} now.`;
    },
    phrases: [
      'I like this.',
      'This worries me.',
      'More green here, please.',
      'A bench here, please.',
      'A safer crossing here, please.',
      'There is too much traffic here.',
      'Please keep this as it is.',
      'What is planned here?',
    ],
    speak: 'Speak',
    listening: 'Listening…',
    cancel: 'Cancel',
    choose: 'What would you like to say here?',
  },
};

function several(names: readonly string[]): string {
  if (names.length <= 2) return names.join(' and ');
  return `${names[0]} and ${names.length - 1} others`;
}
