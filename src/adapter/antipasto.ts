import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { sha256OfBytes } from "../artifact/sha256.ts";
import { ConfigError } from "../errors.ts";
import { rowsAt } from "../nn/rowsAt.ts";
import { kernelOr } from "../tensor/kernelOr.ts";
import { storedWeight } from "../tensor/storedWeight.ts";
import type { AdaptedModel, Adapter, BasisDrift, GradientCollector, SampleTokens } from "./adapter.ts";
import { KnobColumns, knobOf } from "./knobColumns.ts";
import { knobLayout, type KnobLayout } from "./knobTable.ts";
import { sampleIndicator } from "./sampleIndicator.ts";
import type { WeightSvd } from "./weightSvd/weightSvd.ts";

interface DeviceFactors {
  readonly u: Tensor2D; // [dOut, r]
  readonly vhT: Tensor2D; // [dIn, r]
}

/**
 * The AntiPaSTO adapter: one knob per singular direction.
 *
 *     y   = W x + U (deltaS * (Vh x))                        deltaS [r], zero at the start: identity
 *     W'  = W + U diag(deltaS) Vh                            merged once per step, never rebuilt from the factors
 *     g_b = sum over the tokens t of sample b of (U^T dy_t) * (Vh x_t)        [r]
 *
 * @see wassname/lora-lite, variants/antipasto.py
 */
export class AntiPasto implements Adapter {
  readonly kind = "antipasto";
  readonly basis: string;
  readonly layout: KnobLayout;
  readonly #factors: ReadonlyMap<string, DeviceFactors>;

  /** @throws ConfigError  a wrapped module without an SVD */
  constructor(moduleNames: readonly string[], svds: ReadonlyMap<string, WeightSvd>) {
    const factors = new Map<string, DeviceFactors>();
    for (const moduleName of moduleNames) {
      const svd = svds.get(moduleName);
      if (svd === undefined) throw new ConfigError(`AntiPaSTO: expected an SVD of ${moduleName}, got none`);
      factors.set(moduleName, {
        u: tf.tidy(() => storedWeight(tf.tensor2d(svd.u, [svd.u.length / svd.r, svd.r]))),
        vhT: tf.tidy(() => storedWeight(tf.transpose(tf.tensor2d(svd.vh, [svd.r, svd.vh.length / svd.r])))),
      });
    }
    this.#factors = factors;
    this.basis = `antipasto ${fingerprint(svds)}`;
    this.layout = knobLayout([...factors].map(([moduleName, { u }]) => ({ moduleName, width: u.shape[1] })));
  }

  initialKnobs(): Tensor2D {
    return tf.zeros([this.layout.moduleNames.length, this.layout.P]);
  }

  mergedWeights(model: AdaptedModel, knobs: Tensor2D): ReadonlyMap<string, Tensor2D> {
    return new Map(
      this.layout.moduleNames.map((moduleName, m) => {
        const { u, vhT } = this.#factorsOf(moduleName);
        const merged = tf.tidy(() => {
          const scaled = tf.mul(vhT, knobOf(this.layout, knobs, m));
          const change = tf.matMul(scaled as Tensor2D, u, false, true);
          return storedWeight(tf.add<Tensor2D>(model.baseWeightT(moduleName), change));
        });
        return [moduleName, merged];
      }),
    );
  }

  collectGradients({ rowStarts, places }: SampleTokens): GradientCollector {
    const indicator = sampleIndicator(rowStarts);
    const inputRows = tf.tensor1d(places, "int32");
    const starts = tf.tensor1d(rowStarts, "int32");
    const columns = new KnobColumns(this.layout);
    return {
      sink: (moduleName, x, dY) => {
        const { u, vhT } = this.#factorsOf(moduleName);
        const inputs = { dY, u, x, vhT, starts, places: inputRows };
        const [gradient] = kernelOr<[Tensor2D]>("VhackSampleProduct", inputs, {}, () => [
          tf.matMul(indicator, tf.mul(tf.matMul(dY, u), rowsAt(tf.matMul(x, vhT), inputRows))),
        ]);
        columns.set(moduleName, gradient);
      },
      finish: () => {
        tf.dispose([indicator, inputRows, starts]);
        return columns.table();
      },
    };
  }

  /** The basis is the frozen weight's own and never turns. */
  drift(): BasisDrift {
    return { inputAngle: 0, outputAngle: 0, inputOverlap: 1, weightChangeCosine: 1 };
  }

  dispose(): void {
    for (const { u, vhT } of this.#factors.values()) tf.dispose([u, vhT]);
  }

  #factorsOf(moduleName: string): DeviceFactors {
    const factors = this.#factors.get(moduleName);
    if (factors === undefined) throw new ConfigError(`AntiPaSTO: expected a wrapped module, got ${moduleName}`);
    return factors;
  }
}

/**
 * Which singular vectors the knobs scale, up to what cannot differ by accident: singular values and signs.
 *
 * An SVD is free in the signs of its vectors: directions taken with other factors would silently point elsewhere.
 */
function fingerprint(svds: ReadonlyMap<string, WeightSvd>): string {
  const parts = [...svds].map(([moduleName, { s, vh, r }]) => {
    const dIn = vh.length / r;
    const signs = Array.from({ length: r }, (_, i) => (vh[i * dIn]! < 0 ? "-" : "+")).join("");
    return `${moduleName} ${Float32Array.from(s).join()} ${signs}`;
  });
  return sha256OfBytes(parts.join("\n")).slice(0, 16);
}
