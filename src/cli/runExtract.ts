import { basename } from "node:path";
import { expectWritableFolder } from "../artifact/expectWritableFolder.ts";
import { runLayout } from "../artifact/runLayout.ts";
import { fileExists } from "../artifact/fileExists.ts";
import { extractVHack } from "../probe/extract/extractVHack.ts";
import { grpoPairLoss, nllPairLoss } from "../probe/extract/pairGradients.ts";
import type { Progress } from "../probe/progress.ts";
import { openAdapter } from "../probe/openAdapter.ts";
import { openStudent } from "../probe/student.ts";
import { resolveDir } from "./options/resolveDirs.ts";
import { adapterChoice, type AdapterOptions, type RunOptions } from "./options/runOptions.ts";

export interface ExtractOptions {
  readonly pairs: string;
  readonly controlPairs: string[];
  readonly loss: "nll" | "grpo";
  readonly direction: "mean" | "svd";
  readonly k: number;
  readonly weakRows: number;
  readonly lowestRows: number;
  readonly clip: number;
  readonly maxNewTokens: number;
}

/** Stage 2 as the command line runs it. */
export async function runExtract(
  options: RunOptions & AdapterOptions & ExtractOptions,
  progress: Progress,
): Promise<void> {
  await expectWritableFolder(options.out);
  const loss = options.loss === "nll" ? nllPairLoss : grpoPairLoss(options.clip, options.maxNewTokens);
  const path = runLayout(options.out, options.adapter).vHack(options.loss);
  if (!options.overwrite && (await fileExists(path))) {
    progress.note(`${path} is there already and is kept; --overwrite extracts it again`);
    return;
  }
  const student = await openStudent(await resolveDir(options.model, options.offline ?? false, progress), null);
  const adapter = await openAdapter(student, adapterChoice(options), options.cache, progress);
  const controls = new Map(options.controlPairs.map((file) => [basename(file).replace(/\.jsonl(\.gz)?$/, ""), file]));
  const { direction, k, weakRows, lowestRows, seed } = options;
  const extraction = {
    direction,
    k: direction === "mean" ? 1 : k,
    weakRows,
    lowestRows,
    loss,
    seed,
    pairsAtOnce: Math.max(1, Math.floor(options.batch / 2)),
  };
  await extractVHack(student, adapter, options.pairs, controls, extraction, options.out, progress);
  adapter.dispose();
  student.model.dispose();
}
