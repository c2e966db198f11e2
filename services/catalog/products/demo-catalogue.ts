/** The demo shop, made of word lists by a seeded generator: the same ids, names, prices and stock on every machine. */
import type { Category } from "./category.ts";
import { demoBrands, demoGoods, type GoodsOfCategory } from "./demo-goods.ts";
import type { Sku } from "./sku.ts";

export interface DemoProduct {
  readonly productId: string;
  readonly spuId: string;
  readonly name: string;
  readonly description: string;
  readonly categoryId: string;
  readonly brandId: string;
  readonly skus: readonly DemoSku[];
}

export type DemoSku = Sku & { readonly units: number; readonly threshold: number };

export interface DemoCatalogue {
  readonly categories: readonly Category[];
  readonly brands: readonly { readonly brandId: string; readonly name: string; readonly sort: number }[];
  readonly products: readonly DemoProduct[];
}

const CURRENCY = "CNY";
const FIRST = { category: 1_001, brand: 2_001, spu: 300_001, product: 400_001, sku: 500_001 };
const UNITS = [500, 5_000] as const;
const THRESHOLDS = [20, 100] as const;

/** Whole numbers within [low, high], the same row of them for the same seed (mulberry32). */
function createPicker(seed: number): (low: number, high: number) => number {
  let state = seed;
  return (low, high) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    const share = ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    return low + Math.floor(share * (high - low + 1));
  };
}

export function demoCatalogue(): DemoCatalogue {
  const pick = createPicker(20_240_101);
  const brands = demoBrands.map((name, at) => ({ brandId: String(FIRST.brand + at), name, sort: at }));
  const goodsOfCategories = demoGoods();
  const { categories, idOf } = categoriesOf(goodsOfCategories);
  let count = 0;
  const nextSku = counter(FIRST.sku);
  const products = goodsOfCategories.flatMap((category) =>
    category.goods.map((goods): DemoProduct => {
      const brand = brands[pick(0, brands.length - 1)] as (typeof brands)[0];
      const productId = String(FIRST.product + count);
      const name = `${brand.name} ${goods}`;
      const place = category.path.join(" / ");
      const code = `${brand.name.slice(0, 3).toUpperCase()}-${FIRST.product + count}`;
      const skus = skusOf(category, pick).map((fields, at): DemoSku => ({
        ...fields,
        skuId: nextSku(),
        productId,
        skuCode: `${code}-${at + 1}`,
      }));
      const description = `${name}, from our range ${place}.`;
      const spuId = String(FIRST.spu + count);
      count += 1;
      return { productId, spuId, name, description, categoryId: idOf(category.path), brandId: brand.brandId, skus };
    }),
  );
  return { categories, brands, products };
}

function counter(first: number): () => string {
  let next = first;
  return () => String(next++);
}

function skusOf(
  { attributes, yuan: [low, high] }: GoodsOfCategory,
  pick: (low: number, high: number) => number,
): Omit<DemoSku, "skuId" | "productId" | "skuCode">[] {
  const [[varying, values] = ["size", ["one size"]], ...fixed] = attributes;
  const chosen = Object.fromEntries(fixed.map(([name, options]) => [name, options[pick(0, options.length - 1)] ?? ""]));
  const count = Math.min(values.length, pick(2, 3));
  // Prices end in 9 yuan, and each larger variant costs a tenth more.
  const base = Math.max(9, Math.floor(pick(low, high) / 10) * 10 + 9);
  return values.slice(0, count).map((value, at) => ({
    attributes: { [varying]: value, ...chosen },
    priceCents: Math.round(base * (1 + at / 10)) * 100,
    currency: CURRENCY,
    priceVersion: 1,
    onSale: true,
    seq: 0,
    units: pick(...UNITS),
    threshold: pick(...THRESHOLDS),
  }));
}

function categoriesOf(all: readonly GoodsOfCategory[]) {
  const byPath = new Map<string, Category>();
  const idOf = (names: readonly string[]): string => {
    const key = names.join("/");
    const known = byPath.get(key);
    if (known) return known.categoryId;
    const parentId = names.length > 1 ? idOf(names.slice(0, -1)) : null;
    const categoryId = String(FIRST.category + byPath.size);
    byPath.set(key, { categoryId, parentId, name: names.at(-1) ?? "", level: names.length, sort: byPath.size });
    return categoryId;
  };
  for (const { path } of all) idOf(path);
  return { categories: [...byPath.values()], idOf };
}
