import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect } from "vitest";
import { kernelOr } from "../../src/tensor/kernelOr.ts";
import { onBackend } from "../support/backends.ts";
import { lawsOf } from "../support/lawsOf.ts";

type KernelOr = (...given: Parameters<typeof kernelOr<tf.Tensor[]>>) => tf.Tensor[];
const name = "VhackRmsNorm";

/** A kernel that says that it ran: all outputs are -1. */
function ranOn(backendName: string, run: () => void): void {
  tf.registerKernel({ kernelName: name, backendName, kernelFunc: () => [tf.scalar(-1), tf.scalar(-1)] });
  try {
    run();
  } finally {
    tf.unregisterKernel(name, backendName);
  }
}

const always: KernelOr = (_name, _inputs, _attrs, formula) => tf.tidy(formula);
const untidy: KernelOr = (given, inputs, attrs, formula) =>
  tf.getKernel(given, tf.getBackend()) === undefined ? formula() : kernelOr(given, inputs, attrs, formula);
const anyBackend: KernelOr = (given, inputs, attrs, formula) =>
  ["cpu", "wasm"].some((backend) => tf.getKernel(given, backend) !== undefined)
    ? [tf.scalar(-1), tf.scalar(-1)]
    : kernelOr(given, inputs, attrs, formula);

onBackend("cpu", () =>
  lawsOf<KernelOr>("kernelOr", kernelOr, (law) => {
    law("runs the kernel where the backend in use has one, else the formula, whose intermediates it frees", {
      else: "a backend's kernel is never run, or runs where it is not registered",
      for: [fc.constantFrom<string | null>("cpu", "wasm", null), fc.integer({ min: 0, max: 9 })],
      holds: (either, registeredOn, value) => {
        const before = tf.memory().numTensors;
        const call = (): void => {
          const x = tf.scalar(value);
          const outputs = either(name, { x }, {}, () => [tf.neg(tf.neg(x)), tf.square(tf.add(x, 0))]);
          const found = outputs.map((output) => output.dataSync()[0]);
          tf.dispose([x, outputs]);
          expect(found).toEqual(registeredOn === "cpu" ? [-1, -1] : [value, value ** 2]);
        };
        if (registeredOn === null) call();
        else ranOn(registeredOn, call);
        expect(tf.memory().numTensors).toBe(before);
      },
      rejects: {
        "always the formula": [always, "cpu", 3],
        "a kernel of another backend": [anyBackend, "wasm", 3],
        "intermediates kept": [untidy, null, 3],
      },
    });
  }),
);
