/** The front page where the server has several cities. */
import './ui/base.css';
import './ui/styles.css';
import './ui/pages.css';
import './ui/adapt.css';

import type { SceneEntry } from './net/scene-name';
import { showCities } from './ui/pages';

export function start(scenes: readonly SceneEntry[]): void {
  showCities(document.querySelector<HTMLElement>('#app')!, scenes);
}
