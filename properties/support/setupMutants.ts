import fc from "fast-check";

/** A mutant is compared with the honest code: same inputs for both, few enough that thousands of mutants can be tried. */
fc.configureGlobal({ seed: 41, numRuns: 15 });
