import { z } from "zod";
import { fileExists } from "../../artifact/fileExists.ts";
import { stepExtras, stepPaths } from "../../artifact/runLayout.ts";
import { openSafetensors, type SafetensorsFile } from "../../artifact/safetensors.ts";
import { ArtifactError } from "../../errors.ts";
import type { Reading, StageEvidence } from "./evidence.ts";
import { readingOf } from "./readingOf.ts";
import type { SampleGradients, ScoredTokens } from "./sampleGradients.ts";

/** What one step's file holds. */
interface StepGradients {
  readonly moduleNames: readonly string[];
  readonly widths: Int32Array;
  readonly rows: readonly Float32Array[]; // [B] of [R]
  readonly scored: readonly ScoredTokens[] | null;
}

/**
 * Read the per-sample gradients that a replay left beside its rows, `step_000.grads.safetensors`:
 *
 *     grads   [B, M, P] float32, zero padded beyond a module's width
 *     widths  [M] int32
 *     scored_count, scored_first, scored_last   [B] int32, optional: how many tokens entered a row's loss, which first, which last
 *     scored_from   [B] int32, optional: the position in the row whose logits scored the first of them
 *     metadata: modules = JSON list of the M module names
 *
 * A replay that stored none is missing evidence; one that stored some, or other rows' than it has, cannot be used.
 */
export async function readSampleGradients(
  folder: string,
  stage: StageEvidence,
  command: string,
): Promise<Reading<SampleGradients>> {
  const paths = stage.map(({ step }) => stepPaths(folder, step).extra(stepExtras.gradients));
  const there = await Promise.all(paths.map(fileExists));
  if (!there.includes(true)) return { kind: "missing", path: paths[0]!, command };
  return readingOf(folder, command, async () => {
    const bySteps = new Map<number, readonly Float32Array[]>();
    const scoredBySteps = new Map<number, readonly ScoredTokens[]>();
    let layout: StepGradients | null = null;
    for (const [i, { step, rows }] of stage.entries()) {
      const found = await readStepGradients(paths[i]!, rows.length);
      layout ??= found;
      expectSameLayout(found, layout, paths[i]!);
      bySteps.set(step, found.rows);
      if (found.scored !== null) scoredBySteps.set(step, found.scored);
    }
    const { moduleNames, widths } = layout!;
    return { moduleNames, widths, bySteps, scoredBySteps };
  });
}

async function readStepGradients(path: string, rowCount: number): Promise<StepGradients> {
  const file = await openSafetensors(path);
  try {
    const moduleNames = moduleNamesOf(file);
    const widths = await readInt32(file, "widths", moduleNames.length);
    const { shape } = file.info("grads");
    const [B, M, P] = shape;
    const widest = Math.max(...widths);
    if (shape.length !== 3 || B !== rowCount || M !== moduleNames.length || P! < widest || Math.min(...widths) < 1)
      throw new ArtifactError(
        `${path}: expected grads [${rowCount}, ${moduleNames.length}, >= ${widest}] for the rows beside it, got [${shape.join(", ")}]`,
      );
    const table = await file.readFloat32("grads");
    const rows = Array.from({ length: rowCount }, (_, b) =>
      withoutPadding(table.subarray(b * M * P!, (b + 1) * M * P!), widths, P!),
    );
    if (rows.some((row) => !row.every(Number.isFinite)))
      throw new ArtifactError(`${path}: expected finite gradients, got NaN or infinity: the backward pass is broken`);
    return { moduleNames, widths, rows, scored: file.has("scored_count") ? await readScored(file, rowCount) : null };
  } finally {
    await file.close();
  }
}

function withoutPadding(table: Float32Array, widths: Int32Array, P: number): Float32Array {
  const row = new Float32Array(widths.reduce((sum, width) => sum + width, 0));
  let offset = 0;
  widths.forEach((width, m) => {
    row.set(table.subarray(m * P, m * P + width), offset);
    offset += width;
  });
  return row;
}

async function readScored(file: SafetensorsFile, B: number): Promise<ScoredTokens[]> {
  const [count, first, last] = [
    await readInt32(file, "scored_count", B),
    await readInt32(file, "scored_first", B),
    await readInt32(file, "scored_last", B),
  ];
  const from = file.has("scored_from") ? await readInt32(file, "scored_from", B) : null;
  return Array.from(count, (tokens, b) => ({
    count: tokens,
    firstId: first[b]!,
    lastId: last[b]!,
    from: from === null ? null : from[b]!,
  }));
}

async function readInt32(file: SafetensorsFile, name: string, length: number): Promise<Int32Array> {
  const { data } = await file.read(name);
  if (data instanceof Int32Array && data.length === length) return data;
  throw new ArtifactError(
    `${file.path}: expected ${name} to be [${length}] int32, got ${file.info(name).dtype} [${file.info(name).shape.join(", ")}]`,
  );
}

function moduleNamesOf(file: SafetensorsFile): string[] {
  const text = file.metadata["modules"] ?? "";
  const names = z.array(z.string()).min(1).safeParse(parsedOrNull(text));
  if (names.success) return names.data;
  throw new ArtifactError(
    `${file.path}: expected metadata modules to be a JSON list of module names, got ${text.slice(0, 60) || "none"}`,
  );
}

/** Text that is no JSON holds no names either. */
function parsedOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function expectSameLayout(found: StepGradients, layout: StepGradients, path: string): void {
  if (found.moduleNames.join() === layout.moduleNames.join() && found.widths.join() === layout.widths.join()) return;
  throw new ArtifactError(
    `${path}: expected the modules and widths of the first step's file, got others; steps of two models are mixed`,
  );
}
