import { readFileSync } from "node:fs";
import { join } from "node:path";
import { report } from "./report.ts";
import { trackedFiles } from "./tracked-files.ts";

interface TextRule {
  readonly name: string;
  readonly pattern: RegExp;
  /** Files in which the rule does not hold. */
  readonly except?: RegExp;
  readonly instead: string;
}

// The patterns are cut in two where this file would otherwise find itself.
const rules: readonly TextRule[] = [
  {
    name: "absolute path",
    pattern: /(?<![\w.:/}-])\/(?:home|root|Users|work|mnt)\/\w/,
    except: /^deploy\/|^docker-compose\.yml$/,
    instead: "Write it relative to the repository, to import.meta.dirname or to MALL_HOME.",
  },
  {
    name: "registry host",
    pattern:
      /\b(?:registry\.(?:npmjs\.org|yarnpkg\.com|npmmirror\.com)|repo1?\.maven\.(?:apache\.)?org|deb\.debian\.org|pypi\.org|[\w.-]+\.(?:local|internal|corp)\/)/,
    instead: "Leave the host to the machine's own package clients.",
  },
  {
    name: "private key",
    pattern: /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/,
    instead: "Generate keys at run time into MALL_HOME/secrets.",
  },
  {
    name: "secret",
    pattern:
      /(?:password|passwd|secret|api_?key|access_?token|[A-Z_]+_KEY)["']?\s*[:=]\s*["']?(?=[A-Za-z0-9+/_-]*\d)(?=[A-Za-z0-9+/_-]*[A-Za-z])[A-Za-z0-9+/_-]{20,}={0,2}["']?\s*[,;]?\s*$/i,
    except: /^package-lock\.json$/,
    instead: "Generate it at run time into MALL_HOME/secrets, or read it from the environment.",
  },
  {
    name: "unowned to-do",
    pattern: /\b(?:TODO|FIXME|XXX)\b(?!\()/,
    except: /^cli\/checks\/|^LICENSE$/,
    instead: "Do it, file it, or write TODO(owner).",
  },
];

const unread = /^(?:cli\/checks\/compose-spec\.json)$|\.(?:png|jpe?g|gif|ico|woff2?|gz|zip)$/;

/** Every line of the tracked files that holds what must not be published. */
export function checkTrackedText(root: string): string[] {
  return trackedFiles(root)
    .filter((file) => !unread.test(file))
    .flatMap((file) => findingsIn(file, readFileSync(join(root, file), "utf8").split("\n")));
}

function findingsIn(file: string, lines: readonly string[]): string[] {
  const held = rules.filter(({ except }) => except?.test(file) !== true);
  return lines.flatMap((line, index) =>
    held
      .filter(({ pattern }) => pattern.test(line))
      .map(({ name, instead }) => `${file}:${index + 1}: ${name}. ${instead}`),
  );
}

if (import.meta.main) report(checkTrackedText(process.cwd()));
