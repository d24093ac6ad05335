import type { Progress } from "../../src/probe/progress.ts";

/** Progress that nobody watches. */
export const silentProgress: Progress = {
  begin: () => ({ advance: () => {}, end: () => {} }),
  note: () => {},
};
