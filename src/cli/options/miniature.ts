import { join } from "node:path";
import { fileURLToPath } from "node:url";

const fixtures = fileURLToPath(new URL("../../../fixtures/", import.meta.url));

/** A file of the embedded miniature: the default of every model and data flag. */
export const miniaturePath = (name: string): string => join(fixtures, "miniature", name);

/** The folder of the miniature's baseline: the default of accept-vhack and of the regression suite. */
export const baselineFolder = join(fixtures, "baseline");
