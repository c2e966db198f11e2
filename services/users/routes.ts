import type { Route } from "#platform/http/route.ts";
import { type AccountRouteDeps, authRoutes, profileRoutes } from "./accounts/account-routes.ts";
import { addressRoutes } from "./addresses/address-routes.ts";
import type { AddressDeps } from "./addresses/write-address.ts";
import { sessionRoutes } from "./sessions/session-routes.ts";

export interface UsersDeps extends AccountRouteDeps, AddressDeps {}

/** Accounts, sessions, profiles and addresses. */
export function usersRoutes(deps: UsersDeps): readonly Route[] {
  return [...authRoutes(deps), ...sessionRoutes(deps), ...profileRoutes(deps), ...addressRoutes(deps)];
}
