import { openGrader, type Grader } from "../environment/grader.ts";
import type { Progress } from "../probe/progress.ts";
import { chosenExecutor, type ExecutorOptions } from "./options/executor.ts";

/** What manifests say of who graded. */
export interface GraderRecord {
  readonly executor: string;
  readonly python: string | null;
}

/** Open a grader in the chosen sandbox, lend it, and close it. */
export async function withGrader(
  options: ExecutorOptions,
  progress: Progress,
  use: (grader: Grader, record: GraderRecord) => Promise<void>,
): Promise<void> {
  const { chosen, line } = await chosenExecutor(options);
  progress.note(line);
  const grader = openGrader(chosen.executor);
  try {
    await use(grader, { executor: chosen.name, python: chosen.executor.python });
  } finally {
    await grader.close();
  }
}
