import fc from "fast-check";

/** As `npm test` runs the laws, but for the seed: a mutant must meet the same inputs as the honest code. */
fc.configureGlobal({ seed: 41, numRuns: 100 });
