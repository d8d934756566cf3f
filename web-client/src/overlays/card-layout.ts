/** Where the cards of pins go: nearest first, whole on the screen, over nothing else. */

export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** What cards of one kind have in common. Lengths in pixels. */
export interface CardKind {
  /** From the place up to the card, where there is room. */
  readonly stem: number;
  /** At most so many at a time, on foot and from above. */
  readonly most: number;
  readonly mostFromAbove: number;
}

/** One card; `shown`, `left` and `top` are what `layOut` finds. Lengths in pixels. */
export interface Card {
  readonly kind: CardKind;
  /** The place it stands for, on the screen. */
  x: number;
  y: number;
  /** Metres from the eye. */
  distance: number;
  width: number;
  height: number;
  /** Whether its place can be seen at all. */
  visible: boolean;
  shown: boolean;
  left: number;
  top: number;
}

export interface Screen {
  readonly width: number;
  readonly height: number;
  /** What lies over the picture and must stay free. */
  readonly taken: readonly Rect[];
  readonly onFoot: boolean;
}

export const MARGIN_PX = 8;
const SHORTEST_STEM_PX = 8;
/** The farther away, the more room around a card: what is near may crowd, what is far mustn't. */
const GAP_PX_PER_M = 0.25;
const WIDEST_GAP_PX = 96;

/** @param cards nearest first; allocates nothing. */
export function layOut(cards: readonly Card[], screen: Screen): void {
  for (let i = 0; i < cards.length; i += 1) {
    const card = cards[i];
    // Where something is over the end of its stem, it may find room further down.
    card.shown =
      card.visible && hasTurn(cards, i, screen.onFoot) && (isPlaced(cards, i, screen, card.kind.stem) || isPlaced(cards, i, screen, Math.min(SHORTEST_STEM_PX, card.kind.stem)));
  }
}

/** Whether fewer of its kind are shown already than may be. */
function hasTurn(cards: readonly Card[], end: number, onFoot: boolean): boolean {
  const { kind } = cards[end];
  let left = onFoot ? kind.most : kind.mostFromAbove;
  for (let i = 0; i < end && left > 0; i += 1) if (cards[i].shown && cards[i].kind === kind) left -= 1;
  return left > 0;
}

function isPlaced(cards: readonly Card[], i: number, screen: Screen, stem: number): boolean {
  return fits(cards[i], screen, stem) && isFree(cards[i], cards, i, screen.taken);
}

/** Moves the card sideways, and down its stem, until it is whole on the screen. */
function fits(card: Card, { width, height }: Screen, stem: number): boolean {
  if (card.x < 0 || card.x > width || card.y > height) return false;
  const most = width - MARGIN_PX - card.width;
  if (most < MARGIN_PX) return false;
  card.left = Math.max(MARGIN_PX, Math.min(most, card.x - card.width / 2));
  card.top = Math.max(MARGIN_PX, card.y - stem - card.height);
  return card.top + card.height <= card.y - Math.min(SHORTEST_STEM_PX, card.kind.stem);
}

function isFree(card: Card, cards: readonly Card[], end: number, taken: readonly Rect[]): boolean {
  for (const rect of taken) if (touches(card, rect.left, rect.top, rect.right, rect.bottom, MARGIN_PX)) return false;
  const gap = Math.min(WIDEST_GAP_PX, MARGIN_PX + card.distance * GAP_PX_PER_M);
  for (let i = 0; i < end; i += 1) {
    const other = cards[i];
    if (other.shown && touches(card, other.left, other.top, other.left + other.width, other.y, gap)) return false;
  }
  return true;
}

/** Whether card and stem come nearer to a rectangle than `gap`. */
function touches(card: Card, left: number, top: number, right: number, bottom: number, gap: number): boolean {
  return card.left < right + gap && card.left + card.width > left - gap && card.top < bottom + gap && card.y > top - gap;
}
