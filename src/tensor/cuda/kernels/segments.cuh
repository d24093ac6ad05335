/*
 * Tokens that lie end to end: each segment's see their prefix, the tokens before them and themselves.
 *
 * A segment is five numbers of a table: where its gradients start, where its tokens start, how many they are, where its
 * prefix starts and how long that is.
 */
struct Segment {
  int slopeStart, start, length, prefixStart, prefixLength;
  /** tokens of prefix and segment together */
  __device__ __forceinline__ int all() const { return prefixLength + length; }
  /** where the t-th of them is among the packed tokens */
  __device__ __forceinline__ long long packed(int t) const {
    return t < prefixLength ? prefixStart + t : start + t - prefixLength;
  }
};

__device__ __forceinline__ Segment segmentAt(const int* table, int s) {
  const int* own = table + 5 * s;
  Segment segment = {own[0], own[1], own[2], own[3], own[4]};
  return segment;
}
