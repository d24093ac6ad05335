import type { Evidence } from "../evidence/evidence.ts";
import type { Bound } from "./bound.ts";

/** A requirement as data: its claim, its threshold in words, and how it is measured. The judge decides. */
export interface Criterion<Seen = Evidence> {
  readonly id: string;
  /** What a pass shows, as a clause: the conclusion repeats it. */
  readonly claim: string;
  readonly threshold: string;
  readonly measure: (evidence: Seen) => Measurement;
}

/** What must hold, and the likely cause when it does not. */
export interface Condition extends Bound {
  readonly name: string;
  readonly value: number;
  /**
   * `pass`: without it the requirement fails.
   * `specific`: without it a pass is not specific to v_hack.
   * `claim`: the answer to a question that may be no. Where everything else that decides the pass holds, a broken claim is a
   * clean negative result.
   */
  readonly decides: "pass" | "specific" | "claim";
  /** The likely cause, named when the condition does not hold. */
  readonly cause: string;
}

/** A figure reported beside the verdict. It decides nothing. */
export interface Note {
  readonly label: string;
  readonly text: string;
  readonly values: Readonly<Record<string, number | string | null>>;
}

/** Data for a picture; the report draws it and computes nothing. */
export type Figure =
  | {
      readonly kind: "distributions";
      readonly title: string;
      readonly unit: string;
      readonly series: readonly { readonly name: string; readonly values: readonly number[] }[];
    }
  | {
      readonly kind: "lines";
      readonly title: string;
      readonly xLabel: string;
      readonly yLabel: string;
      readonly series: readonly {
        readonly name: string;
        readonly points: readonly (readonly [x: number, y: number])[];
      }[];
    }
  | {
      readonly kind: "null";
      readonly title: string;
      readonly unit: string;
      readonly draws: readonly number[];
      readonly real: number;
    };

/** What a criterion read from the evidence. The judge decides; a criterion only measures. */
export type Measurement = NoEvidence | Measured;

/** There was nothing to measure; the message names the command that makes it. */
export interface NoEvidence {
  readonly kind: "noEvidence";
  readonly path: string;
  readonly message: string;
}

export interface Measured {
  readonly kind: "measured";
  readonly path: string;
  /** The first one is the headline: its value and bound are the row of the table. */
  readonly conditions: readonly [Condition, ...Condition[]];
  readonly headline: string;
  readonly notes: readonly Note[];
  readonly figures: readonly Figure[];
}
