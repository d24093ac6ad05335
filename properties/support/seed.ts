import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    fcSeed: number;
  }
}

/** One fast-check seed per run: printed, replayable with FC_SEED, mandatory in CI. */
export default function setup(project: TestProject): void {
  const raw = process.env["FC_SEED"];
  if (raw === undefined && process.env["CI"])
    throw new Error("FC_SEED must be set in CI so that a failure can be replayed");
  const seed = raw === undefined ? Date.now() & 0x7fffffff : Number(raw);
  process.env["FC_SEED"] = String(seed); // one seed for all projects of the run
  console.error(`fast-check seed ${seed} (replay: FC_SEED=${seed})`);
  project.provide("fcSeed", seed);
}
