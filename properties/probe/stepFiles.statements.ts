import { dirname } from "node:path";
import { writeFile } from "node:fs/promises";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { knobLayout } from "../../src/adapter/knobTable.ts";
import { stepPaths } from "../../src/artifact/manifest.ts";
import {
  gradientsName,
  type gradientBytes,
  type readState,
  type stateBytes,
  stateName,
  type TrainingState,
} from "../../src/probe/stepFiles.ts";
import { raggedBatch, type Sequence } from "../../src/decoder/raggedBatch.ts";
import { readSampleGradients } from "../../src/uat/evidence/readSampleGradients.ts";
import { rolloutRow } from "../support/evidence.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";

export type WriteState = typeof stateBytes;
export type ReadState = typeof readState;
export type WriteGradients = typeof gradientBytes;

/** Bits, so that -0 is not 0 and a NaN is itself. */
export const bits = (values: Float32Array): number[] => [...new Uint32Array(Float32Array.from(values).buffer)];

/** Lend a folder in which one step has this file. */
export async function withStepFile<T>(
  step: number,
  name: string,
  bytes: Uint8Array,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  return withTemporaryFile("x", async (path) => {
    await writeFile(stepPaths(dirname(path), step).extra(name), bytes);
    return use(dirname(path));
  });
}

export const trainingStateLaws = {
  async roundTrips(write: WriteState, read: ReadState, state: TrainingState, step: number): Promise<void> {
    await withStepFile(step, stateName, write(state), async (folder) => {
      const { knobs, optimizer } = await read(folder, step);
      expect({ knobs: bits(knobs), m: bits(optimizer.m), v: bits(optimizer.v), t: optimizer.t }).toEqual({
        knobs: bits(state.knobs),
        m: bits(state.optimizer.m),
        v: bits(state.optimizer.v),
        t: state.optimizer.t,
      });
    });
  },
};

/** Samples, and each one's gradient: a vector per module, without padding. */
export interface StoredGradients {
  readonly widths: readonly number[]; // [M]
  readonly samples: readonly (Sequence & { readonly gradient: readonly (readonly number[])[] })[];
}

export const gradientFileLaws = {
  /** What the judge reads back is every sample's gradient and the tokens that its loss was made of. */
  async tellsTheJudge(write: WriteGradients, { widths, samples }: StoredGradients): Promise<void> {
    const layout = knobLayout(widths.map((width, m) => ({ moduleName: `module ${m}`, width })));
    const padded = samples.map(({ gradient }) =>
      gradient.map((vector) => [...vector, ...Array.from({ length: layout.P - vector.length }, () => 0)]),
    );
    const table = tf.tensor3d(padded);
    const bytes = await write(table, layout, raggedBatch(samples));
    table.dispose();
    await withStepFile(3, gradientsName, bytes, async (folder) => {
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
};
