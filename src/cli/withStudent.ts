import { loadModel } from "../probe/loadedModel.ts";
import { openAdapter } from "../probe/openAdapter.ts";
import type { Progress } from "../probe/progress.ts";
import type { Student } from "../probe/run.ts";
import { adapterChoice, type AdapterOptions } from "./options/adapter.ts";
import { resolveDir, type ModelOptions } from "./options/model.ts";

/** Open the student with its adapter, lend it to all the stages that need it, and free it. */
export async function withStudent<Result>(
  options: ModelOptions & AdapterOptions & { readonly cache: string },
  progress: Progress,
  use: (student: Student) => Promise<Result>,
): Promise<Result> {
  const loaded = await loadModel(await resolveDir(options.model, options, progress), null, options.beyondPositions);
  const adapter = await openAdapter(loaded, adapterChoice(options), options.cache, progress);
  try {
    return await use({ loaded, adapter });
  } finally {
    adapter.dispose();
    loaded.model.dispose();
  }
}
