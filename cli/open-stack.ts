import { nativeStack } from "#platform/stack/native/native-stack.ts";
import type { NativeStackOptions } from "#platform/stack/native/native-options.ts";
import type { Stack } from "#platform/stack/stack.ts";
import type { CliConfig } from "./config.ts";
import type { Passwords } from "./secrets.ts";
import { stackPorts } from "./stack-ports.ts";

export const mysqlAdministrator = "mall_admin";
export const mysqlReader = "mall_reader";

/** Every process of a stack carries this variable, so that the children of a killed supervisor can be found. */
export const homeMark = "MALL_SUPERVISED_HOME";

export function openStack(config: CliConfig, passwords: Passwords, onChange?: () => void): Stack {
  return nativeStack(stackOptions(config, passwords), onChange);
}

function stackOptions(config: CliConfig, passwords: Passwords): NativeStackOptions {
  return {
    home: config.home,
    software: config.software,
    ports: stackPorts(config.portOffset),
    mysqlAdministrator: { user: mysqlAdministrator, password: passwords.mysqlAdministrator },
    // `status` names host and port only, so that any client can look; in production it has a password and no neighbours.
    redisPassword: "",
    kafkaJvmOptions: config.kafkaJvmOptions,
    mysqlBufferPool: config.mysqlBufferPool,
    searchPath: config.searchPath,
    environment: { ...config.environment, [homeMark]: config.home },
  };
}
