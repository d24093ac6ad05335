import fc from "fast-check";
import { inject } from "vitest";
import { watchHandles } from "./heldHandles.ts";

fc.configureGlobal({ seed: inject("fcSeed"), numRuns: Number(process.env["FC_RUNS"] ?? 100) });
watchHandles();
