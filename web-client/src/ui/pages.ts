/** Plain pages for when there is no picture to show. */
import { dropInvitation } from '../net/identity';
import { fetchScenes, type SceneEntry } from '../net/scene-name';
import type { Refusal } from '../net/session';
import type { Manifest } from '../protocol/messages';
import { button, element } from './dom';
import { companyStrings } from './company-strings';
import { strings } from './strings';
import { variantStrings } from './variant-strings';

/** No WebGL: the city's facts and the list of its buildings. */
export function showNoWebGl(root: HTMLElement, scene: string): { manifest(manifest: Manifest): void } {
  const { title, text } = strings.pages.noWebGl;
  const facts = element('ul');
  const link = element('a', '', strings.features);
  link.href = `/scenes/${encodeURIComponent(scene)}/features`;
  const page = showPage(root, title, text, facts, link, commentsLink(scene));
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
      if (manifest.variants.length > 0) page.append(changesLink(scene));
    },
  };
}

/** The server said no for good. */
export async function showRefusal(root: HTMLElement, scene: string, refusal: Refusal): Promise<void> {
  const { pages } = strings;
  const again = button(strings.reload, 'tool', () => location.reload());
  if (refusal.code === 'unknown-scene') {
    const page = showPage(root, pages.unknownScene.title, pages.unknownScene.text);
    const scenes = await fetchScenes();
    if (scenes.length === 0) page.append(element('p', '', strings.noCities));
    else page.append(element('p', '', strings.otherCities), cityList(scenes));
  } else if (refusal.code === 'not-made') {
    showPage(root, pages.notMade.title, pages.notMade.text, again);
  } else if (refusal.code === 'server-full') {
    showPage(root, pages.serverFull.title, pages.serverFull.text, again);
  } else if (refusal.code === 'bad-invite' || refusal.code === 'expired-invite') {
    const { title, text } = refusal.code === 'bad-invite' ? pages.badInvite : pages.expiredInvite;
    const asVisitor = button(pages.asVisitor, 'tool primary', () => {
      dropInvitation(scene);
      location.reload();
    });
    showPage(root, title, text, asVisitor);
  } else if (refusal.code === 'unsupported-protocol' || refusal.code === 'bad-server') {
    showPage(root, pages.protocol.title, pages.protocol.text, element('p', 'detail', refusal.message), again);
  } else {
    showPage(root, pages.refused.title, pages.refused.text, element('p', 'detail', refusal.message), again);
  }
}

/** After leaving: calm, and with a way back. */
export function showLeft(root: HTMLElement, scene: string): void {
  const { left, comeBack } = strings.pages;
  const back = button(comeBack, 'tool primary', () => location.reload());
  showPage(root, left.title, left.text, back, element('p'), commentsLink(scene));
  back.focus();
}

/** What each variant changes, in words. */
function changesLink(scene: string): HTMLAnchorElement {
  const link = element('a', '', variantStrings.changes);
  link.href = `/s/${encodeURIComponent(scene)}/changes`;
  return link;
}

/** The comments as a plain page, which needs neither 3D nor scripts. */
export function commentsLink(scene: string): HTMLAnchorElement {
  const link = element('a', '', companyStrings.comments.plainList);
  link.href = `/s/${encodeURIComponent(scene)}/comments`;
  return link;
}

/** The front page of a server with several cities. */
export function showCities(root: HTMLElement, scenes: readonly SceneEntry[]): void {
  const { title, text } = strings.pages.cities;
  showPage(root, title, text, cityList(scenes));
}

function cityList(scenes: readonly SceneEntry[]): HTMLElement {
  const list = element('ul', 'cities');
  for (const { name, title, source } of scenes) {
    const link = element('a', 'city-link');
    link.href = `/s/${name}`;
    link.append(element('span', 'city-title', title));
    if (source) link.append(element('span', 'city-source', `${strings.sources}: ${source}`));
    const item = element('li');
    item.append(link);
    list.append(item);
  }
  return list;
}

function showPage(root: HTMLElement, title: string, text: string, ...more: Node[]): HTMLElement {
  const page = element('article', 'page');
  page.append(element('h1', '', title), element('p', '', text), ...more);
  root.replaceChildren(page);
  document.title = `${title} · ${strings.appName}`;
  return page;
}
