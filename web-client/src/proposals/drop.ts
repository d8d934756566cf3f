/** A file can be dropped anywhere on the page. */
import { element } from '../ui/dom';
import { proposalStrings } from '../ui/proposal-strings';

/** @param dropped is given all files at once. */
export function takeDrops(root: HTMLElement, dropped: (files: readonly File[]) => void): void {
  const veil = element('div', 'drop-veil', proposalStrings.drop);
  veil.hidden = true;
  veil.setAttribute('aria-hidden', 'true');
  root.append(veil);
  const isFile = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes('Files') ?? false;

  window.addEventListener('dragover', (event) => {
    if (!isFile(event)) return;
    event.preventDefault();
    event.dataTransfer!.dropEffect = 'copy';
    veil.hidden = false;
  });
  window.addEventListener('dragleave', ({ relatedTarget }) => {
    // Between two elements of the page it goes on.
    if (relatedTarget === null) veil.hidden = true;
  });
  window.addEventListener('drop', (event) => {
    veil.hidden = true;
    if (!isFile(event)) return;
    event.preventDefault();
    dropped([...event.dataTransfer!.files]);
  });
}
