/* What LAME's own configure step would find on the platforms that Cochlea supports. */
#ifndef COCHLEA_LAME_CONFIG_H
#define COCHLEA_LAME_CONFIG_H

#define PACKAGE "lame"
#define LAME_LIBRARY_BUILD 1
#define STDC_HEADERS 1
#define HAVE_ERRNO_H 1
#define HAVE_FCNTL_H 1
#define HAVE_LIMITS_H 1
#define HAVE_INTTYPES_H 1
#define HAVE_STDINT_H 1

/* Floats are those of IEEE 754. */
#define TAKEHIRO_IEEE754_HACK 1
#define USE_FAST_LOG 1
typedef float ieee754_float32_t;
typedef double ieee754_float64_t;
typedef long double ieee854_float80_t;

#endif
