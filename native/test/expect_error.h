// Expectations about the one error type of the core.
#pragma once

#include <gtest/gtest.h>

#include "core/error.h"

namespace cochlea::test {

// Runs `act` and returns the AudioError that it throws; anything else fails the test.
template <typename Act>
AudioError error_of(Act act) {
  try {
    act();
  } catch (const AudioError& error) {
    return error;
  }
  ADD_FAILURE() << "no AudioError was thrown";
  return {ErrorCode::kInternal, "no AudioError was thrown"};
}

}  // namespace cochlea::test
