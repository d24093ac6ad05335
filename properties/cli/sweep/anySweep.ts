import fc from "fast-check";
import { armNames } from "../../../src/cli/options/namedArms.ts";
import type { Sweep } from "../../../src/cli/sweep/sweepFile.ts";

export const anySweep: fc.Arbitrary<Sweep> = fc.record({
  out: fc.constant("/somewhere/out"),
  arms: fc.uniqueArray(fc.constantFrom(...armNames), { minLength: 1 }),
  seeds: fc.uniqueArray(fc.nat(99), { minLength: 1, maxLength: 4 }),
  grpo: fc.constant({ steps: 15, "no-blas": true, offline: false }),
  extract: fc.constant({}),
  arm: fc.constant({}),
});
