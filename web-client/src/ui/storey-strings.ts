/** What people read who go through a building: with the code for that. */
export const storeyStrings = {
  group: (building: string) => (building ? `Storeys of ${building}` : 'Storeys of this building'),
  storey: 'Storey',
  named: (name: string, number: number) => name || `Storey ${number}`,
  up: 'Go up a storey',
  down: 'Go down a storey',
  room: (room: string, storey: string) => [room, storey].filter(Boolean).join(', '),
  outside: 'Outside',
  goInside: 'Go inside',
  on: (where: string) => `You are here: ${where}.`,
  leftBuilding: 'You are outside again.',
  noFloor: (storey: string) => `There is no floor to stand on in “${storey}”, or it is still coming.`,
};
