import { describe, expect, it } from "vitest";
import { answerTagged, tagged } from "./entity-tag.ts";

describe("a tagged answer", () => {
  const document = tagged({ name: "lamp" });

  it("has the same tag for the same content and another for other content", () => {
    expect(tagged({ name: "lamp" })).toEqual(document);
    expect(tagged({ name: "lamps" }).etag).not.toBe(document.etag);
    expect(document.etag).toMatch(/^"[\w-]{22}"$/);
  });

  it.each([
    ["no tag", undefined, 200],
    ["its tag", document.etag, 304],
    ["its tag, marked as weak", `W/${document.etag}`, 304],
    ["its tag among others", `"a", ${document.etag} ,"b"`, 304],
    ["anything", "*", 304],
    ["another tag", '"a"', 200],
    ["nonsense", ",,", 200],
  ])("for a client that names %s", (_what, ifNoneMatch, status) => {
    const answer = answerTagged(document, ifNoneMatch, "no-cache");
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({ ETag: document.etag, "Cache-Control": "no-cache" });
    expect(answer.body).toBe(status === 200 ? document.text : undefined);
  });
});
