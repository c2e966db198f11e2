import { connect, type Socket } from "node:net";
import { createConnection } from "mysql2/promise";

const probeTimeoutMs = 1_000;

/** Kafka serves requests: it answers ApiVersions. A mere connection says nothing, the listener is open long before. */
export async function kafkaAnswers(port: number): Promise<boolean> {
  const apiVersionsRequest = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff]);
  const answer = await exchange(port, apiVersionsRequest, 10);
  return answer.readInt32BE(4) === 1 && answer.readInt16BE(8) === 0;
}

export async function redisAnswers(port: number, password: string): Promise<boolean> {
  const [login, granted] = password === "" ? ["", ""] : [`AUTH ${password}\r\n`, "+OK\r\n"];
  const expected = `${granted}+PONG\r\n`;
  const answer = await exchange(port, Buffer.from(`${login}PING\r\n`), expected.length);
  return answer.toString("latin1").startsWith(expected);
}

export async function httpAnswers(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(probeTimeoutMs) });
  await response.arrayBuffer();
  return response.ok;
}

export async function mysqlAnswers(account: {
  host: string;
  port: number;
  user: string;
  password: string;
}): Promise<boolean> {
  const connection = await createConnection({ ...account, connectTimeout: probeTimeoutMs });
  await connection.query("SELECT 1");
  await connection.end();
  return true;
}

/** Sends a request and collects at least `expectedBytes` of the answer. Throws when there is none. */
function exchange(port: number, request: Buffer, expectedBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, "127.0.0.1", () => socket.write(request));
    let answer = Buffer.alloc(0);
    socket.setTimeout(probeTimeoutMs, () => socket.destroy(new Error(`no answer on port ${port}`)));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error(`port ${port} closed the connection`)));
    socket.on("data", (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length < expectedBytes) return;
      resolve(answer);
      socket.destroy();
    });
  });
}
