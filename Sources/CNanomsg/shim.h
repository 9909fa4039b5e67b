// nanomsg's protocol and option names are expression macros, which Swift does not import: constants here.
#pragma once
#include <stddef.h>
#include <nanomsg/nn.h>
#include <nanomsg/pipeline.h>
#include <nanomsg/reqrep.h>
#include <nanomsg/tcp.h>

static const int EM_AF_SP = AF_SP;
static const int EM_AF_SP_RAW = AF_SP_RAW;
static const int EM_NN_PUSH = NN_PUSH;
static const int EM_NN_PULL = NN_PULL;
static const int EM_NN_REQ = NN_REQ;
static const int EM_NN_REP = NN_REP;
// A size_t of all ones, which Swift imports as a signed word.
static const ptrdiff_t EM_NN_MSG = -1;
static const int EM_NN_TCP = NN_TCP;
