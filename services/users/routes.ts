import type { Route } from "#platform/http/route.ts";
import { type AccountRouteDeps, authRoutes, profileRoutes } from "./accounts/account-routes.ts";
import { accessListRoutes } from "./access-lists/access-list-routes.ts";
import type { AccessListDeps } from "./access-lists/change-access-list.ts";
import { addressRoutes } from "./addresses/address-routes.ts";
import type { AddressDeps } from "./addresses/write-address.ts";
import { sessionRoutes } from "./sessions/session-routes.ts";

export interface UsersDeps extends AccountRouteDeps, AddressDeps, AccessListDeps {}

/** Accounts, sessions, profiles, addresses and access lists. */
export function usersRoutes(deps: UsersDeps): readonly Route[] {
  return [
    ...authRoutes(deps),
    ...sessionRoutes(deps),
    ...profileRoutes(deps),
    ...addressRoutes(deps),
    ...accessListRoutes(deps),
  ];
}
