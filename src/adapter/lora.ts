import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { ConfigError, ShapeError } from "../errors.ts";
import { rowsAt } from "../nn/rowsAt.ts";
import type { AdaptedModel, Adapter, BasisDrift, GradientCollector, SampleTokens } from "./adapter.ts";
import { KnobColumns } from "./knobColumns.ts";
import { knobLayout, packKnobs, unpackKnobs, type KnobLayout } from "./knobTable.ts";
import { loraDrift } from "./loraDrift.ts";
import { expectLoraInit, loraStart, type LoraInit, type LoraPair } from "./loraStart.ts";
import { sampleIndicator } from "./sampleIndicator.ts";

/** Sizes of one wrapped Linear. */
export interface LinearSizes {
  readonly moduleName: string;
  readonly dIn: number;
  readonly dOut: number;
}

/**
 * The LoRA adapter. A module's knob is A's rows, then B's rows, end to end: rank dIn + dOut rank numbers.
 *
 *     y    = W x + scaling B (A x)                           scaling = alpha / rank
 *     W'   = W + scaling B A                                 merged once per step
 *     dA_b = scaling sum over the tokens t of sample b of (B^T dy_t) x_t^T        [rank, dIn]
 *     dB_b = scaling sum over the tokens t of sample b of dy_t (A x_t)^T          [dOut, rank]
 *
 * Where B is zero, dA is exactly zero: see LoraInit for what that means for v_hack.
 *
 * @see Hu et al. 2021, arXiv:2106.09685
 */
export class Lora implements Adapter {
  readonly kind = "lora";
  readonly layout: KnobLayout;
  readonly basis: string;
  readonly init: LoraInit;
  readonly #sizes: readonly LinearSizes[];
  readonly #places: ReadonlyMap<string, number>;
  readonly #scaling: number;

  /**
   * @param modules  in checkpoint order
   * @throws ConfigError  a rank, alpha or standard deviation that makes no LoRA
   */
  constructor(modules: readonly LinearSizes[], init: LoraInit) {
    expectLoraInit(init);
    this.init = init;
    this.#sizes = modules;
    this.#scaling = init.alpha / init.rank;
    this.#places = new Map(modules.map(({ moduleName }, m) => [moduleName, m]));
    this.layout = knobLayout(
      modules.map(({ moduleName, dIn, dOut }) => ({ moduleName, width: init.rank * (dIn + dOut) })),
    );
    this.basis = `lora rank ${init.rank} alpha ${init.alpha} B std ${init.bStd} seed ${init.seed}`;
  }

  initialKnobs(): Tensor2D {
    return this.knobsOf(new Map(this.#sizes.map((sizes) => [sizes.moduleName, loraStart(sizes, this.init)])));
  }

  /**
   * Factors as a table of knobs.
   *
   * @throws ShapeError  a module is missing, unknown, or of other sizes or another rank
   */
  knobsOf(factors: ReadonlyMap<string, LoraPair>): Tensor2D {
    const rows = new Map([...factors].map(([moduleName, { loraA, loraB }]) => [moduleName, endToEnd(loraA, loraB)]));
    return tf.tensor2d(packKnobs(this.layout, rows), [this.layout.moduleNames.length, this.layout.P]);
  }

  /** A table of knobs, read from the device, as factors. */
  factorsOf(table: ArrayLike<number>): Map<string, LoraPair> {
    const rows = unpackKnobs(this.layout, table);
    return new Map(
      this.#sizes.map(({ moduleName, dIn }) => {
        const row = rows.get(moduleName)!;
        const sizeA = this.init.rank * dIn;
        return [moduleName, { loraA: row.slice(0, sizeA), loraB: row.slice(sizeA) }];
      }),
    );
  }

  mergedWeights(model: AdaptedModel, knobs: Tensor2D): ReadonlyMap<string, Tensor2D> {
    return new Map(
      this.#sizes.map(({ moduleName }) => {
        const merged = tf.tidy(() => {
          const { a, b } = this.#pairOf(moduleName, knobs);
          return tf.add<Tensor2D>(model.baseWeightT(moduleName), tf.mul(tf.matMul(a, b, true, true), this.#scaling));
        });
        return [moduleName, merged];
      }),
    );
  }

  collectGradients({ rowStarts, places }: SampleTokens, knobs: Tensor2D): GradientCollector {
    const inputRows = tf.tensor1d(places, "int32");
    const ownSample = tf.tidy(() => {
      const indicator = sampleIndicator(rowStarts);
      return tf.reshape(tf.transpose(indicator), [indicator.shape[1], indicator.shape[0], 1]) as Tensor3D; // [N, B, 1]
    });
    const columns = new KnobColumns(this.layout);
    return {
      sink: (moduleName, x, dY) =>
        columns.set(
          moduleName,
          tf.tidy(() => this.#sampleGradients(moduleName, knobs, rowsAt(x, inputRows), dY, ownSample)),
        ),
      finish: () => {
        tf.dispose([ownSample, inputRows]);
        return columns.table();
      },
    };
  }

  drift(start: ArrayLike<number>, now: ArrayLike<number>, v: ArrayLike<number>): BasisDrift {
    return loraDrift(this.init.rank, this.factorsOf(start), this.factorsOf(now), this.factorsOf(v));
  }

  dispose(): void {}

  /**
   * All samples by one product per factor: the rank-wide side is spread out to one column block per sample, zero elsewhere.
   *
   * @param ownSample  1 where a token is of a sample, [N, B, 1]
   * @returns          [B, rank dIn + dOut rank]
   */
  #sampleGradients(moduleName: string, knobs: Tensor2D, x: Tensor2D, dY: Tensor2D, ownSample: Tensor3D): Tensor2D {
    const { a, b } = this.#pairOf(moduleName, knobs);
    const [N, B] = ownSample.shape;
    const { rank } = this.init;
    const spread = (narrow: Tensor2D) =>
      tf.reshape(tf.mul(ownSample, tf.reshape(tf.mul(narrow, this.#scaling), [N, 1, rank])), [N, B * rank]) as Tensor2D;
    const dA = tf.matMul(spread(tf.matMul(dY, b)), x, true, false); // sum_t (B^T dy_t) x_t^T, [B rank, dIn]
    const dBT = tf.matMul(spread(tf.matMul(x, a, false, true)), dY, true, false); // sum_t (A x_t) dy_t^T, [B rank, dOut]
    const dB = tf.transpose(tf.reshape(dBT, [B, rank, dY.shape[1]]), [0, 2, 1]); // [B, dOut, rank]
    return tf.concat([tf.reshape(dA, [B, rank * x.shape[1]]), tf.reshape(dB, [B, dY.shape[1] * rank])], 1) as Tensor2D;
  }

  /** A [rank, dIn] and B [dOut, rank] of one module. */
  #pairOf(moduleName: string, knobs: Tensor2D): { a: Tensor2D; b: Tensor2D } {
    const m = this.#places.get(moduleName);
    if (m === undefined) throw new ConfigError(`LoRA: expected a wrapped module, got ${moduleName}`);
    const { dIn, dOut } = this.#sizes[m]!;
    const { rank } = this.init;
    if (knobs.shape[1] !== this.layout.P)
      throw new ShapeError(`LoRA: expected knobs [${this.#sizes.length}, ${this.layout.P}], got [${knobs.shape}]`);
    return {
      a: tf.reshape(tf.slice(knobs, [m, 0], [1, rank * dIn]), [rank, dIn]),
      b: tf.reshape(tf.slice(knobs, [m, rank * dIn], [1, dOut * rank]), [dOut, rank]),
    };
  }
}

function endToEnd(first: Float32Array, second: Float32Array): Float32Array {
  const both = new Float32Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
