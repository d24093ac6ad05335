import { readFileSync } from "node:fs";
import { ShapeError } from "../../errors.ts";

/** How one parameter of a kernel travels; Dims is six int32 by value. */
export type ParameterType = "pointer" | "int" | "long long" | "float" | "Dims";

/** What the preprocessor replaces in a kernel's text: storage types, expressions, sizes. */
export type Defines = Readonly<Record<string, string | number>>;

/** A kernel's text, ready for a compiler, and how it wants to be called. */
export interface KernelSource {
  /** of the file and of the function in it */
  readonly name: string;
  readonly text: string;
  readonly parameters: readonly ParameterType[];
  /** whether threads wait for each other: a barrier, a shuffle, or a product by a whole warp */
  readonly hasBarriers: boolean;
}

const folder = new URL("./kernels/", import.meta.url);
const files = new Map<string, string>();

/**
 * Put a kernel's text together: defines, then kernels/NAME.cu with its includes replaced by the files themselves.
 *
 * Both compilers (NVRTC for the card, g++ for tests) get one text without a search path, and the text alone decides what
 * the compiled kernel is.
 *
 * @throws ShapeError  the file's function has another name, or a parameter of a type that launches cannot pass
 */
export function kernelSource(name: string, defines: Defines): KernelSource {
  const body = textOf(`${name}.cu`).replaceAll(/^#include "(.+)"$/gm, (_, included: string) => textOf(included));
  const signature = new RegExp(
    String.raw`extern "C" __global__ void\s+(?:__launch_bounds__\(.+?\)\s+)?${name}\(([^)]*)\)`,
  ).exec(body);
  if (signature === null) throw new ShapeError(`kernels/${name}.cu: expected a kernel of that name, got none`);
  const lines = Object.entries(defines).map(([key, value]) => `#define ${key} ${value}\n`);
  return {
    name,
    text: `${lines.join("")}${body}`,
    parameters: signature[1]!.split(",").map((parameter) => parameterType(name, parameter.trim())),
    hasBarriers: /__syncthreads|__shfl_/.test(body),
  };
}

function parameterType(kernel: string, parameter: string): ParameterType {
  if (parameter.includes("*")) return "pointer";
  const type = /^(int|long long|float|Dims) \w+$/.exec(parameter)?.[1];
  if (type === undefined)
    throw new ShapeError(`kernels/${kernel}.cu: expected a pointer, int, long long, float or Dims, got ${parameter}`);
  return type as ParameterType;
}

function textOf(file: string): string {
  const known = files.get(file) ?? readFileSync(new URL(file, folder), "utf8");
  files.set(file, known);
  return known;
}
