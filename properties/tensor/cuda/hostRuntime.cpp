// Memory and matrix products of the host device.

static constexpr size_t margin = 128; // bytes on either side that no kernel may write

extern "C" uint64_t hostAllocate(uint64_t bytes) {
  char* start = (char*)aligned_alloc(128, (2 * margin + bytes + 127) / 128 * 128);
  memset(start, 0xa5, margin);
  memcpy(start, &bytes, 8);
  memset(start + margin, 0xff, bytes); // NaN in every storage of floats
  memset(start + margin + bytes, 0xa5, margin);
  return (uint64_t)(start + margin);
}

/** 0, or 1 where a byte beside the allocation has changed. */
extern "C" int hostFree(uint64_t pointer) {
  unsigned char* start = (unsigned char*)pointer - margin;
  uint64_t bytes;
  memcpy(&bytes, start, 8);
  int touched = 0;
  for (size_t i = 8; i < margin; i++) touched |= start[i] != 0xa5;
  for (size_t i = 0; i < margin; i++) touched |= start[margin + bytes + i] != 0xa5;
  free(start);
  return touched;
}

extern "C" void hostCopy(uint64_t to, uint64_t from, uint64_t bytes) { memmove((void*)to, (void*)from, bytes); }
extern "C" void hostUpload(uint64_t to, const void* from, uint64_t bytes) { memcpy((void*)to, from, bytes); }
extern "C" void hostDownload(void* to, uint64_t from, uint64_t bytes) { memcpy(to, (void*)from, bytes); }

static float at(uint64_t array, int isBf16, int64_t i) {
  return isBf16 ? __uint_as_float((unsigned)((unsigned short*)array)[i] << 16) : ((float*)array)[i];
}

/** shape: M, N, K, batch, then for a and b whether transposed and the stride, then whether to accumulate. */
extern "C" void hostMultiply(const int64_t* s, uint64_t a, int aBf16, uint64_t b, int bBf16, uint64_t c, int cBf16) {
  int64_t M = s[0], N = s[1], K = s[2];
  for (int64_t g = 0; g < s[3]; g++)
    for (int64_t m = 0; m < M; m++)
      for (int64_t n = 0; n < N; n++) {
        float sum = 0;
        for (int64_t k = 0; k < K; k++)
          sum += at(a, aBf16, g * s[5] + (s[4] ? k * M + m : m * K + k)) *
                 at(b, bBf16, g * s[7] + (s[6] ? n * K + k : k * N + n));
        int64_t i = (g * M + m) * N + n;
        if (s[8]) sum += at(c, cBf16, i);
        if (cBf16) ((unsigned short*)c)[i] = hostNarrow(sum);
        else ((float*)c)[i] = sum;
      }
}
