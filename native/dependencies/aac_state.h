// What FFmpeg's AAC decoder remembers for longer than one frame, read from its own structures.
#pragma once

#include <stdint.h>

struct AVCodecContext;

#ifdef __cplusplus
extern "C" {
#endif

enum { COCHLEA_AAC_STATE_WORDS = 8 };

// Fills `state` with all that outlives a frame, other than the overlap, in a decoder named "aac". Returns 0 for
// streams with more memory than that (prediction, SBR, parametric stereo, USAC, more than two channels), else 1.
int cochlea_aac_state(const struct AVCodecContext* context, int32_t state[COCHLEA_AAC_STATE_WORDS]);

#ifdef __cplusplus
}
#endif
