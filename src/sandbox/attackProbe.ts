import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Executor } from "./executor.ts";

const secret = "HKPROBE-canary";

/** Prints `tried`, then whatever it could read. */
const attack = (port: number, file: string) => `
import os, socket
try:
    with socket.create_connection(("127.0.0.1", ${port}), timeout=0.5) as s:
        print("connected", s.recv(2))
except Exception:
    pass
try:
    print(open(${JSON.stringify(file)}).read())
except Exception:
    pass
print("tried", any(${JSON.stringify(secret)} in v for v in os.environ.values()))
`;

/**
 * Runs one hostile program: it connects to a listener of ours on loopback and reads a file of ours.
 *
 * @returns null when the executor contained it, else what got through or went wrong
 */
export async function attackProbe(executor: Executor): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), "vhack-probe-"));
  const canary = join(folder, "canary");
  let connections = 0;
  const listener = createServer((socket) => {
    connections++;
    socket.on("error", () => socket.destroy()).end("HK");
  });
  try {
    await chmod(folder, 0o755);
    await writeFile(canary, secret, { mode: 0o644 });
    await new Promise<void>((resolve, reject) => listener.once("error", reject).listen(0, "127.0.0.1", resolve));
    const { port } = listener.address() as AddressInfo;
    const { end, observed } = await executor.run({
      kind: "main",
      source: attack(port, canary),
      observe: { what: "stdout" },
    });
    const said = Buffer.from(observed).toString("utf8");
    if (connections > 0) return "a program reached a listener on the host's loopback";
    if (said.includes(secret) || said.includes("True")) return "a program read a file or variable of the host";
    if (!said.includes("tried")) return `the probe did not run to its end: ${JSON.stringify(end)}`;
    return null;
  } finally {
    listener.close();
    await rm(folder, { recursive: true, force: true });
  }
}
