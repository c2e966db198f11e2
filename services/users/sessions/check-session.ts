import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { Revocations } from "./session-revocations.ts";
import { isSessionAlive } from "./session-store.ts";

/** For the edge when Redis cannot say. That it asks means that Redis may be empty, so what it should know is sent again. */
export async function checkSession(
  { db, revocations }: Pick<Backbone, "db"> & { revocations: Revocations },
  sessionId: string,
): Promise<boolean> {
  void revocations.publish();
  return isSessionAlive(db, sessionId);
}
