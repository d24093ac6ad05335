import { readStep } from "../artifact/manifest.ts";
import type { RolloutRow } from "../artifact/rolloutRow.ts";
import { stepPaths } from "../artifact/runLayout.ts";
import { expectKnownIds, expectNoPadding, expectPositions } from "./expectRowFits.ts";
import type { LoadedModel } from "./loadedModel.ts";

/**
 * Check every row of a pool before the first one passes through the model: its length, its ids and, where other software made
 * the step and left no manifest, that no padding is taken for text.
 *
 * @throws ArtifactError, ConfigError  the first row that does not fit, by file and sample
 */
export async function expectPoolFits(loaded: LoadedModel, pool: string, steps: readonly number[]): Promise<void> {
  for (const step of steps) {
    const { rows, manifest } = await readStep(pool, step);
    const { rows: path } = stepPaths(pool, step);
    for (const row of rows) expectRolloutFits(loaded, row, `${path} sample ${row.sampleId}`, manifest === null);
  }
}

function expectRolloutFits(
  { model, tokenizer, stop }: LoadedModel,
  row: RolloutRow,
  where: string,
  isForeign: boolean,
) {
  const { padTokenId: padId, bosTokenId: bosId } = tokenizer;
  for (const ids of [row.promptIds, row.completionIds]) expectKnownIds(model.config, ids, where);
  if (isForeign) expectNoPadding(row, { padId, bosId, stopIds: stop.ids }, where);
  expectPositions(model.config, row.plen + row.compLen, where);
}
