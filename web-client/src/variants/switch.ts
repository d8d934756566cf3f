/** Puts the choice of a variant together with what one sees, hears and presses. */
import { fadeFrom } from '../ui/cross-fade';
import { element } from '../ui/dom';
import { createLegend } from '../ui/legend';
import { strings } from '../ui/strings';
import { createVariantControl } from '../ui/variant-control';
import { variantStrings } from '../ui/variant-strings';
import type { Away } from './away';
import { isFree, stepOut } from './step-out';
import { AS_IT_IS, createVariants, type Variants } from './variants';
import type { VariationOptions } from './variation';

export interface SwitchOptions extends VariationOptions {
  readonly leaveOut: (away: Away) => void;
}

export interface Switch {
  readonly variants: Variants;
  /** Puts something beside the switch. */
  also(...parts: readonly HTMLElement[]): void;
  /** What is to be told of a feature beside what it is. */
  about(id: string): readonly Node[];
  /** Something that is there since now stands around the walker. */
  enclosed(): void;
}

export function createSwitch({ session, stage, canvas, soft, hud, body, leaveOut, changed }: SwitchOptions): Switch {
  let told = AS_IT_IS;
  const variants = createVariants({
    send: session.send,
    leaveOut(away) {
      if (soft() && !stage.renderer.xr.isPresenting) {
        stage.render();
        fadeFrom(canvas);
      }
      leaveOut(away);
      changed();
    },
    changed() {
      hud.realities(variants.realities);
      control.update();
      legend.show(variants.marked);
      if (variants.current === told) return;
      told = variants.current;
      hud.announce(strings.variants.now(variants.title, strings.realities(variants.realities)));
    },
  });
  const control = createVariantControl(hud.masthead, variants, `/s/${encodeURIComponent(session.scene)}/changes`);
  const legend = createLegend(hud.masthead);

  return {
    variants,
    also: control.also,
    about(id) {
      const label = variants.shown?.restyles.find((restyle) => restyle.id === id)?.label;
      return label === undefined ? [] : [element('p', 'look', variantStrings.look(variants.title, label))];
    },
    enclosed() {
      // Out of a house with doors one walks.
      const hasDoors = (variants.shown?.buildings ?? '') !== '' && isFree(body);
      if (hasDoors) hud.notice(variantStrings.inside);
      else if (stepOut(body)) hud.notice(variantStrings.beside);
    },
  };
}
