import fc from "fast-check";

/** A mutant is compared with the honest code: same inputs for both, few enough that thousands of mutants can be tried. (At 15 runs a dozen that npm test kills survived.) */
fc.configureGlobal({ seed: 41, numRuns: 50 });
