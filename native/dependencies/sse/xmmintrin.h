/*
 * Note [SSE everywhere]
 *
 * The SSE intrinsics that soxr's cr32s engine uses, in the compiler's own vectors, for processors without
 * SSE. soxr 0.1.3 has code for 32-bit Arm but none for 64-bit Arm, and its NEON code adds up in another
 * order than its SSE code. With this the engine for x86-64 runs on both: the compiler makes NEON of it, and
 * every sample has the same bits.
 */
#if !defined cochlea_xmmintrin_included
#define cochlea_xmmintrin_included

typedef float __m64 __attribute__((vector_size(8), may_alias));
typedef float __m128 __attribute__((vector_size(16), may_alias));
typedef float cochlea_unaligned __attribute__((vector_size(16), may_alias, aligned(4)));
typedef float cochlea_pair __attribute__((vector_size(8), may_alias, aligned(4)));

/* Four lanes out of those of a (0 to 3) and b (4 to 7). */
#if defined __clang__
#define COCHLEA_LANES(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#else
typedef int cochlea_lanes __attribute__((vector_size(16)));
#define COCHLEA_LANES(a, b, i, j, k, l) __builtin_shuffle(a, b, (cochlea_lanes){i, j, k, l})
#endif

#define SSE static __inline __attribute__((always_inline, unused))

SSE __m128 _mm_setzero_ps(void) { return (__m128){0, 0, 0, 0}; }
SSE __m128 _mm_set_ss(float x) { return (__m128){x, 0, 0, 0}; }
SSE __m128 _mm_set1_ps(float x) { return (__m128){x, x, x, x}; }
SSE __m128 _mm_load_ss(float const* p) { return (__m128){*p, 0, 0, 0}; }
SSE __m128 _mm_load_ps(float const* p) { return *(__m128 const*)p; }
SSE __m128 _mm_loadu_ps(float const* p) { return *(cochlea_unaligned const*)p; }
SSE __m128 _mm_loadl_pi(__m128 a, __m64 const* p) {
  cochlea_pair const low = *(cochlea_pair const*)p;
  return (__m128){low[0], low[1], a[2], a[3]};
}
SSE void _mm_store_ss(float* p, __m128 a) { *p = a[0]; }

SSE __m128 _mm_add_ps(__m128 a, __m128 b) { return a + b; }
SSE __m128 _mm_sub_ps(__m128 a, __m128 b) { return a - b; }
SSE __m128 _mm_mul_ps(__m128 a, __m128 b) { return a * b; }
SSE __m128 _mm_add_ss(__m128 a, __m128 b) { return (__m128){a[0] + b[0], a[1], a[2], a[3]}; }
SSE __m128 _mm_mul_ss(__m128 a, __m128 b) { return (__m128){a[0] * b[0], a[1], a[2], a[3]}; }

SSE __m128 _mm_movehl_ps(__m128 a, __m128 b) { return COCHLEA_LANES(a, b, 6, 7, 2, 3); }
SSE __m128 _mm_movelh_ps(__m128 a, __m128 b) { return COCHLEA_LANES(a, b, 0, 1, 4, 5); }
SSE __m128 _mm_unpacklo_ps(__m128 a, __m128 b) { return COCHLEA_LANES(a, b, 0, 4, 1, 5); }
SSE __m128 _mm_unpackhi_ps(__m128 a, __m128 b) { return COCHLEA_LANES(a, b, 2, 6, 3, 7); }

#define _MM_SHUFFLE(l, k, j, i) ((l) << 6 | (k) << 4 | (j) << 2 | (i))
#define _mm_shuffle_ps(a, b, mask) \
  COCHLEA_LANES(a, b, (mask)&3, (mask) >> 2 & 3, ((mask) >> 4 & 3) + 4, ((mask) >> 6 & 3) + 4)
#define _MM_TRANSPOSE4_PS(a, b, c, d)                                      \
  do {                                                                     \
    __m128 const ac0 = _mm_unpacklo_ps(a, c), ac1 = _mm_unpackhi_ps(a, c); \
    __m128 const bd0 = _mm_unpacklo_ps(b, d), bd1 = _mm_unpackhi_ps(b, d); \
    a = _mm_unpacklo_ps(ac0, bd0), b = _mm_unpackhi_ps(ac0, bd0);          \
    c = _mm_unpacklo_ps(ac1, bd1), d = _mm_unpackhi_ps(ac1, bd1);          \
  } while (0)

#undef SSE
#endif
