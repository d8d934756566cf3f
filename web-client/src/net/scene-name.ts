const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** The scene a page's path names, or `undefined` for `/`. */
export function sceneInPath(pathname: string): string | undefined {
  const match = /^\/s\/([^/]+)\/?$/.exec(pathname);
  try {
    return match ? decodeURIComponent(match[1]) : undefined;
  } catch {
    return undefined;
  }
}

export interface SceneEntry {
  readonly name: string;
  readonly title: string;
  /** Who the data is from; "" where nobody is named. */
  readonly source: string;
}

/** The scenes this server has; an empty list where it can't be asked. */
export async function fetchScenes(): Promise<SceneEntry[]> {
  try {
    const response = await fetch('/scenes', { headers: { Accept: 'application/json' } });
    const body: unknown = await response.json();
    const list = Array.isArray(body) ? body : (body as { scenes?: unknown }).scenes;
    if (!Array.isArray(list)) return [];
    return list.flatMap((entry: unknown) => {
      const { name, title, attributions } = entry as Readonly<Record<string, unknown>>;
      if (typeof name !== 'string' || !NAME.test(name)) return [];
      return [{ name, title: typeof title === 'string' ? title : name, source: sourceOf(attributions) }];
    });
  } catch {
    return [];
  }
}

function sourceOf(attributions: unknown): string {
  if (!Array.isArray(attributions)) return '';
  const texts = attributions.map((one: unknown) => (one as { text?: unknown } | null)?.text);
  return texts.filter((text): text is string => typeof text === 'string').join('; ');
}
