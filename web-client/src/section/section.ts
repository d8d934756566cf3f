/** Cuts buildings open: what is cut away is neither drawn, nor picked, nor in anybody's way. */
import { buildingsOf, type Building } from '../protocol/buildings';
import type { Manifest } from '../protocol/messages';
import { button } from '../ui/dom';
import { sectionStrings as strings } from '../ui/section-strings';
import type { WorkshopContext } from '../workshop';
import { createCarving } from './carving';
import { createControls } from './controls';
import { uncutLayers, type Cut } from './cut';
import { cutOf, headingTowards, nearestOf, NOTHING_CUT, planHeight, storeyAt, type Settings } from './settings';

export interface Section {
  /** What is cut now. */
  readonly settings: Settings;
  /** Cuts that from now on. */
  cut(settings: Settings): void;
  /** Everything is shown again. */
  reset(): void;
  /** The scene is this one, or another variant of it is looked at. */
  refresh(): Promise<void>;
}

export function createSection(context: WorkshopContext): Section {
  const { materials, stage, body, picking, viewer, hud, panel, variation, manifest, changed, cityChanged } = context;
  const carving = createCarving(materials, stage);
  let settings = NOTHING_CUT;
  let known: { readonly manifest: Manifest; readonly buildings: readonly Building[] } | undefined;

  const opener = button(strings.tool, 'tool', () => void open());
  opener.hidden = true;
  const reset = button(strings.reset, 'tool', () => {
    apply(NOTHING_CUT);
    hud.announce(strings.nothingCut);
  });
  reset.hidden = true;
  hud.tools.prepend(opener);
  hud.masthead.append(reset);
  const controls = createControls({ set: apply, announce: hud.announce, facing, reset: () => reset.click() });

  function facing(building: Building | undefined): number {
    return headingTowards(building, viewer, viewer.yaw);
  }

  function here(): readonly Building[] {
    const current = variation.variants?.current ?? '';
    return known?.buildings.filter(({ variant }) => variant === '' || variant === current) ?? [];
  }

  function apply(next: Settings): void {
    const cut = cutOf(next, viewer);
    settings = next;
    // The picture waits for nothing: until the shaders are made it stays as it was.
    void carving.prepare().then(() => settings === next && show(cut));
    picking.cut(cut);
    body.cut(cut, uncutLayers(manifest()?.layers ?? []));
    opener.setAttribute('aria-pressed', String(cut !== undefined));
    reset.hidden = cut === undefined;
    controls.show(here(), settings);
  }

  function show(cut: Cut | undefined): void {
    carving.show(cut);
    cityChanged();
    changed();
  }

  async function refresh(): Promise<void> {
    const now = manifest();
    if (!now) return;
    opener.hidden = now.buildings === '' && now.variants.every(({ buildings }) => buildings === '');
    if (known?.manifest !== now) known = undefined;
  }

  async function open(): Promise<void> {
    const now = manifest();
    if (!now) return;
    void carving.prepare();
    if (known?.manifest !== now) known = { manifest: now, buildings: await buildingsOf(now) };
    const building = settings.building ?? nearestOf(here(), viewer);
    const storey = building && storeyAt(building, body.walker?.feet.y ?? viewer.y);
    const first = settings.storey || settings.side ? settings : { building, storey, height: storey ? planHeight(storey) : 0, side: undefined };
    panel.show({ title: strings.title, content: [controls.root] });
    apply(first);
  }

  void refresh();
  return {
    get settings() {
      return settings;
    },
    cut: apply,
    reset: () => apply(NOTHING_CUT),
    refresh,
  };
}
