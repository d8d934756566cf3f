const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** The scene a page's path names, or `undefined` for `/`. */
export function sceneInPath(pathname: string): string | undefined {
  const match = /^\/s\/([^/]+)\/?$/.exec(pathname);
  return match ? decodeURIComponent(match[1]) : undefined;
}

/** The scene to say hello for: the one in the path, else the first that the server has. */
export async function fetchSceneName(pathname: string): Promise<string> {
  const named = sceneInPath(pathname);
  if (named !== undefined) return named;
  return (await fetchScenes())[0]?.name ?? '';
}

export interface SceneEntry {
  readonly name: string;
  readonly title: string;
}

/** The scenes this server has; an empty list where it can't be asked. */
export async function fetchScenes(): Promise<SceneEntry[]> {
  try {
    const response = await fetch('/scenes', { headers: { Accept: 'application/json' } });
    const body: unknown = await response.json();
    const list = Array.isArray(body) ? body : (body as { scenes?: unknown }).scenes;
    if (!Array.isArray(list)) return [];
    return list.flatMap((entry: unknown) => {
      const { name, title } = entry as { name?: unknown; title?: unknown };
      if (typeof name !== 'string' || !NAME.test(name)) return [];
      return [{ name, title: typeof title === 'string' ? title : name }];
    });
  } catch {
    return [];
  }
}
