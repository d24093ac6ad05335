import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** `npm run test:fast` leaves out what takes seconds however few the runs: Pyodide, and g++ in the role of a card. */
const slow =
  process.env["VHACK_FAST"] === undefined ? [] : ["properties/sandbox/inspections.*", "properties/tensor/cuda/**"];

export default defineConfig({
  test: {
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      properties("properties", ["properties/**/*.{prop,laws}.ts"], ["properties/tensor/**"], false),
      // backends started with other limits and kernels: each file in a process of its own
      properties("tensor", ["properties/tensor/**/*.{prop,laws}.ts"], [], true),
      {
        test: {
          name: "spec",
          include: ["spec/**/*.spec.ts"],
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});

/** Laws; files that share a process load tf.js and our own code once. */
function properties(name: string, include: string[], exclude: string[], isolate: boolean) {
  return {
    test: {
      name,
      include,
      exclude: [...exclude, ...slow],
      isolate,
      globalSetup: ["properties/support/seed.ts"],
      setupFiles: ["properties/support/setup.ts"],
      testTimeout: 120_000,
    },
  };
}
