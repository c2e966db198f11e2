import { AppError } from "#platform/errors/app-error.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import { hasDemoAccounts } from "./accounts/account-store.ts";

export interface DemoPolicy {
  readonly production: boolean;
  /** For a shop in production mode that is only being tried. */
  readonly isDemoAllowed: boolean;
}

/** In production the passwords of demo accounts lie in a file that many have seen. Throws CONFIG_INVALID when there are any. */
export async function refuseDemoAccounts(
  { db }: Pick<Backbone, "db">,
  { production, isDemoAllowed }: DemoPolicy,
): Promise<void> {
  if (!production || isDemoAllowed || !(await hasDemoAccounts(db))) return;
  throw new AppError({
    code: "CONFIG_INVALID",
    message: "There are demo accounts in a database that is used with NODE_ENV=production (see USERS_DEMO_ALLOWED)",
    retry: "never",
  });
}
