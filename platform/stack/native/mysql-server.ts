import { execFile } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { format } from "mysql2";
import type { ProcessSpec } from "../processes/supervised-process.ts";
import { StackError } from "../stack.ts";
import type { Installed, NativeStackOptions } from "./native-options.ts";
import { mysqlAnswers } from "./probes.ts";

/** Creates the data directory on first use and describes the MariaDB process. */
export async function mysqlServer(options: NativeStackOptions, installed: Installed): Promise<ProcessSpec> {
  const folder = join(options.home, "mysql");
  const runFolder = join(options.home, "run");
  mkdirSync(runFolder, { recursive: true });
  if (!existsSync(folder)) await createDataFolder(folder, options, installed);
  const administratorFile = join(runFolder, "mysql-administrator.sql");
  writeFileSync(administratorFile, administratorSql(options.mysqlAdministrator), { mode: 0o600 });
  const { mysql: port } = options.ports;
  return {
    name: "mysql",
    command: installed.mariadbd,
    args: [...serverArguments(folder, options), `--port=${port}`, `--init-file=${administratorFile}`],
    cwd: folder,
    environment: options.environment,
    port,
    logFile: join(options.home, "logs", "mysql.log"),
    probe: () => mysqlAnswers({ host: "127.0.0.1", port, ...options.mysqlAdministrator }),
    stopDeadlineMs: 30_000,
  };
}

async function createDataFolder(folder: string, options: NativeStackOptions, installed: Installed): Promise<void> {
  const unfinished = `${folder}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  const args = [
    "--no-defaults",
    ...asCurrentUser(),
    `--datadir=${unfinished}`,
    "--auth-root-authentication-method=normal",
    "--skip-test-db",
    "--skip-name-resolve",
    // Otherwise it refuses to work on a machine that cannot look up its own name.
    "--force",
  ];
  try {
    await promisify(execFile)(installed.mariadbInstallDb, args, { env: options.environment });
  } catch (cause) {
    // It explains itself on standard output.
    const said = cause instanceof Error && "stdout" in cause ? String(cause.stdout).trim() : String(cause);
    throw new StackError(`mariadb-install-db failed: ${said}`, { cause });
  }
  renameSync(unfinished, folder);
}

/** As close to MySQL 8 as MariaDB can be, durable at every commit, in UTC. */
function serverArguments(folder: string, options: NativeStackOptions): string[] {
  return [
    "--no-defaults",
    ...asCurrentUser(),
    `--datadir=${folder}`,
    // Relative to the data directory: an absolute path would exceed the 107 characters of a socket address in a deep folder.
    "--socket=mysql.sock",
    "--pid-file=mysql.pid",
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--character-set-server=utf8mb4",
    "--collation-server=utf8mb4_unicode_ci",
    "--sql-mode=ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION",
    "--transaction-isolation=READ-COMMITTED",
    "--default-time-zone=+00:00",
    "--max-connections=500",
    "--max-allowed-packet=64M",
    "--innodb-lock-wait-timeout=3",
    "--innodb-flush-log-at-trx-commit=1",
    `--innodb-buffer-pool-size=${options.mysqlBufferPool}`,
  ];
}

/** Run at every start before the first connection is accepted, so the accounts that MariaDB creates without a password are never reachable. */
function administratorSql({ user, password }: { user: string; password: string }): string {
  return [
    format("DROP USER IF EXISTS 'root'@'localhost', 'root'@'127.0.0.1', 'root'@'::1', 'root'@?, ''@'localhost'", [
      hostname(),
    ]),
    format("CREATE USER IF NOT EXISTS ?@'%' IDENTIFIED BY ?", [user, password]),
    format("ALTER USER ?@'%' IDENTIFIED BY ?", [user, password]),
    format("GRANT ALL PRIVILEGES ON *.* TO ?@'%' WITH GRANT OPTION", [user]),
  ]
    .map((statement) => `${statement};\n`)
    .join("");
}

/** MariaDB refuses to run as root unless it is told to; for anyone else the option is an error. */
function asCurrentUser(): string[] {
  return process.getuid?.() === 0 ? ["--user=root"] : [];
}
