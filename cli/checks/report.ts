/** Prints one line per finding and sets the exit code: 0 when there is none. */
export function report(findings: readonly string[]): void {
  for (const finding of findings) console.error(finding);
  if (findings.length > 0) process.exitCode = 1;
}
