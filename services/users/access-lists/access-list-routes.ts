import { z } from "zod";
import { decodeCursor, encodeCursor } from "#platform/http/cursor.ts";
import { idText, pageQuery, timeText, trimmedText } from "#platform/http/fields.ts";
import { clientError } from "#platform/http/problem.ts";
import { type Route, route } from "#platform/http/route.ts";
import { type AccessEntry, type AccessList, findEntries, type Subject } from "./access-list-store.ts";
import { type AccessListDeps, removeAccessEntry, setAccessEntry } from "./change-access-list.ts";
import { canonicalNetwork } from "./network-address.ts";

const tag = "access lists";
const path = "/admin/access-lists/{list}";
const listParams = z.strictObject({ list: z.enum(["black", "white"]) });
const subjectFields = {
  /** An address, or a network as `10.0.0.0/8`. */
  address: z
    .string()
    .trim()
    .max(64)
    .refine((text) => canonicalNetwork(text) !== undefined, "must be an IP address or a network of at least /8 or /16")
    .optional(),
  userId: idText.optional(),
};
const isOneSubject = ({ address, userId }: { address?: unknown; userId?: unknown }): boolean =>
  (address === undefined) !== (userId === undefined);
const ONE_SUBJECT = "either address or userId must be given";
const entryBody = z.strictObject({ ...subjectFields, reason: trimmedText(200) }).refine(isOneSubject, ONE_SUBJECT);
const entryQuery = z.strictObject(subjectFields).refine(isOneSubject, ONE_SUBJECT);
const entryAnswer = z.strictObject({
  address: z.string().nullable(),
  userId: idText.nullable(),
  reason: z.string(),
  by: idText,
  at: timeText,
});
const entryPage = z.strictObject({ items: z.array(entryAnswer), nextCursor: z.string().nullable() });

/** Who is shut out (black) or let through (white), by address or by user. */
export function accessListRoutes(deps: AccessListDeps): readonly Route[] {
  return [listRoute(deps), ...changeRoutes(deps)];
}

function listRoute(deps: AccessListDeps): Route {
  return route({
    method: "GET",
    path,
    access: "ops",
    tag,
    summary: "The entries of a list",
    params: listParams,
    query: pageQuery,
    answers: { 200: entryPage },
    refusals: ["CURSOR_INVALID"],
    async handle({ params, query: { cursor, limit } }) {
      const after = cursor === undefined ? "" : placeOf(cursor);
      const found = await findEntries(deps.db, params.list, { after, limit: limit + 1 });
      const items = found.slice(0, limit);
      const last = found.length > limit ? items.at(-1) : undefined;
      const nextCursor = last === undefined ? null : encodeCursor([last.subject]);
      return { status: 200, body: { items: items.map(viewOf), nextCursor } };
    },
  });
}

function changeRoutes(deps: AccessListDeps): readonly Route[] {
  return [
    route({
      method: "PUT",
      path,
      access: "ops",
      tag,
      summary: "Set an entry; in force at once",
      params: listParams,
      body: entryBody,
      answers: { 200: entryAnswer },
      async handle({ params, body, caller, cause }) {
        const input = { list: params.list, subject: subjectOf(body), reason: body.reason, by: String(caller.userId) };
        return { status: 200, body: viewOf(await setAccessEntry(deps, input, cause)) };
      },
    }),
    route({
      method: "DELETE",
      path,
      access: "ops",
      tag,
      summary: "Take an entry off a list, at once",
      params: listParams,
      query: entryQuery,
      answers: { 204: null },
      async handle({ params, query, caller, cause }) {
        const place: { list: AccessList; subject: Subject } = { list: params.list, subject: subjectOf(query) };
        const removed = await removeAccessEntry(deps, { ...place, by: String(caller.userId) }, cause);
        return removed ? { status: 204 } : { refused: "NOT_FOUND", status: 404 };
      },
    }),
  ];
}

function placeOf(cursor: string): string {
  const [subject] = decodeCursor(cursor, 1);
  if (typeof subject === "string" && subject.length <= 80) return subject;
  throw clientError("CURSOR_INVALID", "The cursor is not one that was given out");
}

function subjectOf({ address, userId }: { address?: string | undefined; userId?: string | undefined }): Subject {
  return address === undefined ? `user:${userId}` : `address:${canonicalNetwork(address)}`;
}

function viewOf({ subject, reason, by, at }: AccessEntry): z.output<typeof entryAnswer> {
  const [kind, ...value] = subject.split(":");
  const named = value.join(":");
  const address = kind === "address" ? named : null;
  return { address, userId: kind === "user" ? named : null, reason, by, at: at.toISOString() };
}
