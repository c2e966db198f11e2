import { AppError } from "#platform/errors/app-error.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import { hasDemoAccounts } from "./accounts/account-store.ts";

/** In production: throws CONFIG_INVALID when a seed has left demo accounts in the database; many know their passwords. */
export async function refuseDemoAccounts({ db }: Pick<Backbone, "db">, production: boolean): Promise<void> {
  if (!production || !(await hasDemoAccounts(db))) return;
  throw new AppError({
    code: "CONFIG_INVALID",
    message: "There are demo accounts in the database: it is not for NODE_ENV=production",
    retry: "never",
  });
}
