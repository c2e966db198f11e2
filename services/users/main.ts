import { createIds } from "#platform/ids/ids.ts";
import { openBackbone } from "#platform/lifecycle/backbone.ts";
import { runService } from "#platform/lifecycle/run-service.ts";
import { createLogger } from "#platform/logging/logger.ts";
import { createSecurityLog } from "#platform/logging/security-log.ts";
import { createTokenSigner } from "#platform/security/access-token.ts";
import { createBlindIndex } from "#platform/security/blind-index.ts";
import { createPasswords } from "#platform/security/passwords.ts";
import { createTokenBuckets } from "#platform/security/token-buckets.ts";
import { usersAddressV1 } from "#topics/users.address.v1.ts";
import { usersUserV1 } from "#topics/users.user.v1.ts";
import { createAccessListCopy } from "./access-lists/access-list-copy.ts";
import { readLists } from "./access-lists/access-list-store.ts";
import { createLoginLimits } from "./accounts/login-limits.ts";
import { ownerOfAccounts } from "./accounts/tell-accounts-again.ts";
import { createAddressEvents } from "./addresses/address-events.ts";
import { ownerOfAddresses } from "./addresses/tell-addresses-again.ts";
import { config } from "./config.ts";
import { createPersonalData } from "./personal-data.ts";
import { refuseDemoAccounts } from "./refuse-demo-accounts.ts";
import { usersRoutes } from "./routes.ts";
import { createRefreshTokens } from "./sessions/refresh-token.ts";
import { createRevocations } from "./sessions/session-revocations.ts";
import { findRecentlyEnded } from "./sessions/session-store.ts";
import { startJobs } from "./start-jobs.ts";

const name = "users";
const log = createLogger({ service: name, instance: config.service.instanceId, level: config.service.logLevel });

await runService({
  name,
  log,
  async start(stopping) {
    const backbone = openBackbone({ name, config, emits: [usersAddressV1, usersUserV1], log, stopping });
    const { db, redis } = backbone;
    await refuseDemoAccounts(backbone, config.service.production);
    const revocations = createRevocations({ redis, recentlyEnded: () => findRecentlyEnded(db), log });
    stopping.add("revocations", () => revocations.stop());
    const accessListCopy = createAccessListCopy({ redis, read: () => readLists(db), log });
    stopping.add("access lists", () => accessListCopy.stop());
    const { transportKeys, blindIndexKey, otherBlindIndexKey } = config.personalData;
    const deps = {
      ...backbone,
      revocations,
      accessListCopy,
      loginLimits: createLoginLimits({
        buckets: createTokenBuckets({ redis }),
        failuresPerMinute: config.loginFailuresPerMinute,
        index: createBlindIndex(blindIndexKey),
      }),
      securityLog: createSecurityLog(log),
      passwords: createPasswords(),
      personalData: createPersonalData(config.personalData),
      addressEvents: createAddressEvents(transportKeys),
      refreshTokens: createRefreshTokens(blindIndexKey, otherBlindIndexKey),
      signer: createTokenSigner(config.accessTokenPrivateKey),
      newId: createIds(),
    };
    const { instanceId } = config.service;
    const jobs = startJobs({ ...deps, log, instanceId, reindexes: otherBlindIndexKey !== undefined });
    stopping.add("jobs", () => jobs.stop());
    backbone.keepCompacted(ownerOfAccounts(deps));
    backbone.keepCompacted(ownerOfAddresses(deps));
    await backbone.serve(usersRoutes(deps));
  },
});
