import { readJsonIfPresent, writeJson } from "../../artifact/jsonFile.ts";
import type { ChosenExecutor } from "../../sandbox/chooseExecutor.ts";

/** Who graded: every run that added rows to the file, in order. */
interface GradeManifest {
  readonly schemaVersion: 1;
  readonly runs: readonly object[];
}

/** Records the executor and why it was chosen beside the verdicts: `OUT.manifest.json`. An unsafe run stays on record. */
export async function recordGradeRun(verdictsPath: string, chosen: ChosenExecutor, fromRow: number): Promise<void> {
  const path = `${verdictsPath}.manifest.json`;
  const before = (await readJsonIfPresent(path)) as GradeManifest | null;
  const run = {
    executor: chosen.name,
    python: chosen.executor.python,
    why: chosen.why,
    unsafe: chosen.name === "unsafe",
    fromRow,
    limits: chosen.executor.limits,
  };
  await writeJson(path, { schemaVersion: 1, runs: [...(before?.runs ?? []), run] });
}
