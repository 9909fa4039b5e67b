#pragma once
#include <stddef.h>

/// The ONNX file of the network that comes with edgemesh: shapes.onnx beside this target's sources, as it is.
const unsigned char *shapes_onnx(void);

/// Its length in bytes.
size_t shapes_onnx_length(void);
