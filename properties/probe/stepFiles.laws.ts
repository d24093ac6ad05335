import fc from "fast-check";
import { expect } from "vitest";
import { knobLayout } from "../../src/adapter/knobTable.ts";
import { stepExtras } from "../../src/artifact/runLayout.ts";
import { raggedBatch, type RaggedBatch, type Sequence } from "../../src/decoder/raggedBatch.ts";
import { chunksOf } from "../../src/numeric/chunksOf.ts";
import { gradientBytes, readState, stateBytes, type TrainingState } from "../../src/probe/stepFiles.ts";
import { readSampleGradients } from "../../src/uat/evidence/readSampleGradients.ts";
import { float32 } from "../support/arbitraries.ts";
import { rolloutRow } from "../support/evidence.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { bits, withStepFile } from "./stepFile.ts";

/** What writes a state, and what reads it. */
interface StateFile {
  readonly write: typeof stateBytes;
  readonly read: typeof readState;
}
const honest: StateFile = { write: stateBytes, read: readState };

const anyFloat32 = fc.float({ noNaN: true, noDefaultInfinity: true });
const table = (length: number) =>
  fc.array(anyFloat32, { minLength: length, maxLength: length }).map((values) => Float32Array.from(values));
const anyState: fc.Arbitrary<TrainingState> = fc
  .integer({ min: 1, max: 12 })
  .chain((size) =>
    fc.record({ knobs: table(size), optimizer: fc.record({ m: table(size), v: table(size), t: fc.nat() }) }),
  );
const toothState: TrainingState = {
  knobs: Float32Array.of(1 / 3, -0, 1, 4 / 3),
  optimizer: { m: Float32Array.of(5, 6, 7, 8), v: Float32Array.of(9, 10, 11, 12), t: 7 },
};

/** A state that is changed before it is written, or after it was read. */
const writing = (change: (state: TrainingState) => Partial<TrainingState>): StateFile => ({
  ...honest,
  write: (state) => stateBytes({ ...state, ...change(state) }),
});
const reading = (change: (state: TrainingState) => Partial<TrainingState["optimizer"]>): StateFile => ({
  ...honest,
  read: async (...at) => {
    const state = await readState(...at);
    return { ...state, optimizer: { ...state.optimizer, ...change(state) } };
  },
});

lawsOf("stateBytes, readState", honest, (law) => {
  law("round-trip: read(write(state)) = state, bit for bit, in any step", {
    else: "a run that was stopped and resumed is another run",
    for: [anyState, fc.nat({ max: 2000 })],
    numRuns: 30,
    holds: async ({ write, read }, state, step) =>
      withStepFile(step, stepExtras.state, write(state), async (folder) => {
        const { knobs, optimizer } = await read(folder, step);
        const bitsOf = ({ m, v, t }: TrainingState["optimizer"]) => ({ m: bits(m), v: bits(v), t });
        expect([bits(knobs), bitsOf(optimizer)]).toEqual([bits(state.knobs), bitsOf(state.optimizer)]);
      }),
    rejects: {
      "the step count lost": [reading(() => ({ t: 0 })), toothState, 3],
      "moments swapped": [reading(({ optimizer: { m, v } }) => ({ m: v, v: m })), toothState, 3],
      "knobs at half precision": [
        writing(({ knobs }) => ({ knobs: knobs.map((x) => Math.round(x * 1024) / 1024) })),
        toothState,
        3,
      ],
      "-0 as 0": [writing(({ knobs }) => ({ knobs: knobs.map((x) => x + 0) })), toothState, 3],
    },
  });
});

/** Samples, and each one's gradient: a vector per module, without padding. */
interface StoredGradients {
  readonly widths: readonly number[]; // [M]
  readonly samples: readonly (Sequence & { readonly gradient: readonly (readonly number[])[] })[];
}
const ids = fc.array(fc.nat({ max: 151_935 }), { minLength: 1, maxLength: 4 });
const anyStored: fc.Arbitrary<StoredGradients> = fc
  .array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 })
  .chain((widths) => {
    const gradient = fc.tuple(...widths.map((width) => fc.array(float32, { minLength: width, maxLength: width })));
    return fc.record({
      widths: fc.constant(widths),
      samples: fc.array(fc.record({ promptIds: ids, completionIds: ids, gradient }), { minLength: 1, maxLength: 4 }),
    });
  });
const toothStored: StoredGradients = {
  widths: [1, 2],
  samples: [
    { promptIds: [1, 2, 3], completionIds: [4, 5], gradient: [[1], [2, 3]] },
    { promptIds: [6], completionIds: [7, 8, 9], gradient: [[4], [5, 6]] },
  ],
};

const swappedHalves = (values: Float32Array) =>
  Float32Array.from(values, (_, i) => values[(i + values.length / 2) % values.length]!);
const changingBatch =
  (change: (batch: RaggedBatch) => Partial<RaggedBatch>): typeof gradientBytes =>
  (layout, stored) =>
    gradientBytes(
      layout,
      stored.map(({ gradients, batch }) => ({ gradients, batch: { ...batch, ...change(batch) } })),
    );

lawsOf("gradientBytes", gradientBytes, (law) => {
  law("round-trips to the judge: every sample's gradient without padding; count, first, last and place of its tokens", {
    else: "a v_hack judged later meets other gradients than the replay's, or the mask check looks at other tokens",
    for: [anyStored, fc.integer({ min: 1, max: 4 })],
    numRuns: 30,
    holds: async (write, { widths, samples }, rowsAtOnce) => {
      const layout = knobLayout(widths.map((width, m) => ({ moduleName: `module ${m}`, width })));
      const padded = samples.map(({ gradient }) =>
        gradient.map((vector) => [...vector, ...new Array<number>(layout.P - vector.length).fill(0)]),
      );
      const gradients = chunksOf(padded, rowsAtOnce).map((chunk) => Float32Array.from(chunk.flat(2)));
      const stored = chunksOf(samples, rowsAtOnce).map((chunk, i) => ({
        gradients: gradients[i]!,
        batch: raggedBatch(chunk),
      }));
      const bytes = write(layout, stored);
      await withStepFile(3, stepExtras.gradients, bytes, async (folder) => {
        const stage = [{ step: 3, path: folder, rows: samples.map(() => rolloutRow({})), manifest: null }];
        const reading = await readSampleGradients(folder, stage, "vhack replay");
        expect(reading.kind).toBe("found");
        if (reading.kind !== "found") return;
        const { moduleNames, widths: found, bySteps, scoredBySteps } = reading.value;
        expect([moduleNames, [...found]]).toEqual([layout.moduleNames, widths]);
        expect(bySteps.get(3)!.map(bits)).toEqual(
          samples.map(({ gradient }) => bits(Float32Array.from(gradient.flat()))),
        );
        expect(scoredBySteps.get(3)).toEqual(
          samples.map(({ promptIds, completionIds }) => ({
            count: completionIds.length,
            firstId: completionIds[0],
            lastId: completionIds[completionIds.length - 1],
            from: promptIds.length - 1,
          })),
        );
      });
    },
    rejects: {
      "samples reversed": [
        (layout, stored) =>
          gradientBytes(
            layout,
            stored.map(({ gradients, batch }) => ({ batch, gradients: swappedHalves(gradients) })),
          ),
        toothStored,
        2,
      ],
      "one width for all": [
        (layout, stored) => gradientBytes({ ...layout, widths: layout.widths.map(() => layout.P) }, stored),
        toothStored,
        2,
      ],
      "the mask one token early": [
        changingBatch(({ targets }) => ({ targets: targets.map((_, i) => targets[Math.max(0, i - 1)]!) })),
        toothStored,
        2,
      ],
      "positions in the batch": [
        changingBatch(({ rowStarts }) => ({ rowStarts: rowStarts.map(() => 0) })),
        toothStored,
        2,
      ],
      "passes in another order": [(layout, stored) => gradientBytes(layout, stored.toReversed()), toothStored, 1],
      "the first pass for all": [
        (layout, stored) =>
          gradientBytes(layout, [
            stored[0]!,
            ...stored.slice(1).map(({ batch }) => ({ batch, gradients: stored[0]!.gradients })),
          ]),
        toothStored,
        1,
      ],
    },
  });
});
