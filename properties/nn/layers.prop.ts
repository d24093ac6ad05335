import { describe } from "vitest";
import { forEachBackend } from "../support/backends.ts";
import { anyAttention, attentionLayer } from "./attention.cases.ts";
import { declareLayerLaws } from "./declareLayerLaws.ts";
import { anyEmbedding, anyLinear, embeddingLayer, linearLayer } from "./linear.cases.ts";
import { anyRmsNorm, rmsNormLayer } from "./rmsNorm.cases.ts";
import { anyRope, ropeLayer } from "./rope.cases.ts";
import { anySwiglu, swigluLayer } from "./swiglu.cases.ts";
import { anyTokenLogps, tokenLogpsLayer } from "./tokenLogps.cases.ts";

forEachBackend((backend) => {
  describe("linear", () => declareLayerLaws(backend, anyLinear, () => linearLayer));
  describe("embedding", () => declareLayerLaws(backend, anyEmbedding, ({ inputIds }) => embeddingLayer(inputIds)));
  describe("rmsNorm", () => declareLayerLaws(backend, anyRmsNorm, ({ eps }) => rmsNormLayer(eps)));
  describe("rope", () => declareLayerLaws(backend, anyRope, ropeLayer));
  describe("swiglu", () => declareLayerLaws(backend, anySwiglu, () => swigluLayer));
  describe("attention", () => declareLayerLaws(backend, anyAttention, () => attentionLayer));
  describe("tokenLogpsWithDerivative", () =>
    declareLayerLaws(backend, anyTokenLogps, ({ targets }) => tokenLogpsLayer(targets)));
});
