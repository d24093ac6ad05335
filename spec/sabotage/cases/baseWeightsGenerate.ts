import { generate } from "../../../src/decoder/generate.ts";
import type { Sabotage } from "../sabotage.ts";

/** The teacher is loaded and merged, but decoding runs on another copy of the weights: the base. */
export const baseWeightsGenerate: Sabotage = {
  name: "generation with base weights",
  breaks: "the merged teacher is loaded, generation decodes with the base model",
  caughtAt: "R1",
  pointsAt: /teacher not merged/,
  run: async (bench) => {
    const base = bench.student.model;
    const out = await bench.withTeacher((teacher) =>
      bench.pool("baseWeightsGenerate", teacher, { generate: (_, ...rest) => generate(base, ...rest) }),
    );
    return { out, vHackPath: null };
  },
};
