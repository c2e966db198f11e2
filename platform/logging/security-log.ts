/**
 * The security log: lines that whoever watches over the shop looks for, found by their field `security`. They are written
 * whatever LOG_LEVEL says (but `silent`), carry ids and addresses and no secrets, and are masked and escaped like all lines.
 */
import type { Logger } from "./logger.ts";

export interface SecurityFields {
  readonly requestId?: string | undefined;
  readonly userId?: string | undefined;
  readonly address?: string | undefined;
  readonly [field: string]: unknown;
}

/** `event`: noun and past participle in kebab case, such as `login-failed`. */
export type SecurityLog = (event: string, fields: SecurityFields) => void;

export function createSecurityLog(log: Logger): SecurityLog {
  const own = log.level === "silent" ? log : log.child({}, { level: "info" });
  return (event, fields) => own.info({ security: event, ...fields }, "security");
}
