import { adapterNames, type AdapterName } from "../../artifact/runLayout.ts";
import type { Evidence } from "./evidence.ts";
import type { Phase2Evidence } from "./phase2Evidence.ts";
import { readJudgedVHack, readPool, readReplays } from "./readEvidence.ts";
import { readPhase2Evidence } from "./readPhase2Evidence.ts";

/** The evidence of one run. Every artifact is read when it is first asked for, and once. */
export interface RunEvidence {
  /** What R1 to R4 are judged on; with a v_hack file in place of the run's own, or null */
  gate(adapter: AdapterName, vHackPath: string | null): Promise<Evidence>;
  /** What R5 to R7 are judged on */
  phase2(): Promise<Phase2Evidence>;
}

export function runEvidence(out: string, seed: number): RunEvidence {
  const pool = once(() => readPool(out, seed));
  const replays = perAdapter((adapter) => once(async () => readReplays(out, seed, adapter, await pool())));
  const withVHack = async (adapter: AdapterName, path: string | null): Promise<Evidence> => ({
    ...(await replays[adapter]()),
    ...(await readJudgedVHack(out, seed, adapter, path)),
  });
  const own = perAdapter((adapter) => once(() => withVHack(adapter, null)));
  return {
    gate: (adapter, vHackPath) => (vHackPath === null ? own[adapter]() : withVHack(adapter, vHackPath)),
    phase2: once(async () => readPhase2Evidence(out, seed, await own.antipasto(), await own.lora())),
  };
}

function once<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let reading: Promise<Value> | null = null;
  return () => (reading ??= read());
}

function perAdapter<Value>(of: (adapter: AdapterName) => Value): Readonly<Record<AdapterName, Value>> {
  return Object.fromEntries(adapterNames.map((adapter) => [adapter, of(adapter)])) as Record<AdapterName, Value>;
}
