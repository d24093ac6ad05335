import { Command } from "commander";
import * as tf from "@tensorflow/tfjs-core";
import { applyKnobs, type Adapter } from "../adapter/adapter.ts";
import { packKnobs } from "../adapter/knobTable.ts";
import { writeJsonl } from "../artifact/jsonlGz.ts";
import { withSafetensors, writeSafetensors, type SafetensorsFile } from "../artifact/safetensors.ts";
import { ConfigError } from "../errors.ts";
import { openModel } from "../probe/openModel.ts";
import { scoreRows, scoreRowsWithGradients } from "../probe/scoreRows.ts";
import { softwareVersion } from "../probe/softwareVersion.ts";
import { openAntiPasto } from "../probe/openAdapter.ts";
import { readTokenRows } from "../probe/tokenRows.ts";
import { count } from "./options/numbers.ts";
import { defaultCache } from "./options/cache.ts";
import { startChosenBackend } from "./options/backend.ts";
import { resolveDir, withModel, type ModelOptions } from "./options/model.ts";
import { terminalProgress } from "./terminalProgress.ts";

interface ScoreOptions extends ModelOptions {
  readonly rows: string;
  readonly lora?: string;
  readonly deltaS?: string;
  readonly gradients?: string;
  readonly batch: number;
  readonly cache: string;
  readonly out?: string;
}

/** `vhack score`: what the engine says of any rows, for others to check. */
export function scoreCommand(): Command {
  return withModel(new Command("score"))
    .description(
      "Per-token log-probabilities and NLL of any rows; with --gradients, every row's NLL gradient with respect to delta_S.",
    )
    .requiredOption(
      "--rows <file.jsonl[.gz]>",
      "rows with prompt_ids (or prompt, or messages) and completion_ids (or completion); comp_len cuts padding off",
    )
    .option("--lora <dir|hub id>", "a peft LoRA to merge first")
    .option(
      "--delta-s <file.safetensors>",
      "knobs to score at: one float tensor [R], modules end to end (default: zero)",
    )
    .option(
      "--gradients <file.safetensors>",
      "write grads [rows, R]; metadata modules gives each module's name, r and offset",
    )
    .option("--batch <rows>", "rows per pass", count, 8)
    .option("--cache <dir>", "where weight SVDs are cached", defaultCache)
    .option("--out <file.jsonl>", "where the scores go (default: standard output)")
    .action(score);
}

async function score(options: ScoreOptions): Promise<void> {
  const progress = terminalProgress(process.stderr);
  await startChosenBackend(options);
  const resolve = (name: string) => resolveDir(name, options, progress);
  const dir = await resolve(options.model);
  const { checkpoint, model } = await openModel(
    dir,
    options.lora === undefined ? null : await resolve(options.lora),
    options.beyondPositions,
  );
  const rows = await readTokenRows(options.rows, { modelDir: dir, config: checkpoint.config, maxNewTokens: null });
  const needsAdapter = options.gradients !== undefined || options.deltaS !== undefined;
  const adapter = needsAdapter ? await openAntiPasto({ checkpoint, model }, options.cache, progress) : null;
  const knobs = adapter === null ? null : await knobsOf(adapter, options.deltaS);
  if (adapter !== null && knobs !== null) await applyKnobs(model, adapter, knobs);
  const passes = { rowsAtOnce: options.batch, progress };
  let scored;
  if (adapter !== null && knobs !== null && options.gradients !== undefined) {
    const result = await scoreRowsWithGradients(model, { adapter, knobs }, rows, passes);
    scored = result.scored;
    const tensors = new Map([["grads", { shape: [rows.length, result.R], data: result.gradients }]]);
    await writeSafetensors(options.gradients, tensors, {
      modules: modulesJson(adapter),
      software_version: softwareVersion,
      ...(options.beyondPositions ? { beyond_positions: "true" } : {}),
    });
  } else scored = await scoreRows(model, rows, passes);
  const lines = scored.map(({ logps, nll }, row) => ({ row, nll, logps }));
  if (options.out === undefined) for (const line of lines) console.log(JSON.stringify(line));
  else await writeJsonl(options.out, lines);
}

async function knobsOf(adapter: Adapter, path: string | undefined): Promise<tf.Tensor2D> {
  if (path === undefined) return adapter.initialKnobs();
  const { layout } = adapter;
  const R = layout.widths.reduce((sum, width) => sum + width, 0);
  const flat = await withSafetensors(path, (file) => readFlatKnobs(file, R));
  let offset = 0;
  const knobs = new Map(
    layout.moduleNames.map((moduleName, m) => [moduleName, flat.subarray(offset, (offset += layout.widths[m]!))]),
  );
  return tf.tensor2d(packKnobs(layout, knobs), [layout.moduleNames.length, layout.P]);
}

async function readFlatKnobs(file: SafetensorsFile, R: number): Promise<Float32Array> {
  const name = file.names.find((candidate) => file.info(candidate).shape.join() === String(R));
  if (name !== undefined) return file.readFloat32(name);
  throw new ConfigError(
    `--delta-s ${file.path}: expected a float tensor [${R}], got ${file.names.map((n) => `${n} [${file.info(n).shape.join(", ")}]`).join(", ")}`,
  );
}

function modulesJson({ layout: { moduleNames, widths } }: Adapter): string {
  let offset = 0;
  return JSON.stringify(
    moduleNames.map((name, m) => ({ name, r: widths[m]!, offset: (offset += widths[m]!) - widths[m]! })),
  );
}
