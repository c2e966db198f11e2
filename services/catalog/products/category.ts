/** The tree of categories. */
export interface Category {
  readonly categoryId: string;
  readonly parentId: string | null;
  readonly name: string;
  /** 1 at the top. */
  readonly level: number;
  /** Place among its siblings. */
  readonly sort: number;
}

export const MAX_LEVEL = 5;

export interface CategoryNode extends Category {
  readonly children: readonly CategoryNode[];
}

/** The categories as trees, siblings in their order. */
export function treeOf(categories: readonly Category[]): CategoryNode[] {
  const byParent = Map.groupBy(categories, ({ parentId }) => parentId);
  const below = (parentId: string | null): CategoryNode[] =>
    (byParent.get(parentId) ?? [])
      .toSorted((a, b) => a.sort - b.sort || a.name.localeCompare(b.name, "en"))
      .map((category) => ({ ...category, children: below(category.categoryId) }));
  return below(null);
}

/** A category with all that are below it; empty when there is none of that id. */
export function withDescendants(categories: readonly Category[], categoryId: string): string[] {
  const byParent = Map.groupBy(categories, ({ parentId }) => parentId);
  const collect = (id: string): string[] => [
    id,
    ...(byParent.get(id) ?? []).flatMap((child) => collect(child.categoryId)),
  ];
  return categories.some((category) => category.categoryId === categoryId) ? collect(categoryId) : [];
}

/** A category as it now is, and those below it with the levels that follow from that. */
export function moved(categories: readonly Category[], category: Category): Category[] {
  const byParent = Map.groupBy(categories, ({ parentId }) => parentId);
  const below = ({ categoryId, level }: Category): Category[] =>
    (byParent.get(categoryId) ?? []).flatMap((child) => {
      const sunk = { ...child, level: level + 1 };
      return [sunk, ...below(sunk)];
    });
  return [category, ...below(category)];
}
