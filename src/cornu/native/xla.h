/* The few structures of XLA's foreign function interface that a handler needs. The interface is a
 * stable C one: each structure begins with its size, and new members come last. */
#ifndef CORNU_XLA_H
#define CORNU_XLA_H

#include <stddef.h>
#include <stdint.h>

typedef struct extension {
  size_t size;
  int type; /* 1: XLA asks which version of the interface the handler speaks */
  struct extension *next;
} extension;

typedef struct {
  size_t size;
  extension *extensions;
  int major, minor;
} xla_version;

typedef struct {
  size_t size;
  xla_version version;
  uint32_t traits;
} xla_metadata;

typedef struct {
  extension base;
  xla_metadata *metadata;
} metadata_extension;

typedef struct xla_error xla_error;

typedef struct {
  size_t size;
  extension *extensions;
  const char *message;
  int code;
} error_arguments;

typedef struct {
  size_t size;
  extension *extensions;
  xla_version version;
  const void *internal;
  xla_error *(*create_error)(error_arguments *);
} xla_api;

typedef struct {
  size_t size;
  extension *extensions;
  int type;
  void *data;
  int64_t rank;
  int64_t *dims;
} xla_buffer;

typedef struct {
  size_t size;
  extension *extensions;
  int64_t count;
  int *types;
  xla_buffer **buffers;
} xla_buffers;

typedef struct {
  int type;
  size_t count;
  int64_t *data;
} xla_array;

typedef struct {
  size_t size;
  extension *extensions;
  int64_t count;
  int *types;
  void **names;
  xla_array **values;
} xla_attributes;

typedef struct {
  size_t size;
  extension *extensions;
  const xla_api *api;
  void *context;
  int stage;
  xla_buffers arguments, results;
  xla_attributes attributes;
} xla_call;

enum { XLA_METADATA = 1, XLA_EXECUTE = 3, XLA_ARRAY = 1, XLA_S64 = 5, XLA_F32 = 11, XLA_INTERNAL = 13 };

#endif
