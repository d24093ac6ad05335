import { homedir } from "node:os";
import { join } from "node:path";

/** Weight SVDs and compiled kernels are kept across runs. */
export const defaultCache = join(homedir(), ".cache", "vhack");
