/** Plain pages for when there is no picture to show. */
import { fetchScenes } from '../net/scene-name';
import type { Refusal } from '../net/session';
import type { Manifest } from '../protocol/messages';
import { button, element } from './dom';
import { strings } from './strings';

/** No WebGL: the city's facts and the list of its buildings. */
export function showNoWebGl(root: HTMLElement, scene: string): { manifest(manifest: Manifest): void } {
  const { title, text } = strings.pages.noWebGl;
  const facts = element('ul');
  const link = element('a', '', strings.features);
  link.href = `/scenes/${encodeURIComponent(scene)}/features`;
  const page = showPage(root, title, text, facts, link);
  return {
    manifest(manifest) {
      const { min, max } = manifest.extent;
      const objects = manifest.layers.reduce((sum, layer) => sum + layer.features, 0);
      page.querySelector('h1')!.textContent = manifest.title;
      page.querySelector('p')!.textContent = `${title}. ${text}`;
      facts.replaceChildren(
        element('li', '', strings.facts.buildings(objects)),
        element('li', '', strings.facts.size(max[0] - min[0], max[1] - min[1])),
        ...manifest.attributions.map((item) => element('li', '', `${item.text} (${item.licence})`)),
      );
    },
  };
}

/** The server said no for good. */
export async function showRefusal(root: HTMLElement, refusal: Refusal): Promise<void> {
  const { pages } = strings;
  const again = button(strings.reload, 'tool', () => location.reload());
  if (refusal.code === 'unknown-scene') {
    const list = element('ul');
    showPage(root, pages.unknownScene.title, pages.unknownScene.text, list);
    const scenes = await fetchScenes();
    if (scenes.length === 0) return list.replaceWith(element('p', '', strings.noCities));
    list.before(element('p', '', strings.otherCities));
    for (const { name, title } of scenes) {
      const link = element('a', '', title);
      link.href = `/s/${name}`;
      const item = element('li');
      item.append(link);
      list.append(item);
    }
  } else if (refusal.code === 'server-full') {
    showPage(root, pages.serverFull.title, pages.serverFull.text, again);
  } else if (refusal.code === 'unsupported-protocol' || refusal.code === 'bad-server') {
    showPage(root, pages.protocol.title, pages.protocol.text, element('p', 'detail', refusal.message), again);
  } else {
    showPage(root, pages.refused.title, pages.refused.text, element('p', 'detail', refusal.message), again);
  }
}

function showPage(root: HTMLElement, title: string, text: string, ...more: Node[]): HTMLElement {
  const page = element('article', 'page');
  page.append(element('h1', '', title), element('p', '', text), ...more);
  root.replaceChildren(page);
  document.title = `${title} · ${strings.appName}`;
  return page;
}
