import { describe, expect, it } from "vitest";
import { type Gone, createPositions } from "./positions.ts";

const batch = (first: number, highWatermark = 1_000) => ({
  topic: "things",
  partition: 0,
  messages: [{ offset: String(first), key: null, value: null, headers: {} }],
  highWatermark: String(highWatermark),
});

function aPartitionAt(next: number) {
  const gone: Gone[] = [];
  const positions = createPositions(undefined as never, "group", (found) => gone.push(found));
  positions.committed({ topic: "things", partition: 0, nextOffset: BigInt(next) });
  return { positions, gone };
}

describe("positions", () => {
  it("take what follows, and what comes again", () => {
    const { positions } = aPartitionAt(10);
    expect(positions.judge(batch(10), false)).toBe("take");
    expect(positions.judge(batch(3), false)).toBe("take");
  });

  it("seek back over messages that were never looked at, but not on a topic whose offsets have holes", () => {
    const { positions } = aPartitionAt(10);
    expect(positions.judge(batch(12), true)).toBe("take");
    expect(positions.judge(batch(12), false)).toEqual({ seekTo: 10n });
  });

  it("go on behind messages that retention has removed, after one seek that did not find them, and say so", () => {
    const { positions, gone } = aPartitionAt(10);
    positions.judge(batch(500), false);
    expect(positions.judge(batch(500), false)).toBe("take");
    expect(gone).toEqual([{ topic: "things", partition: 0, from: 10n, to: 500n }]);
  });

  it("notice a log that ends before what the database has taken in", () => {
    expect(aPartitionAt(100).positions.judge(batch(0, 5), false)).toBe("log-behind");
  });
});
