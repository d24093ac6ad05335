import { fileURLToPath } from "node:url";

/** Where the embedded miniature's baseline lies: the default of accept-vhack and of the regression suite. */
export const baselineFolder = fileURLToPath(new URL("../../fixtures/baseline/", import.meta.url));
