/** For tests of what something costs: every statement that a pool sends from now on, in order. */
import type { Knex } from "knex";
import type { Connection } from "mysql2";

interface PoolOwner {
  acquireConnection(): Promise<Connection>;
}

export function recordedStatements(db: Knex): string[] {
  const statements: string[] = [];
  const pool = db.client as PoolOwner;
  const acquire = pool.acquireConnection.bind(pool);
  pool.acquireConnection = async () => {
    const connection = await acquire();
    const send = connection.query.bind(connection) as (...args: unknown[]) => unknown;
    const recording = (...args: unknown[]): unknown => {
      statements.push(String(args[0]));
      return send(...args);
    };
    // A connection comes back for the next statement: what records it already is left as it is.
    if (!Object.hasOwn(connection, "query")) Object.assign(connection, { query: recording });
    return connection;
  };
  return statements;
}
