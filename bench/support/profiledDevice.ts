import type { Argument } from "../../src/tensor/cuda/argumentBlock.ts";
import type { CardDevice } from "../../src/tensor/cuda/cardDevice.ts";
import type { Device, Launch, Product } from "../../src/tensor/cuda/device.ts";
import type { Defines } from "../../src/tensor/cuda/kernelSource.ts";

/** Time on the card by kernel, between two marks each. */
export interface KernelTime {
  readonly what: string;
  readonly calls: number;
  readonly ms: number;
}

/** A card whose work can be timed kernel by kernel; marks cost a little, so time whole steps without them. */
export class ProfiledDevice implements Device {
  readonly name: string;
  readonly #card: CardDevice;
  #marks: { what: string; start: bigint; end: bigint }[] | null = null;

  constructor(card: CardDevice) {
    this.#card = card;
    this.name = card.name;
  }

  /** Time every kernel and product of `work`, the costliest first. */
  async profile(work: () => Promise<void>): Promise<KernelTime[]> {
    this.#marks = [];
    await work();
    await this.#card.finished();
    const totals = new Map<string, { calls: number; ms: number }>();
    for (const { what, start, end } of this.#marks) {
      const total = totals.get(what) ?? { calls: 0, ms: 0 };
      totals.set(what, { calls: total.calls + 1, ms: total.ms + this.#card.context.elapsedMs(start, end) });
      this.#card.context.forget(start);
      this.#card.context.forget(end);
    }
    this.#marks = null;
    return [...totals].map(([what, total]) => ({ what, ...total })).toSorted((a, b) => b.ms - a.ms);
  }

  allocate(bytes: number): bigint {
    return this.#card.allocate(bytes);
  }

  free(pointer: bigint): void {
    this.#card.free(pointer);
  }

  upload(to: bigint, values: ArrayBufferView): void {
    this.#card.upload(to, values);
  }

  download(into: ArrayBufferView, from: bigint): void {
    this.#card.download(into, from);
  }

  copy(to: bigint, from: bigint, bytes: number): void {
    this.#timed("copy", () => this.#card.copy(to, from, bytes));
  }

  launch(name: string, defines: Defines, launch: Launch, args: readonly Argument[]): void {
    const expression = defines["F(v)"] ?? defines["F(p, q)"];
    const what = expression === undefined ? name : `${name} ${expression}`;
    this.#timed(what, () => this.#card.launch(name, defines, launch, args));
  }

  multiply(product: Product): void {
    const { M, N, K, a, b, c, batch } = product;
    const sides = `${a.transposed ? "T" : "N"}${b.transposed ? "T" : "N"}`;
    const what = `${a.storage} ${sides} ${M} x ${K} x ${N}${batch > 1 ? ` x ${batch}` : ""} -> ${c.storage}`;
    this.#timed(what, () => this.#card.multiply(product));
  }

  finished(): Promise<void> {
    return this.#card.finished();
  }

  close(): void {
    this.#card.close();
  }

  #timed(what: string, work: () => void): void {
    if (this.#marks === null) return work();
    const start = this.#card.context.mark();
    work();
    this.#marks.push({ what, start, end: this.#card.context.mark() });
  }
}
