/** Naive float64 twins of src/nn, on plain nested arrays: one loop per formula, nothing shared with what they check. */

/** A matrix as an array of rows. */
export type Rows = number[][];

/** y[n] = x[n] / sqrt(mean(x[n]^2) + eps) * weight */
export function rmsNormTwin(x: Rows, weight: readonly number[], eps: number): Rows {
  return x.map((row) => {
    const meanSquare = row.reduce((sum, value) => sum + value * value, 0) / row.length;
    return row.map((value, j) => (value / Math.sqrt(meanSquare + eps)) * weight[j]!);
  });
}

/** One head's vector turned by its position: the pair (x[i], x[i + Dh/2]) as a complex number times exp(i angle). */
export function ropeTwin(x: readonly number[], position: number, theta: number): number[] {
  const half = x.length / 2;
  const y = new Array<number>(x.length);
  for (let i = 0; i < half; i++) {
    const angle = position / theta ** ((2 * i) / x.length);
    const [re, im] = [x[i]!, x[i + half]!];
    y[i] = re * Math.cos(angle) - im * Math.sin(angle);
    y[i + half] = re * Math.sin(angle) + im * Math.cos(angle);
  }
  return y;
}

/**
 * Causal attention of one sequence; query head h reads key head floor(h / G).
 *
 * @param q  [T][H][Dh]
 * @param k  [T][Hkv][Dh]
 * @param v  [T][Hkv][Dh]
 */
export function attentionTwin(q: Rows[], k: Rows[], v: Rows[]): Rows[] {
  const G = q[0]!.length / k[0]!.length;
  return q.map((heads, t) =>
    heads.map((query, h) => {
      const kv = Math.floor(h / G);
      const scores = k.slice(0, t + 1).map((keys) => dot(query, keys[kv]!) / Math.sqrt(query.length));
      const peak = Math.max(...scores);
      const exps = scores.map((score) => Math.exp(score - peak));
      const total = exps.reduce((sum, value) => sum + value, 0);
      return query.map((_, j) => exps.reduce((sum, e, s) => sum + (e / total) * v[s]![kv]![j]!, 0));
    }),
  );
}

/** y = gate / (1 + exp(-gate)) * up */
export function swigluTwin(gate: Rows, up: Rows): Rows {
  return gate.map((row, n) => row.map((g, j) => (g / (1 + Math.exp(-g))) * up[n]![j]!));
}

/** y = x W^T, W [dOut][dIn] */
export function linearTwin(x: Rows, w: Rows): Rows {
  return x.map((row) => w.map((weights) => dot(row, weights)));
}

/** log softmax(h W^T)[target] */
export function tokenLogpTwin(h: readonly number[], w: Rows, target: number): number {
  const logits = w.map((row) => dot(h, row));
  const peak = Math.max(...logits);
  return logits[target]! - peak - Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - peak), 0));
}

export function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Cut a flat row-major array into rows of `cols`. */
export function rowsOf(flat: ArrayLike<number>, cols: number): Rows {
  return Array.from({ length: flat.length / cols }, (_, n) =>
    Array.from({ length: cols }, (_, j) => flat[n * cols + j]!),
  );
}

/** Cut a flat array into [T][H][Dh]. */
export function headsOf(flat: ArrayLike<number>, H: number, Dh: number): Rows[] {
  return rowsOf(flat, H * Dh).map((row) => rowsOf(row, Dh));
}
