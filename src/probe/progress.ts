/** Told how far long work has come; the command line draws it, tests ignore it. */
export interface Progress {
  /** @param total  in units, e.g. "tokens" or "steps"; null when it cannot be known beforehand */
  begin(label: string, total: number | null, unit: string): ProgressTask;
  /** one line that stays */
  note(line: string): void;
}

export interface ProgressTask {
  advance(count: number): void;
  end(): void;
}

/** Progress that nobody watches. */
export const silentProgress: Progress = {
  begin: () => ({ advance: () => {}, end: () => {} }),
  note: () => {},
};
