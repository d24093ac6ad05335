import fc from "fast-check";
import { inject } from "vitest";
import { watchHandles } from "./heldHandles.ts";
import { mostRuns } from "./mostRuns.ts";

fc.configureGlobal({ seed: inject("fcSeed"), numRuns: Math.min(100, mostRuns) });
watchHandles();
