/** What befalls the page: other sizes, being hidden, losing the graphics card, and the end of the visit. */
import type { Stage } from './city/stage';
import type { FrameLoop } from './core/frame-loop';
import type { Refusal, Session } from './net/session';

export interface PageLifeOptions {
  readonly root: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly session: Session;
  readonly stage: Stage;
  readonly loop: FrameLoop;
  /** The graphics card has forgotten everything. */
  readonly restored: () => void;
  /** Before leaving: out of the headset. */
  readonly leaving: () => void;
}

export interface PageLife {
  /** Ends the visit, and shows the way back in. */
  leave(): void;
  refused(refusal: Refusal): void;
  /** Whether anybody could see the city now. */
  readonly visible: boolean;
}

/** Plain pages aren't part of the first view. */
const pages = () => import('./ui/pages');

export function createPageLife({ root, canvas, session, stage, loop, restored, leaving }: PageLifeOptions): PageLife {
  let over = false;

  function end(): void {
    over = true;
    loop.hidden(true);
  }

  function resize(): void {
    if (stage.renderer.xr.isPresenting) return;
    stage.resize(innerWidth, innerHeight);
    loop.invalidate();
  }

  addEventListener('resize', resize);
  document.addEventListener('visibilitychange', () => {
    session.send({ t: 'pause', paused: document.hidden });
    loop.hidden(over || document.hidden);
    if (!over && !document.hidden) session.doubt();
  });
  addEventListener('online', () => over || session.doubt());
  canvas.addEventListener('webglcontextrestored', () => {
    restored();
    loop.invalidate();
  });
  resize();

  return {
    leave() {
      leaving();
      session.close();
      end();
      void pages().then(({ showLeft }) => showLeft(root, session.scene));
    },
    refused(refusal) {
      end();
      void pages().then(({ showRefusal }) => showRefusal(root, session.scene, refusal));
    },
    get visible() {
      return !over && !document.hidden;
    },
  };
}
