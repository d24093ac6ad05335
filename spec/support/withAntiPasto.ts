import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AntiPasto } from "../../src/adapter/antipasto.ts";
import { openModel } from "../../src/probe/openModel.ts";
import { openAntiPasto } from "../../src/probe/openAdapter.ts";
import type { Qwen3Model } from "../../src/decoder/model.ts";
import { silentProgress } from "../../src/probe/progress.ts";

/** Lend a model and its AntiPaSTO adapter, weight SVDs computed afresh; both are freed afterwards. */
export async function withAntiPasto(
  modelDir: string,
  use: (model: Qwen3Model, adapter: AntiPasto) => Promise<void>,
): Promise<void> {
  const cacheDir = await mkdtemp(join(tmpdir(), "vhack-svd-"));
  const opened = await openModel(modelDir, null);
  try {
    const adapter = await openAntiPasto(opened, cacheDir, silentProgress);
    await use(opened.model, adapter);
    adapter.dispose();
  } finally {
    opened.model.dispose();
    await rm(cacheDir, { recursive: true });
  }
}
