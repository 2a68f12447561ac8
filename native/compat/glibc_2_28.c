/*
 * Note [glibc floor]
 *
 * A library needs, of each glibc function, the version that was newest where it was linked: built on
 * Debian 12 it asks for log of glibc 2.29 and pthread_create of 2.34, and does not load on older systems,
 * although those have both functions under an older version. The prebuilt addon has to load on glibc 2.28
 * (RHEL 8, Debian 10), so the linker sends every reference to such a function, be it from FFmpeg, soxr,
 * libstdc++ or our code, to its __wrap_ below (-Wl,--wrap; native/cmake/portable.cmake takes the names
 * from this file), which binds the version that glibc has had since its port to the processor.
 *
 * The functions compute the same. The older log, exp, exp2, pow and hypot call the same code and set errno
 * themselves; those of the threads are aliases; fstat was a macro over __fxstat.
 *
 * test/package/addon.mjs fails when the addon needs anything newer: then add it here.
 */
#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <sys/stat.h>

#if defined __x86_64__
#define BASE_VERSION "GLIBC_2.2.5"
#define CLOCK_VERSION "GLIBC_2.3.3"
#define STAT_VERSION 1
#elif defined __aarch64__
#define BASE_VERSION "GLIBC_2.17"
#define CLOCK_VERSION BASE_VERSION
#define STAT_VERSION 0
#else
#error "Look up the base version of glibc and _STAT_VER for this processor"
#endif

#define BIND(name, version) __asm__(".symver base_" #name ", " #name "@" version)
#define BIND_BASE(name) BIND(name, BASE_VERSION)

BIND_BASE(exp);
double base_exp(double x);
double __wrap_exp(double x) { return base_exp(x); }

BIND_BASE(exp2);
double base_exp2(double x);
double __wrap_exp2(double x) { return base_exp2(x); }

BIND_BASE(log);
double base_log(double x);
double __wrap_log(double x) { return base_log(x); }

BIND_BASE(pow);
double base_pow(double x, double y);
double __wrap_pow(double x, double y) { return base_pow(x, y); }

BIND_BASE(hypot);
double base_hypot(double x, double y);
double __wrap_hypot(double x, double y) { return base_hypot(x, y); }

BIND_BASE(pthread_create);
int base_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument) {
  return base_pthread_create(thread, attributes, run, argument);
}

BIND_BASE(pthread_join);
int base_pthread_join(pthread_t thread, void **result);
int __wrap_pthread_join(pthread_t thread, void **result) { return base_pthread_join(thread, result); }

BIND_BASE(pthread_once);
int base_pthread_once(pthread_once_t *once, void (*run)(void));
int __wrap_pthread_once(pthread_once_t *once, void (*run)(void)) { return base_pthread_once(once, run); }

/* Younger than the port to x86-64. */
BIND(pthread_condattr_setclock, CLOCK_VERSION);
int base_pthread_condattr_setclock(pthread_condattr_t *attributes, clockid_t clock);
int __wrap_pthread_condattr_setclock(pthread_condattr_t *attributes, clockid_t clock) {
  return base_pthread_condattr_setclock(attributes, clock);
}

BIND_BASE(dlopen);
void *base_dlopen(const char *path, int flags);
void *__wrap_dlopen(const char *path, int flags) { return base_dlopen(path, flags); }

BIND_BASE(dlerror);
char *base_dlerror(void);
char *__wrap_dlerror(void) { return base_dlerror(); }

/* Only for handles of dlopen: RTLD_NEXT would mean "after this addon" from anywhere in it. */
BIND_BASE(dlsym);
void *base_dlsym(void *library, const char *name);
void *__wrap_dlsym(void *library, const char *name) { return base_dlsym(library, name); }

BIND_BASE(__fxstat);
int base___fxstat(int version, int file, struct stat *status);
int __wrap_fstat(int file, struct stat *status) { return base___fxstat(STAT_VERSION, file, status); }

/* By this libstdc++ learns that no other thread runs, to count references without atomics. Zero promises
   nothing, which is always right. */
char __wrap___libc_single_threaded = 0;
