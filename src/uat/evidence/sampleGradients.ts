/** Per-sample gradients as the vanilla replay stored them, without padding. */
export interface SampleGradients {
  readonly moduleNames: readonly string[]; // [M], checkpoint order
  readonly widths: Int32Array; // [M], numbers in each module's knob
  readonly bySteps: ReadonlyMap<number, readonly Float32Array[]>; // step -> [B] of [R], R = sum of widths
  /** What the engine scored, per row, where the file holds it. */
  readonly scoredBySteps: ReadonlyMap<number, readonly ScoredTokens[]>;
}

/** The tokens whose log-probability entered a row's loss: how many, the first and the last id, and what scored the first. */
export interface ScoredTokens {
  readonly count: number;
  readonly firstId: number;
  readonly lastId: number;
  /** position in the row whose logits scored the first token; null where the file does not hold it */
  readonly from: number | null;
}
