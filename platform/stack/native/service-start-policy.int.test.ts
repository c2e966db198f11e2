import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { removeForgottenPolicy, withoutServiceStart } from "./service-start-policy.ts";

let folder = "";
let file = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mall-policy-"));
  file = join(folder, "policy-rc.d");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs an installation in a process of its own that ends in the middle of it. */
function installationEndedBy(ending: string): Promise<unknown> {
  const module = join(import.meta.dirname, "service-start-policy.ts");
  const script = `
    import { withoutServiceStart } from ${JSON.stringify(module)};
    await withoutServiceStart(async () => { ${ending}; await new Promise(() => {}); }, ${JSON.stringify(file)});`;
  return promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]).catch(() => {});
}

describe("policy against starting services", () => {
  test("is there during the installation and gone after it, also when it fails", async () => {
    const seen: string[] = [];
    const install = async (): Promise<void> => {
      seen.push(readFileSync(file, "utf8").trimEnd().split("\n").at(-1) ?? "");
      throw new Error("no such package");
    };
    await expect(withoutServiceStart(install, file)).rejects.toThrow("no such package");
    expect(seen).toEqual(["exit 101"]);
    expect(existsSync(file)).toBe(false);
  });

  test("of somebody else stays as it is", async () => {
    writeFileSync(file, "#!/bin/sh\nexit 0\n");
    await withoutServiceStart(async () => {}, file);
    await removeForgottenPolicy(file);
    expect(readFileSync(file, "utf8")).toBe("#!/bin/sh\nexit 0\n");
  });

  test("goes with a process that exits in the middle", async () => {
    await installationEndedBy("process.exit(143)");
    expect(existsSync(file)).toBe(false);
  });

  test("left by a killed process goes with the next installation, and without one too", async () => {
    for (const nextRun of [() => withoutServiceStart(async () => {}, file), () => removeForgottenPolicy(file)]) {
      await installationEndedBy("process.kill(process.pid, 'SIGKILL')");
      expect(existsSync(file)).toBe(true);
      await nextRun();
      expect(existsSync(file)).toBe(false);
    }
  });

  test("is not taken from under an installation that still runs", async () => {
    const order: string[] = [];
    const first = withoutServiceStart(async () => {
      await removeForgottenPolicy(file);
      order.push(existsSync(file) ? "first, kept" : "first, lost");
    }, file);
    await Promise.all([first, withoutServiceStart(async () => void order.push(`then ${existsSync(file)}`), file)]);
    expect(order).toEqual(["first, kept", "then true"]);
  });
});
