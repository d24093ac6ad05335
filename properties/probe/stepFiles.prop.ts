import fc from "fast-check";
import { beforeAll, describe, it } from "vitest";
import { gradientBytes, readState, stateBytes } from "../../src/probe/stepFiles.ts";
import { defaultMemoryBytes, startBackend } from "../../src/tensor/backend.ts";
import { float32 } from "../support/arbitraries.ts";
import { gradientFileLaws, trainingStateLaws, type StoredGradients } from "./stepFiles.statements.ts";

const anyFloat32 = fc.float({ noNaN: true, noDefaultInfinity: true });
const table = (length: number) =>
  fc.array(anyFloat32, { minLength: length, maxLength: length }).map((values) => Float32Array.from(values));
const state = fc
  .integer({ min: 1, max: 12 })
  .chain((size) =>
    fc.record({ knobs: table(size), optimizer: fc.record({ m: table(size), v: table(size), t: fc.nat() }) }),
  );

const ids = fc.array(fc.nat({ max: 151_935 }), { minLength: 1, maxLength: 4 });
const stored: fc.Arbitrary<StoredGradients> = fc
  .array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 })
  .chain((widths) => {
    const gradient = fc.tuple(...widths.map((width) => fc.array(float32, { minLength: width, maxLength: width })));
    return fc.record({
      widths: fc.constant(widths),
      samples: fc.array(fc.record({ promptIds: ids, completionIds: ids, gradient }), { minLength: 1, maxLength: 4 }),
    });
  });

describe("stateBytes, readState", () => {
  // ELSE a run that was stopped and resumed is another run
  it("round-trip: read(write(state)) = state, bit for bit, in any step", () =>
    fc.assert(
      fc.asyncProperty(state, fc.nat({ max: 2000 }), (drawn, step) =>
        trainingStateLaws.roundTrips(stateBytes, readState, drawn, step),
      ),
      { numRuns: 30 },
    ));
});

describe("gradientBytes", () => {
  beforeAll(() => startBackend({ name: "cpu", memoryBytes: defaultMemoryBytes, tensorflowFolder: null }));

  // ELSE a v_hack judged later meets other gradients than the replay's, or the mask check looks at other tokens
  it("round-trips to the judge: readSampleGradients(gradientBytes(g, batch)) = g without padding, and count, first, last and place of what was scored", () =>
    fc.assert(
      fc.asyncProperty(stored, (drawn) => gradientFileLaws.tellsTheJudge(gradientBytes, drawn)),
      { numRuns: 30 },
    ));
});
