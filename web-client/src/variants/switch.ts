/** Puts the choice of a variant together with what one sees, hears and presses. */
import { fadeFrom } from '../ui/cross-fade';
import { strings } from '../ui/strings';
import { createVariantControl } from '../ui/variant-control';
import type { Away } from './away';
import { AS_IT_IS, createVariants, type Variants } from './variants';
import type { VariationOptions } from './variation';

export interface SwitchOptions extends VariationOptions {
  readonly leaveOut: (away: Away) => void;
}

export function createSwitch({ session, stage, canvas, soft, hud, leaveOut, changed }: SwitchOptions): Variants {
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
      if (variants.current === told) return;
      told = variants.current;
      const title = variants.all.find(({ name }) => name === told)?.title ?? strings.variants.asItIs;
      hud.announce(strings.variants.now(title, strings.realities(variants.realities)));
    },
  });
  const control = createVariantControl(hud.masthead, variants);
  return variants;
}
