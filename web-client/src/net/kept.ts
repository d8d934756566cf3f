/** What this browser keeps of a visitor; where it refuses to, everything lasts as long as the page. */
const unkept = new Map<string, string>();

/** `sessionStorage` lasts as long as the tab, `localStorage` until it is cleared. */
export type Where = 'sessionStorage' | 'localStorage';

export function kept(where: Where, key: string): string | undefined {
  try {
    return window[where].getItem(key) ?? undefined;
  } catch {
    return unkept.get(key);
  }
}

/** An empty text removes what was kept. */
export function keep(where: Where, key: string, text: string): void {
  try {
    if (text === '') window[where].removeItem(key);
    else window[where].setItem(key, text);
  } catch {
    unkept.set(key, text);
  }
}
