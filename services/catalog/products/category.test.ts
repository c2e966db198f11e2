import { describe, expect, it } from "vitest";
import { treeOf, withDescendants } from "./category.ts";

const category = (categoryId: string, parentId: string | null, sort = 0) => ({
  categoryId,
  parentId,
  sort,
  name: `Category ${categoryId}`,
  level: parentId === null ? 1 : 2,
});
const all = [
  category("3", "1", 2),
  category("1", null),
  category("2", "1", 1),
  category("4", "3"),
  category("5", null),
];

describe("the tree of categories", () => {
  it("puts children below their parent, in their order", () => {
    const shape = (nodes: ReturnType<typeof treeOf>): unknown =>
      nodes.map(({ categoryId, children }) => [categoryId, shape(children as ReturnType<typeof treeOf>)]);
    expect(shape(treeOf(all))).toEqual([
      [
        "1",
        [
          ["2", []],
          ["3", [["4", []]]],
        ],
      ],
      ["5", []],
    ]);
  });

  it("knows a category with all below it, and none for an unknown one", () => {
    expect(withDescendants(all, "1").toSorted()).toEqual(["1", "2", "3", "4"]);
    expect(withDescendants(all, "4")).toEqual(["4"]);
    expect(withDescendants(all, "9")).toEqual([]);
  });
});
