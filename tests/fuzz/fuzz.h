/* fuzz.h - what every fuzz target includes. One target a file, fuzz_NAME.c, picked up by itself. */
#ifndef RBF_FUZZ_H
#define RBF_FUZZ_H
#include <stddef.h>
#include <stdint.h>

/* libFuzzer's entry point: run the code under test over data[size]; returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
#endif
