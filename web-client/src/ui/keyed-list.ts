/** Keeps a list on the page in step with data, so that what has the focus stays where it is. */
export interface KeyedList<T> {
  readonly root: HTMLElement;
  show(items: readonly T[]): void;
}

export interface Row<T> {
  readonly root: HTMLElement;
  update(item: T): void;
}

export function createKeyedList<T>(
  root: HTMLElement,
  key: (item: T) => number | string,
  create: (item: T) => Row<T>,
): KeyedList<T> {
  const rows = new Map<number | string, Row<T>>();
  return {
    root,
    show(items) {
      const wanted = new Set(items.map(key));
      for (const [name, row] of rows) {
        if (wanted.has(name)) continue;
        row.root.remove();
        rows.delete(name);
      }
      for (const [index, item] of items.entries()) {
        const name = key(item);
        let row = rows.get(name);
        if (!row) rows.set(name, (row = create(item)));
        row.update(item);
        if (root.children[index] !== row.root) root.insertBefore(row.root, root.children[index] ?? null);
      }
    },
  };
}
