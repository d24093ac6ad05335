/** The element types of the safetensors format, with their bits per element. */
export const bitsOf = {
  F64: 64,
  F32: 32,
  F16: 16,
  BF16: 16,
  I64: 64,
  I32: 32,
  I16: 16,
  I8: 8,
  U64: 64,
  U32: 32,
  U16: 16,
  U8: 8,
  BOOL: 8,
  C64: 64,
  F8_E4M3: 8,
  F8_E5M2: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  F8_E8M0: 8,
  F6_E2M3: 6,
  F6_E3M2: 6,
  F4: 4,
} as const;

export type StoredType = keyof typeof bitsOf;

/** Types whose values this program computes with. */
export const floatTypes: readonly StoredType[] = ["F64", "F32", "F16", "BF16"];

/** Which quantizations store weights in a type. */
const quantizations: Partial<Record<StoredType, string>> = {
  F8_E4M3: "FP8",
  F8_E5M2: "FP8",
  F8_E4M3FNUZ: "FP8",
  F8_E5M2FNUZ: "FP8",
  F8_E8M0: "scales of MX formats",
  F6_E2M3: "FP6",
  F6_E3M2: "FP6",
  F4: "FP4",
  I8: "8-bit integers, as LLM.int8 and W8A8",
  U8: "packed, as bitsandbytes and MXFP4",
  U32: "packed, as MLX",
  I32: "packed, as GPTQ and AWQ",
};

/** A type that is no float, for a message that refuses it as a weight. */
export function describedType(type: StoredType): string {
  const quantization = quantizations[type];
  if (quantization === undefined) return `${type}, which are no weights`;
  return `${type}: quantized weights (${quantization}), which are not implemented; use the checkpoint before quantization`;
}
