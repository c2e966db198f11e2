import { describe, expect, it } from "vitest";
import { demoCatalogue } from "./demo-catalogue.ts";

const { categories, brands, products } = demoCatalogue();
const skus = products.flatMap((product) => product.skus);
const distinct = (values: readonly string[]): number => new Set(values).size;

describe("the demo catalogue", () => {
  it("is the same each time", () => {
    expect(demoCatalogue()).toEqual(demoCatalogue());
  });

  it("fills a shop", () => {
    expect(products.length).toBe(240);
    expect(distinct(products.map(({ categoryId }) => categoryId))).toBe(24);
    expect(distinct(products.map(({ brandId }) => brandId))).toBe(24);
    expect(new Set(categories.map(({ level }) => level))).toEqual(new Set([1, 2, 3]));
    expect(skus.length).toBeGreaterThanOrEqual(2 * products.length);
  });

  it("gives every id, name and code once, and refers only to what is there", () => {
    expect(distinct(products.map(({ productId }) => productId))).toBe(products.length);
    expect(distinct(products.map(({ name }) => name))).toBe(products.length);
    expect(distinct(skus.map(({ skuId }) => skuId))).toBe(skus.length);
    expect(distinct(skus.map(({ skuCode }) => skuCode))).toBe(skus.length);
    const categoryIds = new Set(categories.map(({ categoryId }) => categoryId));
    const brandIds = new Set(brands.map(({ brandId }) => brandId));
    expect(products.every((product) => categoryIds.has(product.categoryId) && brandIds.has(product.brandId))).toBe(
      true,
    );
  });

  it("has prices in fen, whole yuan, and stock above its threshold", () => {
    for (const { priceCents, units, threshold } of skus) {
      expect([priceCents % 100, priceCents > 0, units >= 500 && units <= 5_000]).toEqual([0, true, true]);
      expect(threshold).toBeLessThan(units);
    }
  });
});
