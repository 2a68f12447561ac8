// Compiled with FFmpeg's internal headers, of exactly the version that is linked.
#include "aac_state.h"

#include "libavcodec/aac/aacdec.h"

int cochlea_aac_state(const struct AVCodecContext* context, int32_t state[COCHLEA_AAC_STATE_WORDS]) {
  const AACDecContext* decoder = context->priv_data;
  const OutputConfiguration* output = &decoder->oc[1];
  const MPEG4AudioConfig* config = &output->m4ac;
  // The noise generator, which perceptual noise substitution moves on with every coefficient.
  state[0] = decoder->random_state;
  state[1] = config->object_type;
  state[2] = config->sampling_index;
  state[3] = config->chan_config;
  state[4] = config->sbr;
  state[5] = config->ps;
  state[6] = config->frame_length_short;
  state[7] = output->status;
  // With several elements one may be left out of a frame: its overlap then stays from long ago.
  int elements = 0;
  for (int type = 0; type < 4; type++) {
    for (int id = 0; id < MAX_ELEM_ID; id++) elements += decoder->che[type][id] != NULL;
  }
  return elements == 1 && config->object_type == AOT_AAC_LC && config->sbr <= 0 && config->ps <= 0;
}
