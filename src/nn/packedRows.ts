import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";

/** Tokens that lie end to end, each of which sees its prefix, the tokens before it and itself. */
export interface Segment {
  /** first of them among the packed tokens */
  readonly start: number;
  readonly length: number;
  /** a segment without prefix, e.g. the prompt that several samples share */
  readonly prefix: Segment | null;
}

/** Which of the packed tokens attend to which. */
export class PackedRows {
  /** in the order of their tokens, all N of them */
  readonly segments: readonly Segment[];
  /** of each sample the segment that ends it; its tokens are the prefix's, then the segment's */
  readonly samples: readonly Segment[];
  readonly #masks = new Map<string, Tensor2D>();
  #segmentTable: Tensor2D | null = null;
  #sampleTable: Tensor2D | null = null;

  constructor(segments: readonly Segment[], samples: readonly Segment[]) {
    this.segments = segments;
    this.samples = samples;
  }

  /**
   * The additive mask of a segment: 0 where the query sees the key, -1e9 elsewhere, tiled G times: [G T, P + T].
   *
   * Made when it is first asked for, shared by segments of equal lengths, freed by {@link dispose}.
   */
  causal({ length: T, prefix }: Segment, G: number): Tensor2D {
    const P = prefix === null ? 0 : prefix.length;
    const name = `${G} ${T} ${P}`;
    const mask = this.#masks.get(name) ?? tf.keep(causalMask(T, P, G));
    this.#masks.set(name, mask);
    return mask;
  }

  /**
   * Segments as kernels read them, int32 [S, 5]: start of its gradients, start, length, start and length of its prefix.
   *
   * Made when it is first asked for, freed by {@link dispose}; so is {@link sampleTable}.
   */
  segmentTable(): Tensor2D {
    this.#segmentTable ??= tableOf(this.segments.map((segment) => [segment.start, ...numbersOf(segment)]));
    return this.#segmentTable;
  }

  /** The same of the samples, [B, 5]: the gradients of a sample's tokens follow those of the samples before it. */
  sampleTable(): Tensor2D {
    let start = 0;
    const place = (segment: Segment): number[] => {
      const own = start;
      start += tokensOf(segment);
      return [own, ...numbersOf(segment)];
    };
    this.#sampleTable ??= tableOf(this.samples.map(place));
    return this.#sampleTable;
  }

  dispose(): void {
    tf.dispose([...this.#masks.values()]);
    this.#segmentTable?.dispose();
    this.#sampleTable?.dispose();
  }
}

/** Tokens of a segment and its prefix. */
export function tokensOf({ length, prefix }: Segment): number {
  return length + (prefix === null ? 0 : prefix.length);
}

function numbersOf({ start, length, prefix }: Segment): number[] {
  return [start, length, prefix === null ? 0 : prefix.start, prefix === null ? 0 : prefix.length];
}

function tableOf(rows: readonly (readonly number[])[]): Tensor2D {
  return tf.keep(tf.tensor2d(Int32Array.from(rows.flat()), [rows.length, 5], "int32"));
}

function causalMask(T: number, P: number, G: number): Tensor2D {
  const keys = P + T;
  const bias = new Float32Array(G * T * keys);
  for (let g = 0; g < G; g++)
    for (let t = 0; t < T; t++) bias.fill(-1e9, (g * T + t) * keys + P + t + 1, (g * T + t + 1) * keys);
  return tf.tensor2d(bias, [G * T, keys]);
}
