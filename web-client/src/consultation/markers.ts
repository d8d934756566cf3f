/** Comments in the city: a quiet mark at each place, that opens the comment. */
import { sceneToWorld } from '../core/frames';
import type { Pin, PinKind, Pins } from '../overlays/pins';
import { OWN_HOUSE_M } from '../overlays/sight';
import type { Comment } from '../protocol/messages';
import { element } from '../ui/dom';
import { companyStrings } from '../ui/company-strings';
import type { Fate } from './fates';

export interface Markers {
  show(comments: readonly Comment[]): void;
}

const KIND: PinKind = { className: 'comment', stem: 20, most: 8, mostFromAbove: 24, farthest: 150, own: OWN_HOUSE_M };

export function createMarkers(pins: Pins, open: (id: number) => void, fateOf: (comment: Comment) => Fate | undefined): Markers {
  const markers = new Map<number, Pin>();

  function create({ id, position }: Comment): Pin {
    const mark = element('span', 'bubble');
    const pin = pins.add(KIND, [mark], () => open(id));
    pin.place.set(...sceneToWorld(position));
    markers.set(id, pin);
    return pin;
  }

  return {
    show(comments) {
      const left = new Set(markers.keys());
      for (const comment of comments) {
        left.delete(comment.id);
        const pin = markers.get(comment.id) ?? create(comment);
        pin.card.title = `${comment.name}: ${comment.text}`;
        pin.root.classList.toggle('by-host', comment.role === 'host');
        pin.root.classList.toggle('is-hidden', comment.hidden);
        const fate = fateOf(comment);
        pin.root.classList.toggle('is-former', fate !== undefined);
        if (fate) pin.card.title += ` (${companyStrings.comments.became(fate)})`;
        if (comment.hidden) pin.card.title += ` (${companyStrings.comments.hidden})`;
      }
      for (const id of left) {
        markers.get(id)!.remove();
        markers.delete(id);
      }
    },
  };
}
