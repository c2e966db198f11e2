/** Requests whose process died between the claim and the answer are brought to their end, client or no client. */
import { clientKey } from "#platform/http/request-hash.ts";
import type { Cause } from "#platform/outbox/outgoing.ts";
import { CLAIM_MS, type PayDeps, resumeAttempt } from "./pay-order.ts";
import { findAttemptByKey } from "./payment-store.ts";

const PAGE = 50;

/** Resumes a page of them; rejects with the first failure, when all have been tried. `cause`: of the events it makes. */
export async function resumeAbandonedPayments(deps: PayDeps, cause: () => Cause): Promise<void> {
  const abandoned = await deps.idempotency.abandoned(PAGE);
  const results = await Promise.allSettled(abandoned.map((request) => resume(deps, request, cause())));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

async function resume(deps: PayDeps, request: { scope: string; key: string }, cause: Cause): Promise<void> {
  const claim = await deps.idempotency.takeOver(request, CLAIM_MS);
  if (claim === undefined) return;
  const [userId = ""] = request.scope.split(" ");
  const attempt = await findAttemptByKey(deps.db, userId, clientKey(request.key));
  if (attempt === undefined) await deps.idempotency.release(claim);
  else await resumeAttempt(deps, { attempt, claim, cause });
}
