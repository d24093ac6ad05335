/** The seed of the committed miniature: world, initial weights, training order. */
export const miniatureSeed = 1;
