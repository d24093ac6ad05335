import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: "properties",
          include: ["properties/**/*.prop.ts"],
          globalSetup: ["properties/support/seed.ts"],
          setupFiles: ["properties/support/setup.ts"],
          testTimeout: 120_000,
        },
      },
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
