#include "shapes.h"

// #embed, unlike an assembler's .incbin, has the build system see when the file changes.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char bytes[] = {
#embed "shapes.onnx"
};

const unsigned char *shapes_onnx(void) { return bytes; }

size_t shapes_onnx_length(void) { return sizeof bytes; }
