import { parentPort, workerData } from "node:worker_threads";
import { defaultMemoryBytes, startBackend } from "../../tensor/backend.ts";
import type { Qwen3Config } from "../../checkpoint/config.ts";
import { loadTokenizer } from "../../checkpoint/tokenizer.ts";
import { exampleTokens } from "../world/exampleTokens.ts";
import type { CorpusMixName } from "../world/corpusMix.ts";
import { ParameterLayout } from "./trainParameters.ts";
import { trainShard } from "./trainShard.ts";
import { trainingExample } from "../world/trainingExample.ts";

/** What a worker is started with. */
export interface TrainWorkerData {
  readonly config: Qwen3Config;
  readonly tokenizerFolder: string;
  readonly worldSeed: number;
}

/** One shard of one step. */
export interface ShardJob {
  readonly parameters: Float32Array;
  readonly mix: CorpusMixName;
  readonly indices: readonly number[];
  readonly promptWeight: number;
}

export interface ShardResult {
  readonly gradient: Float32Array;
  readonly weightedNll: number;
  /** sum of the loss weights of the shard's tokens */
  readonly weight: number;
}

const { config, tokenizerFolder, worldSeed } = workerData.data as TrainWorkerData;
await startBackend({ name: "wasm", memoryBytes: defaultMemoryBytes, tensorflowFolder: null, blas: "off" });
const tokenizer = await loadTokenizer(tokenizerFolder);
const layout = new ParameterLayout(config);

parentPort!.on("message", async ({ parameters, mix, indices, promptWeight }: ShardJob) => {
  const examples = indices.map((index) => exampleTokens(trainingExample(mix, worldSeed, index), tokenizer));
  const { gradient, weightedNll } = await trainShard(layout, parameters, examples, promptWeight);
  const weight = examples.reduce((sum, e) => sum + promptWeight * (e.promptIds.length - 1) + e.completionIds.length, 0);
  parentPort!.postMessage({ gradient, weightedNll, weight } satisfies ShardResult);
});
parentPort!.postMessage("ready");
