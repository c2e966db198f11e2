/**
 * What shoppers are shown, from caches. A product is cached under its own version, what is free of an SKU under that of its
 * stock. Lists, brands and the category tree are kept under a key that names the version of the whole catalogue, so a change
 * leaves them behind at once. Shown values may be behind, see README; nothing is decided by them.
 */
import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Caches } from "#platform/cache/caches.ts";
import { type TaggedText, tagged } from "#platform/http/entity-tag.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import { readCatalogueVersion } from "./catalogue-version-store.ts";
import { treeOf } from "./category.ts";
import { type BrandQuery, listBrands } from "./list-brands.ts";
import { type ProductQuery, listProducts } from "./list-products.ts";
import { readAvailability, readCategories, readShownProduct, type ShownProduct } from "./product-store.ts";

/** Versions that a commit brought about. */
export interface CatalogueChange {
  readonly catalogueVersion: number;
  readonly products?: ReadonlyMap<string, number>;
  /** Stock by SKU. */
  readonly levels?: ReadonlyMap<string, number>;
}

export interface ShopWindow {
  /** A product on sale with its SKUs on sale and what is free of each; undefined when there is none. */
  product(productId: string): Promise<TaggedText | undefined>;
  products(query: ProductQuery): Promise<TaggedText>;
  brands(query: BrandQuery): Promise<TaggedText>;
  categories(): Promise<TaggedText>;
  /** After a commit; resolves when the other instances can know. Never rejects. */
  changed(change: CatalogueChange): Promise<void>;
  /** After a commit, with the versions of the stock by SKU. */
  stockChanged(versions: ReadonlyMap<string, number>): void;
}

export interface WindowOptions {
  readonly db: Backbone["db"];
  readonly caches: Pick<Caches, "open">;
  /** How long a process shows a value without asking, and how long one lives in Redis, in milliseconds. */
  readonly freshMs: number;
  readonly sharedMs: number;
}

// Stock of a hot SKU changes with every batch of orders: others are told ten times a second, and look twice a second.
const STOCK = { freshMs: 500, tellAfterMs: 100 };
const ONE_VERSION = 1;
const CATALOGUE = "catalogue";

export function createShopWindow({ db, caches, freshMs, sharedMs }: WindowOptions): ShopWindow {
  const times = { freshMs, sharedMs };
  const products = caches.open<ShownProduct | null>({ name: "product", maxEntries: 5_000, ...times });
  const versions = caches.open<null>({ name: "version", maxEntries: 1, ...times });
  const pages = caches.open<TaggedText>({ name: "page", maxEntries: 1_000, ...times });
  const stock = caches.open<number>({
    name: "available",
    maxEntries: 20_000,
    sharedMs,
    freshMs: Math.min(freshMs, STOCK.freshMs),
    tellAfterMs: STOCK.tellAfterMs,
  });
  const assembled = createAssembly();

  async function page(name: string, read: () => Promise<unknown>): Promise<TaggedText> {
    const { version } = await versions.get(CATALOGUE, async () => ({
      version: await readCatalogueVersion(db),
      value: null,
    }));
    const key = `${version}:${createHash("sha256").update(name).digest("base64url")}`;
    return (await pages.get(key, async () => ({ version: ONE_VERSION, value: tagged(await read()) }))).value;
  }

  return {
    async product(productId) {
      const { value } = await products.get(productId, () => readShownProduct(db, productId));
      if (value === null) return undefined;
      const free = await stock.getMany(
        value.skus.map(({ skuId }) => skuId),
        (skuIds) => readAvailability(db, skuIds),
      );
      return assembled(value, free);
    },
    products(query) {
      const read = (): Promise<unknown> => listProducts({ db }, query);
      return isCommon(query) ? page(`products ${nameOf(query)}`, read) : read().then(tagged);
    },
    brands(query) {
      const read = (): Promise<unknown> => listBrands({ db }, query);
      return query.cursor === undefined ? page(`brands ${query.limit}`, read) : read().then(tagged);
    },
    categories: () => page("categories", async () => ({ items: treeOf(await readCategories(db)), nextCursor: null })),
    async changed({ catalogueVersion, products: byProduct = new Map(), levels = new Map() }) {
      if (levels.size > 0) void stock.obsolete(levels);
      await Promise.all([products.obsolete(byProduct), versions.obsolete(new Map([[CATALOGUE, catalogueVersion]]))]);
    },
    stockChanged(levels) {
      if (levels.size > 0) void stock.obsolete(levels);
    },
  };
}

const DEFAULT_LIMIT = 20;

// First pages are what many ask for. A text, a price or a place within a list has more values than caches have room, and so
// have all lengths of a page, and categories times brands.
function isCommon({ q, minPrice, maxPrice, cursor, category, brand, limit }: ProductQuery): boolean {
  const isNarrow = category !== undefined && brand !== undefined;
  return limit === DEFAULT_LIMIT && !isNarrow && [q, minPrice, maxPrice, cursor].every((value) => value === undefined);
}

function nameOf({ category = "", brand = "", sort, limit }: ProductQuery): string {
  return [category, brand, sort, limit].join(" ");
}

/** Puts product and availability together, once for as long as both are what they were. */
function createAssembly() {
  const known = new LRUCache<string, { product: ShownProduct; stamp: string; document: TaggedText }>({ max: 1_000 });
  return (product: ShownProduct, free: ReadonlyMap<string, { value: number }>): TaggedText => {
    const available = product.skus.map(({ skuId }) => free.get(skuId)?.value ?? 0);
    const stamp = available.join(" ");
    const last = known.get(product.productId);
    if (last?.product === product && last.stamp === stamp) return last.document;
    const skus = product.skus.map((sku, at) => ({ ...sku, available: available[at] }));
    const document = tagged({ ...product, skus });
    known.set(product.productId, { product, stamp, document });
    return document;
  };
}
