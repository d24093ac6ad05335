import fc from "fast-check";

/** Any text, and text of the characters that a response is made of. */
export const anyText = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.string({ unit: fc.constantFrom(..." \n\ta1b9_.('T"), maxLength: 40 }),
);
