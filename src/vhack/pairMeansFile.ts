import { type KnobLayout, unpackKnobs } from "../adapter/knobTable.ts";
import { pairMeansPath } from "../artifact/runLayout.ts";
import { openSafetensors, writeSafetensors, type WritableTensor } from "../artifact/safetensors.ts";
import { ArtifactError } from "../errors.ts";

/** Mean gradients of the pairs' hack and clean completions, as their losses gave them: what v_hack can be checked against. */
export interface PairMeans {
  readonly modules: ReadonlyMap<string, { readonly hack: Float32Array; readonly clean: Float32Array }>; // [r] each
  readonly metadata: Readonly<Record<string, string>>; // that of the v_hack made from them
}

/**
 * Write the means beside their v_hack: `hack/<module>` and `clean/<module>`, [r] float32.
 *
 * @param hack   [M, P], mean over pairs
 * @param clean  [M, P]
 */
export async function writePairMeans(
  vHackPath: string,
  layout: KnobLayout,
  hack: ArrayLike<number>,
  clean: ArrayLike<number>,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const tensors = new Map<string, WritableTensor>();
  for (const [name, data] of unpackKnobs(layout, hack)) tensors.set(`hack/${name}`, { shape: [data.length], data });
  for (const [name, data] of unpackKnobs(layout, clean)) tensors.set(`clean/${name}`, { shape: [data.length], data });
  await writeSafetensors(pairMeansPath(vHackPath), tensors, metadata);
}

/** @throws ArtifactError  the file is missing or broken, or a module has only one of its two means */
export async function readPairMeans(path: string): Promise<PairMeans> {
  const file = await openSafetensors(path);
  try {
    const names = file.names.filter((name) => name.startsWith("hack/")).map((name) => name.slice("hack/".length));
    if (names.length === 0)
      throw new ArtifactError(
        `${path}: expected tensors hack/<module>, got none; make it again with: vhack extract --overwrite`,
      );
    const modules = new Map<string, { hack: Float32Array; clean: Float32Array }>();
    for (const name of names) {
      const [hack, clean] = [await file.readFloat32(`hack/${name}`), await file.readFloat32(`clean/${name}`)];
      if (hack.length !== clean.length)
        throw new ArtifactError(
          `${path}: expected two means of one length for ${name}, got ${hack.length} and ${clean.length}`,
        );
      modules.set(name, { hack, clean });
    }
    return { modules, metadata: file.metadata };
  } finally {
    await file.close();
  }
}
