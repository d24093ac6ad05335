import { defineConfig } from "vitest/config";

/** What `npm run mutants` runs against each mutant: the laws of the mutated folders, with one fixed seed. */
export default defineConfig({
  test: {
    include: ["properties/{projection,nn,vhack,loss,uat,optim}/**/*.{prop,laws}.ts"],
    setupFiles: ["properties/support/setupMutants.ts"],
    testTimeout: 120_000,
  },
});
