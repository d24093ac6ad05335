import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect } from "vitest";
import { packedAttention, packedAttentionBackward, type SavedAttention } from "../../src/nn/attention.ts";
import { PackedRows, type Segment } from "../../src/nn/packedRows.ts";
import { attentionTwin, headsOf, type Rows } from "../reference/layers.ts";
import { forEachBackend } from "../support/backends.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { runsOn } from "../support/runs.ts";
import { expectWithin, gamma, norm, unitRoundoff32 } from "../support/tolerance.ts";
import { entries, largest } from "./entries.ts";
import { functionRoundings, outputOf, type Layer, type LayerCase } from "./layer.ts";
import { lawsOfLayer } from "./lawsOfLayer.ts";
import { entriesOf, scaledOutput, withGradients, withInputs } from "./mutants.ts";

/** Samples that share a prompt of P tokens, or none (P = 0), and have T tokens of their own each. */
interface Group {
  readonly P: number;
  readonly Ts: readonly number[];
}

interface Heads {
  readonly Hkv: number;
  readonly G: number;
  readonly Dh: number;
}

interface AttentionCase extends LayerCase {
  readonly groups: readonly Group[];
  readonly heads: Heads;
}

/** The groups laid end to end, each prompt before the samples that share it. */
function segmentsOf(groups: readonly Group[]): { segments: Segment[]; samples: Segment[] } {
  const [segments, samples]: [Segment[], Segment[]] = [[], []];
  let start = 0;
  const next = (length: number, prefix: Segment | null): Segment => {
    const segment = { start, length, prefix };
    segments.push(segment);
    start += length;
    return segment;
  };
  for (const { P, Ts } of groups) {
    const prompt = P === 0 ? null : next(P, null);
    for (const T of Ts) samples.push(next(T, prompt));
  }
  return { segments, samples };
}

/** Of each sample, its tokens' places among the packed ones: its prompt's, then its own. */
const tokensOf = ({ start, length, prefix }: Segment): number[] => [
  ...(prefix === null ? [] : tokensOf(prefix)),
  ...Array.from({ length }, (_, t) => start + t),
];

const packedRows = (groups: readonly Group[]): PackedRows => {
  const { segments, samples } = segmentsOf(groups);
  return new PackedRows(segments, samples);
};

/**
 * The layer on packed tokens. Backward is per sample, so the gradient of a prompt's output is dealt out to the first and the
 * last of its samples, by halves, and the gradients of its tokens are added up again.
 */
function attentionLayer({ groups, heads: { G } }: AttentionCase): Layer {
  return {
    forward: ([q, k, v]) => {
      const rows = packedRows(groups);
      const { y, saved } = packedAttention(q as tf.Tensor3D, k as tf.Tensor3D, v as tf.Tensor3D, rows);
      const masks = rows.segments.map((segment) => rows.causal(segment, G));
      return { y, saved: { saved, masks, table: rows.segmentTable() } };
    },
    backward: (dY, _, kept) => {
      const { saved } = kept as { saved: SavedAttention };
      const { samples } = segmentsOf(groups);
      const tokens = samples.flatMap(tokensOf);
      const shares = samples.flatMap((sample) => {
        const siblings = samples.filter(({ prefix }) => prefix !== null && prefix === sample.prefix);
        const ends = Number(sample === siblings[0]) + Number(sample === siblings.at(-1));
        return tokensOf(sample).map((token) => (token < sample.start ? ends / 2 : 1));
      });
      return tf.tidy(() => {
        const places = tf.tensor1d(tokens, "int32");
        const dealt = tf.mul(tf.gather(dY, places), tf.tensor3d(shares, [shares.length, 1, 1])) as tf.Tensor3D;
        const rows = packedRows(groups);
        const { dQ, dK, dV } = packedAttentionBackward(dealt, saved, rows);
        rows.dispose();
        const N = dY.shape[0]!;
        const owners = tf.tensor2d(
          tokens.map((token) => Array.from({ length: N }, (_, n) => Number(n === token))),
          [tokens.length, N],
        );
        return [dQ, dK, dV].map((d) => {
          const [S, H, Dh] = d.shape;
          return tf.reshape(tf.matMul(owners, tf.reshape(d, [S, H * Dh]), true), [N, H, Dh]);
        });
      });
    },
  };
}

function attentionCase(
  groups: readonly Group[],
  heads: Heads,
  q: readonly number[],
  k: readonly number[],
  v: readonly number[],
  dY: readonly number[],
): AttentionCase {
  const { Hkv, G, Dh } = heads;
  const { segments } = segmentsOf(groups);
  const [H, N] = [Hkv * G, q.length / (Hkv * G * Dh)];
  const [qMost, kMost, vMost] = [q, k, v].map((values) => Math.sqrt(Dh) * largest(values)) as [number, number, number];
  // an error of a score is a relative error of its probability
  const growth = 1 + 2 * ((qMost * kMost) / Math.sqrt(Dh));
  return {
    inputs: [
      { shape: [N, H, Dh], values: q },
      { shape: [N, Hkv, Dh], values: k },
      { shape: [N, Hkv, Dh], values: v },
    ],
    yShape: [N, H, Dh],
    dY,
    groups,
    heads,
    twin: ([a, b, c]) => {
      const given = [headsOf(a!, H, Dh), headsOf(b!, Hkv, Dh), headsOf(c!, Hkv, Dh)];
      return segments.flatMap((segment) => {
        const [own, keys, values] = given.map((x) => tokensOf(segment).map((token) => x[token]!)) as [
          Rows[],
          Rows[],
          Rows[],
        ];
        return attentionTwin(own, keys, values).slice(-segment.length).flat(2);
      });
    },
    plain: ([a, b, c]) =>
      tf.concat(
        segments.flatMap((segment) => plainAttention(a!, b!, c!, tokensOf(segment), segment.length, heads)),
        0,
      ),
    roundings: 2 * (Dh + N * G) + functionRoundings,
    forwardScale: Math.sqrt(N * H) * vMost * growth,
    // |dS| <= 2 p |dO| |v|; dK and dV gather up to G N rows, so sqrt(G N) times longer by Cauchy-Schwarz
    backwardScales: (slope) => [
      (2 * norm(slope) * vMost * kMost * growth) / Math.sqrt(Dh),
      (2 * Math.sqrt(G * N) * norm(slope) * vMost * qMost * growth) / Math.sqrt(Dh),
      Math.sqrt(G * N) * norm(slope) * growth,
    ],
  };
}

/** Token by token and head by head, with no mask: a query is given only the keys that it may see. */
function plainAttention(
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  tokens: readonly number[],
  own: number,
  { Hkv, G, Dh }: Heads,
): tf.Tensor[] {
  return tokens.slice(-own).map((token) => {
    const seen = tokens.slice(0, tokens.indexOf(token) + 1);
    // slices, since wasm cannot take a gather back
    const of = (x: tf.Tensor, at: readonly number[], head: number) =>
      tf.concat(at.map((place) => tf.reshape(tf.slice(x, [place, head, 0], [1, 1, Dh]), [1, Dh]))) as tf.Tensor2D;
    const heads = Array.from({ length: Hkv * G }, (_, h) => {
      const kv = Math.floor(h / G);
      const scores = tf.matMul(of(q, [token], h), of(k, seen, kv), false, true);
      return tf.matMul(tf.softmax(tf.div(scores, Math.sqrt(Dh))), of(v, seen, kv));
    });
    return tf.reshape(tf.concat(heads, 0), [1, Hkv * G, Dh]);
  });
}

const length = fc.integer({ min: 1, max: 3 });
const anyGroups: fc.Arbitrary<Group[]> = fc.array(
  fc.record({ P: fc.integer({ min: 0, max: 3 }), Ts: fc.array(length, { minLength: 1, maxLength: 2 }) }),
  { minLength: 1, maxLength: 2 },
);
const anyHeads: fc.Arbitrary<Heads> = fc.record({
  Hkv: fc.integer({ min: 1, max: 2 }),
  G: fc.integer({ min: 1, max: 3 }),
  Dh: fc.integer({ min: 1, max: 4 }),
});
const countOf = (groups: readonly Group[]) =>
  groups.reduce((sum, { P, Ts }) => sum + P + Ts.reduce((own, T) => own + T, 0), 0);

const anyAttention: fc.Arbitrary<AttentionCase> = fc.tuple(anyGroups, anyHeads).chain(([groups, heads]) => {
  const keys = countOf(groups) * heads.Hkv * heads.Dh;
  return fc
    .tuple(entries(keys * heads.G), entries(keys), entries(keys), entries(keys * heads.G))
    .map(([q, k, v, dY]) => attentionCase(groups, heads, q, k, v, dY));
});

type LayerOf = (example: AttentionCase) => Layer;

const shape = { Hkv: 2, G: 2, Dh: 2 };
const toothOf = (groups: readonly Group[]): AttentionCase => {
  const N = countOf(groups);
  return attentionCase(
    groups,
    shape,
    entriesOf(8 * N, 1),
    entriesOf(4 * N, 2),
    entriesOf(4 * N, 3),
    entriesOf(8 * N, 4),
  );
};
const tooth = toothOf([{ P: 0, Ts: [3] }]);
const sharing = toothOf([{ P: 2, Ts: [2, 1] }]);

/** Keys and values of the next token in the place of each token's. */
const peeking: LayerOf = (example) =>
  withInputs(attentionLayer(example), ([q, k, v]) => {
    const ahead = (x: tf.Tensor) => tf.concat([tf.slice(x, [1, 0, 0]), tf.slice(x, [x.shape[0]! - 1, 0, 0])], 0);
    return [q!, ahead(k!), ahead(v!)];
  });
const unscaled: LayerOf = (example) =>
  withInputs(attentionLayer(example), ([q, k, v]) => [tf.mul(q!, Math.SQRT2), k!, v!]);
/** The same tokens, laid out by other groups. */
const grouped =
  (change: (group: Group) => Group[]): LayerOf =>
  (example) =>
    attentionLayer({ ...example, groups: example.groups.flatMap(change) });
const promptUnseen = grouped(({ P, Ts }) => [{ P: 0, Ts: [P, ...Ts] }]);
const siblingsSeen = grouped(({ P, Ts }) => [{ P: 0, Ts: [P + Ts.reduce((sum, T) => sum + T, 0)] }]);

/** dS = p * dP: what is left of dQ without softmax's own term, head by head. */
const withoutSoftmaxTerm: LayerOf = (example) =>
  withGradients(attentionLayer(example), ([, dK, dV], [q, k, v], dY) => {
    const [T, H, Dh] = q!.shape as [number, number, number];
    const head = (x: tf.Tensor, h: number) => tf.reshape(tf.slice(x, [0, h, 0], [T, 1, Dh]), [T, Dh]) as tf.Tensor2D;
    const hidden = tf.linalg.bandPart(tf.ones([T, T]), -1, 0);
    const heads = Array.from({ length: H }, (_, h) => {
      const kv = Math.floor(h / example.heads.G);
      const s = tf.div(tf.matMul(head(q!, h), head(k!, kv), false, true), Math.sqrt(Dh));
      const p = tf.softmax(tf.add(s, tf.mul(tf.sub(hidden, 1), 1e9)));
      const dS = tf.mul(p, tf.matMul(head(dY, h), head(v!, kv), false, true)) as tf.Tensor2D;
      return tf.reshape(tf.div(tf.matMul(dS, head(k!, kv)), Math.sqrt(Dh)), [T, 1, Dh]);
    });
    return [tf.concat(heads, 1), dK!, dV!];
  });

forEachBackend((backend) => {
  const { numRuns } = runsOn(backend, 25);
  lawsOfLayer("packedAttention", backend, anyAttention, attentionLayer, tooth, {
    twin: { "a mask that sees one token ahead": peeking, "no scale": unscaled },
    differences: { "softmax's own term forgotten": withoutSoftmaxTerm },
  });

  lawsOf<LayerOf>("packedAttention", attentionLayer, (law) => {
    law("gives a prompt to each of its samples: y = attention over prompt and own tokens", {
      else: "rows that share a prompt are scored without it, or by each other's answers",
      for: [anyAttention],
      holds: async (of, example) => {
        const found = await outputOf(
          of(example),
          example,
          example.inputs.map(({ values }) => values),
        );
        const wanted = example.twin(example.inputs.map(({ values }) => values));
        const bound = gamma(example.roundings, unitRoundoff32) * example.forwardScale;
        found.forEach((y, i) => expectWithin(y, wanted[i]!, bound, `entry ${i}`));
      },
      rejects: {
        "a prompt that its samples do not see": [promptUnseen, sharing],
        "samples that see each other": [siblingsSeen, sharing],
      },
      numRuns,
    });

    law("is causal: tokens that t does not see change no output at t, bit for bit", {
      else: "a completion's log-probability knows the tokens that come after it, or another sample's",
      for: [anyAttention, fc.nat()],
      holds: async (of, example, place) => {
        const { segments } = segmentsOf(example.groups);
        const N = example.yShape[0]!;
        const t = place % N;
        const seen = tokensOf(segments.find(({ start, length: T }) => t >= start && t < start + T)!).filter(
          (token) => token <= t,
        );
        const values = example.inputs.map((input) => input.values);
        const others = values.map((part) =>
          part.map((value, j) => (seen.includes(Math.floor(j / (part.length / N))) ? value : 3 - value)),
        );
        const [plain, changed] = [
          await outputOf(of(example), example, values),
          await outputOf(of(example), example, others),
        ];
        const width = plain.length / N;
        expect(changed.subarray(t * width, (t + 1) * width)).toEqual(plain.subarray(t * width, (t + 1) * width));
      },
      rejects: {
        "a mask that sees one token ahead": [peeking, tooth, 1],
        "samples that see each other": [siblingsSeen, sharing, 4],
      },
      numRuns,
    });

    law("averages: v = 2 everywhere -> y = 2", {
      for: [anyAttention],
      holds: async (of, example) => {
        const [q, k, v] = example.inputs.map(({ values }) => values);
        const found = await outputOf(of(example), example, [q!, k!, v!.map(() => 2)]);
        for (const y of found) expectWithin(y, 2, 2 * gamma(example.roundings, unitRoundoff32), "average of twos");
      },
      rejects: { "weights that sum to another number": [(example) => scaledOutput(attentionLayer(example)), tooth] },
      numRuns,
    });
  });
});
