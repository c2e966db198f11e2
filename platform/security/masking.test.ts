import { expect, test } from "vitest";
import { createBlindIndex, normaliseEmail, normalisePhone } from "./blind-index.ts";
import { maskEmail, maskName, maskPhone, maskStreet, maskText } from "./masking.ts";

test("masks show enough to recognise and no more", () => {
  expect(maskPhone("13812341234")).toBe("138****1234");
  expect(maskPhone("12345678")).toBe("****78");
  for (const number of ["+8613812341234", "8613812341234", "138 1234 1234", "138-1234-1234", "+86 138-1234-1234"]) {
    expect(maskText(`ring ${number}!`)).not.toMatch(/1234.?1234/);
  }
  expect(maskText("order 384444810957258756")).toBe("order 384444810957258756");
  expect(maskPhone("123")).toBe("****");
  expect(maskEmail("alice@example.org")).toBe("a***@example.org");
  expect(maskEmail("nonsense")).toBe("***");
  expect([maskName("张三"), maskName("张"), maskName("欧阳小明"), maskName("")]).toEqual(["张*", "张*", "欧**", "*"]);
  expect([maskStreet("长安街一百二十三号院"), maskStreet("1号")]).toEqual(["长安街一百****", "1****"]);
});

test("texts lose phones and addresses but keep longer numbers", () => {
  expect(maskText("to a.b+c@mail.example.org, 13812341234; id 9138123412345678")).toBe(
    "to a***@mail.example.org, 138****1234; id 9138123412345678",
  );
});

test("masking a hostile text takes no time", () => {
  const started = performance.now();
  maskText(`${"a".repeat(50_000)}@${"a.".repeat(20_000)}1${"3".repeat(50_000)}`);
  expect(performance.now() - started).toBeLessThan(200);
});

test("a blind index is the same for the same value, and another per label and key", () => {
  const index = createBlindIndex(Buffer.alloc(32, 1));
  expect(index("email", normaliseEmail(" Alice@Example.org "))).toEqual(index("email", "alice@example.org"));
  expect(index("phone", "1")).not.toEqual(index("email", "1"));
  expect(createBlindIndex(Buffer.alloc(32, 2))("email", "1")).not.toEqual(index("email", "1"));
  expect(["+86 138-1234-1234", "008613812341234", "１３８１２３４１２３４"].map(normalisePhone)).toEqual(
    Array(3).fill("13812341234"),
  );
});
