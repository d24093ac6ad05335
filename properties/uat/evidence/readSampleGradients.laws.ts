import fc from "fast-check";
import { expect } from "vitest";
import { stepPaths } from "../../../src/artifact/runLayout.ts";
import { type WritableTensor, writeSafetensors } from "../../../src/artifact/safetensors.ts";
import { readSampleGradients } from "../../../src/uat/evidence/readSampleGradients.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { madeUpStage } from "../../support/madeUpStage.ts";
import { openHandles } from "../../support/openHandles.ts";
import { withTemporaryFile } from "../../support/temporaryFile.ts";

type Read = typeof readSampleGradients;

/** What a replay of some steps stored; `padding` beyond the widest module, `scored` null where the file does not say. */
interface Stored {
  readonly widths: readonly number[];
  readonly padding: number;
  readonly steps: readonly {
    readonly rows: readonly (readonly number[])[];
    readonly scored: "no" | "tokens" | "places";
  }[];
}

type Tensors = Readonly<Record<string, WritableTensor>>;

interface StepFile {
  readonly tensors: Tensors;
  readonly modules: string | null;
}

const command = "vhack replay";

const stageOf = (rows: readonly number[]) =>
  madeUpStage(rows.map((count) => ({ rows: Array.from({ length: count }, () => ({})) })));

/** Write the files of steps 0, 1 ... (null: none), lend their folder, and see that no file stays open. */
async function withFiles(files: readonly (StepFile | null)[], use: (folder: string) => Promise<void>): Promise<void> {
  await withTemporaryFile("step_000.grads.safetensors", async (path) => {
    const folder = path.slice(0, path.lastIndexOf("/"));
    const paths = files.map((_, step) => stepPaths(folder, step).extra("grads.safetensors"));
    for (const [step, file] of files.entries())
      if (file !== null)
        await writeSafetensors(
          paths[step]!,
          new Map(Object.entries(file.tensors)),
          file.modules === null ? {} : { modules: file.modules },
        );
    await use(folder);
    for (const [step, file] of files.entries())
      if (file !== null) expect(await openHandles(paths[step]!), "handles left open").toBe(0);
  });
}

const int32 = (...values: number[]) => ({ shape: [values.length], data: Int32Array.from(values) });

const tokensOf = (row: readonly number[], b: number) => ({
  count: row.length,
  firstId: 10 + b,
  lastId: 20 + b,
  from: 30 + b,
});

function fileOf({ widths, padding }: Stored, { rows, scored }: Stored["steps"][number]): StepFile {
  const P = Math.max(...widths) + padding;
  const padded = rows.flatMap((row) => {
    const rest = [...row];
    return widths.flatMap((width) => [...rest.splice(0, width), ...Array.from({ length: P - width }, () => 77)]);
  });
  const of = (field: "count" | "firstId" | "lastId" | "from") =>
    int32(...rows.map((row, b) => tokensOf(row, b)[field]));
  const tokens = { scored_count: of("count"), scored_first: of("firstId"), scored_last: of("lastId") };
  return {
    modules: JSON.stringify(widths.map((_, m) => `m${m}`)),
    tensors: {
      grads: { shape: [rows.length, widths.length, P], data: Float32Array.from(padded) },
      widths: int32(...widths),
      ...(scored === "no" ? {} : scored === "tokens" ? tokens : { ...tokens, scored_from: of("from") }),
    },
  };
}

/** A step of two rows and two modules of widths 1 and 2, as it should be. */
const sound: StepFile = {
  modules: '["a", "b"]',
  tensors: {
    grads: { shape: [2, 2, 2], data: Float32Array.from({ length: 8 }, (_, i) => i) },
    widths: int32(1, 2),
    scored_count: int32(1, 1),
    scored_first: int32(1, 1),
    scored_last: int32(1, 1),
  },
};

const changed = (tensors: Tensors): StepFile => ({ ...sound, tensors: { ...sound.tensors, ...tensors } });

const zeros = (...shape: number[]) => ({
  grads: { shape, data: new Float32Array(shape.reduce((product, size) => product * size, 1)) },
});

const holding = (bad: number) =>
  changed({ grads: { shape: [2, 2, 2], data: Float32Array.of(0, 0, 0, 0, 0, 0, bad, 0) } });

const named = (modules: string | null): StepFile => ({ ...sound, modules });

/** Files that are not the gradients of two rows, and what is said of each. */
const foreign: readonly (readonly [StepFile, RegExp])[] = [
  [changed(zeros(1, 2, 2)), /expected grads \[2, 2, >= 2\] for the rows beside it, got \[1, 2, 2\]/],
  [changed(zeros(2, 1, 2)), /got \[2, 1, 2\]/],
  [changed(zeros(2, 2, 1)), /got \[2, 2, 1\]/],
  [changed(zeros(2, 2)), /got \[2, 2\]/],
  [changed(zeros(2, 2, 2, 1)), /got \[2, 2, 2, 1\]/],
  [changed({ widths: int32(0, 2) }), /expected grads/],
  [changed({ widths: int32(2) }), /expected widths to be \[2\] int32, got I32 \[1\]/],
  [
    changed({ widths: { shape: [2], data: Float32Array.of(1, 2) } }),
    /expected widths to be \[2\] int32, got F32 \[2\]/,
  ],
  [changed({ scored_count: int32(1) }), /expected scored_count to be \[2\] int32, got I32 \[1\]/],
  [changed({ scored_from: int32(1, 1, 1) }), /expected scored_from to be \[2\]/],
  [holding(Number.NaN), /expected finite gradients/],
  [holding(Number.POSITIVE_INFINITY), /expected finite gradients/],
  [named("not JSON"), /metadata modules to be a JSON list of module names, got not JSON$/],
  [named("[]"), /list of module names, got \[\]$/],
  [named("[1, 2]"), /list of module names, got \[1, 2\]$/],
  [named("x".repeat(70)), /got x{60}$/],
  [named(null), /got none$/],
];

/** Files of another model than `sound`. */
const others: readonly StepFile[] = [named('["a", "c"]'), changed({ widths: int32(2, 1) })];

const stored: fc.Arbitrary<Stored> = fc
  .array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 })
  .chain((widths) => {
    const R = widths.reduce((sum, width) => sum + width, 0);
    const step = fc.record({
      rows: fc.array(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: R, maxLength: R }), {
        minLength: 1,
        maxLength: 3,
      }),
      scored: fc.constantFrom("no", "tokens", "places"),
    });
    return fc.record({
      widths: fc.constant(widths),
      padding: fc.nat({ max: 2 }),
      steps: fc.array(step, { minLength: 1, maxLength: 3 }),
    });
  });

const oneRow: Stored = { widths: [1, 2], padding: 1, steps: [{ rows: [[1, 2, 3]], scored: "tokens" }] };

const believing: Read = async (path) => ({
  kind: "found",
  path,
  value: { moduleNames: [], widths: new Int32Array(0), bySteps: new Map(), scoredBySteps: new Map() },
});

const anyGap: Read = async (folder, stage, command) => {
  const reading = await readSampleGradients(folder, stage, command);
  return reading.kind === "unusable" ? { kind: "missing", path: folder, command } : reading;
};

lawsOf("readSampleGradients", readSampleGradients, (law) => {
  law("round-trips: rows as the replay had them, without padding, and what was scored where the file says so", {
    else: "R4's cosines mix modules, or take padding for gradient",
    for: [stored],
    holds: async (read, stored) => {
      await withFiles(
        stored.steps.map((step) => fileOf(stored, step)),
        async (folder) => {
          const reading = await read(folder, stageOf(stored.steps.map(({ rows }) => rows.length)), command);
          const bySteps = new Map(
            stored.steps.map(({ rows }, step) => [step, rows.map((row) => Float32Array.from(row))]),
          );
          const scored = stored.steps.flatMap(({ rows, scored: how }, step) =>
            how === "no"
              ? []
              : [
                  [
                    step,
                    rows.map((row, b) => ({ ...tokensOf(row, b), ...(how === "places" ? {} : { from: null }) })),
                  ] as const,
                ],
          );
          const value = {
            moduleNames: stored.widths.map((_, m) => `m${m}`),
            widths: Int32Array.from(stored.widths),
            bySteps,
            scoredBySteps: new Map(scored),
          };
          expect(reading).toEqual({ kind: "found", path: folder, value });
        },
      );
    },
    numRuns: 30,
    rejects: {
      "a reader that finds nothing": [believing, oneRow],
      "places made up": [
        async (...given) => {
          const reading = await readSampleGradients(...given);
          if (reading.kind !== "found") return reading;
          const scored = [...reading.value.scoredBySteps].map(
            ([step, rows]) => [step, rows.map((row) => ({ ...row, from: row.from ?? 0 }))] as const,
          );
          return { ...reading, value: { ...reading.value, scoredBySteps: new Map(scored) } };
        },
        oneRow,
      ],
    },
  });

  law("refuses foreign files and names what is wrong: shape, widths, tokens, NaN, names", {
    else: "gradients of other rows, or of a broken backward pass, are judged",
    for: [],
    holds: async (read) => {
      for (const [file, why] of foreign)
        await withFiles([file], async (folder) => {
          expect(await read(folder, stageOf([2]), command)).toMatchObject({
            kind: "unusable",
            why: expect.stringMatching(why),
            command,
          });
        });
    },
    rejects: { "a reader that believes them": [believing], "one that takes them for absent": [anyGap] },
  });

  law("refuses steps of two models: other names or widths than the first step's", {
    for: [],
    holds: async (read) => {
      for (const other of others)
        await withFiles([sound, sound, other], async (folder) => {
          const reading = await read(folder, stageOf([2, 2, 2]), command);
          expect(reading).toMatchObject({
            kind: "unusable",
            why: expect.stringMatching(/step_002.*steps of two models are mixed/),
          });
        });
    },
    rejects: {
      "the last step alone": [(folder, stage, command) => readSampleGradients(folder, stage.slice(-1), command)],
    },
  });

  law("tells missing from broken: no file -> missing, a file too few -> unusable", {
    else: "a half-stored replay counts as one that stored nothing",
    for: [],
    holds: async (read) => {
      await withFiles([null, null], async (folder) => {
        expect(await read(folder, stageOf([2, 2]), command)).toEqual({
          kind: "missing",
          path: stepPaths(folder, 0).extra("grads.safetensors"),
          command,
        });
      });
      for (const files of [
        [sound, null],
        [null, sound],
      ])
        await withFiles(files, async (folder) =>
          expect(await read(folder, stageOf([2, 2]), command)).toMatchObject({ kind: "unusable", path: folder }),
        );
    },
    rejects: {
      "a file too few taken for none": [anyGap],
      "none taken for broken": [
        async (folder, stage, command) => {
          const reading = await readSampleGradients(folder, stage, command);
          return reading.kind === "missing" ? { ...reading, kind: "unusable", why: "absent" } : reading;
        },
      ],
    },
  });
});
