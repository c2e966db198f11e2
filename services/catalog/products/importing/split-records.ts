/**
 * Cuts a CSV text into records by RFC 4180's quotes, without looking into them: so each record can be parsed on its own, its
 * line is known, and a quote that nobody closes spoils its own line and not the rest of the file.
 */
export interface RawRecord {
  /** Line of the file where it begins, from 1. */
  readonly line: number;
  readonly text: string;
  /** False when a quote is closed too early, or not within the longest record there may be: only its first line is given. */
  readonly isWhole: boolean;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const LF = 0x0a;
const CR = 0x0d;
const BOM = 0xfeff;

/** The records in order, empty lines left out. `maxLength` in characters, line end included. */
export function* splitRecords(text: string, maxLength: number): Generator<RawRecord> {
  let at = text.charCodeAt(0) === BOM ? 1 : 0;
  let line = 1;
  while (at < text.length) {
    const record = wholeRecord(text, at, maxLength);
    const end = record?.end ?? lineEnd(text, at);
    const content = text.slice(at, end);
    if (content.trim() !== "") yield { line, text: content, isWhole: record !== undefined };
    line += (record?.lineEnds ?? 0) + 1;
    at = end + (text.charCodeAt(end) === CR && text.charCodeAt(end + 1) === LF ? 2 : 1);
  }
}

/** Where the record that begins at `start` ends, and how many line ends are inside it. */
function wholeRecord(text: string, start: number, maxLength: number): { end: number; lineEnds: number } | undefined {
  let lineEnds = 0;
  let isQuoted = false;
  let isFieldStart = true;
  const limit = Math.min(text.length, start + maxLength);
  for (let at = start; at < limit; at += 1) {
    const character = text.charCodeAt(at);
    if (isQuoted) {
      if (character === LF || (character === CR && text.charCodeAt(at + 1) !== LF)) lineEnds += 1;
      if (character !== QUOTE) continue;
      if (text.charCodeAt(at + 1) === QUOTE) at += 1;
      else if (isFieldEnd(text, at + 1)) isQuoted = false;
      else return undefined;
    } else if (character === LF || character === CR) {
      return { end: at, lineEnds };
    } else {
      isQuoted = isFieldStart && character === QUOTE;
      isFieldStart = character === COMMA;
    }
  }
  return isQuoted || limit < text.length ? undefined : { end: text.length, lineEnds };
}

function isFieldEnd(text: string, at: number): boolean {
  const character = text.charCodeAt(at);
  return at === text.length || character === COMMA || character === LF || character === CR;
}

function lineEnd(text: string, start: number): number {
  for (let at = start; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === LF || character === CR) return at;
  }
  return text.length;
}
