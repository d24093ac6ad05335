/** What a package that depends on vhack may import as "vhack/statistics": docs/library.md. */
export { clusterBootstrap, type BootstrapInterval } from "../numeric/clusterBootstrap.ts";
export { partialGreater, type PartialResult } from "../numeric/partialTest.ts";
export { rankP } from "../numeric/rankP.ts";
export { seededRng, type Rng } from "../numeric/rng.ts";
export { welchGreater, type WelchResult } from "../numeric/welch.ts";
export { wilsonInterval } from "../numeric/wilsonInterval.ts";
export { withinGroupPermutation, type PermutationTest } from "../numeric/withinGroupPermutation.ts";
