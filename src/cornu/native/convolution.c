/* Convolutions for XLA's programs on the CPU, computed by oneDNN.
 *
 * A convolution ties three arrays together: images x, a kernel k, and outputs y. Any two of them give
 * the third: outputs from x and k, and, as gradients, x from k and y, or k from x and y. One handler
 * does the three. Which, and how the arrays lie, is said by one list of numbers:
 *
 *   wanted, groups, channels last, axes n, then n strides, n dilations, n zeros before, n zeros after
 *
 * oneDNN is looked up at run time, so that nothing of it is needed to compile this file. What it has
 * made ready for a list of numbers and shapes is kept, as it takes longer than to compute.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xla.h"

enum { X, K, Y }; /* the three arrays */
enum { ALONE = 5000000 }; /* multiplications that take no longer than it takes to wake other threads */
enum { MOST_AXES = 3, MOST_NUMBERS = 4 + 4 * MOST_AXES + 3 * (MOST_AXES + 2) };

/* ------------------------------------------------------------------------------ oneDNN, by its names */

typedef void *handle;
typedef int64_t dimensions[12];
typedef struct {
  int role;
  handle memory;
} argument;

enum {
  F32 = 3, ANY = 1, CPU = 1, IN_ORDER = 1, TRAINING = 64, DIRECT = 1,
  QUERY_WEIGHTS = 131, QUERY_DIFF_WEIGHTS = 132, QUERY_SCRATCHPAD = 136, OUR_SCRATCHPAD = 1, SCRATCHPAD = 80,
  SOURCE = 1, RESULT = 17, WEIGHTS = 33, DIFF_SOURCE = 129, DIFF_RESULT = 145, DIFF_WEIGHTS = 161
};

static struct {
  int (*engine_create)(handle *, int, size_t);
  int (*stream_create)(handle *, handle, unsigned);
  int (*stream_wait)(handle);
  int (*memory_desc_create_with_strides)(handle *, int, dimensions, int, dimensions);
  int (*memory_desc_create_with_tag)(handle *, int, dimensions, int, int);
  int (*memory_desc_destroy)(handle);
  int (*memory_create)(handle *, handle, handle, void *);
  int (*memory_set_data_handle)(handle, void *);
  int (*convolution_forward_primitive_desc_create)(handle *, handle, int, int, handle, handle, handle,
      handle, dimensions, dimensions, dimensions, dimensions, handle);
  int (*convolution_backward_data_primitive_desc_create)(handle *, handle, int, handle, handle, handle,
      dimensions, dimensions, dimensions, dimensions, handle, handle);
  int (*convolution_backward_weights_primitive_desc_create)(handle *, handle, int, handle, handle, handle,
      handle, dimensions, dimensions, dimensions, dimensions, handle, handle);
  int (*reorder_primitive_desc_create)(handle *, handle, handle, handle, handle, handle);
  handle (*primitive_desc_query_md)(handle, int, int);
  int (*primitive_desc_destroy)(handle);
  int (*primitive_create)(handle *, handle);
  int (*primitive_execute)(handle, handle, int, argument *);
  int (*primitive_attr_create)(handle *);
  int (*primitive_attr_set_scratchpad_mode)(handle, int);
} dnnl;

static const char *const NAMES[] = {
  "engine_create", "stream_create", "stream_wait", "memory_desc_create_with_strides",
  "memory_desc_create_with_tag", "memory_desc_destroy", "memory_create", "memory_set_data_handle",
  "convolution_forward_primitive_desc_create", "convolution_backward_data_primitive_desc_create",
  "convolution_backward_weights_primitive_desc_create", "reorder_primitive_desc_create",
  "primitive_desc_query_md", "primitive_desc_destroy", "primitive_create", "primitive_execute",
  "primitive_attr_create", "primitive_attr_set_scratchpad_mode",
};

static void (*use_threads)(int); /* oneDNN's threads are OpenMP's; NULL if they are not */
static int (*most_threads)(void);
/* oneDNN's own memory for a computation belongs to the thread that made it ready, and XLA computes in
 * any thread: so each plan has its own. */
static handle settings;
static handle engine, stream;
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER; /* each uses all cores anyway */

/* Opens oneDNN; what went wrong, or NULL. */
const char *cornu_open(const char *path) {
  static char message[512];
  const char *wrong = NULL;
  pthread_mutex_lock(&one_at_a_time);
  if (!stream) {
    void **functions = (void **)&dnnl;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
      snprintf(message, sizeof message, "%s", dlerror());
      wrong = message;
    }
    for (size_t i = 0; !wrong && i < sizeof NAMES / sizeof *NAMES; i++) {
      char name[96];
      snprintf(name, sizeof name, "dnnl_%s", NAMES[i]);
      functions[i] = dlsym(library, name);
      if (!functions[i]) {
        snprintf(message, sizeof message, "%.300s has no %s", path, name);
        wrong = message;
      }
    }
    if (!wrong) {
      use_threads = (void (*)(int))dlsym(library, "omp_set_num_threads");
      most_threads = (int (*)(void))dlsym(library, "omp_get_max_threads");
    }
    if (!wrong && (dnnl.primitive_attr_create(&settings) ||
                   dnnl.primitive_attr_set_scratchpad_mode(settings, OUR_SCRATCHPAD) ||
                   dnnl.engine_create(&engine, CPU, 0) || dnnl.stream_create(&stream, engine, IN_ORDER)))
      wrong = "oneDNN finds no processor that it knows";
  }
  pthread_mutex_unlock(&one_at_a_time);
  return wrong;
}

/* -------------------------------------------------------------------------------- what is made ready */

typedef struct plan {
  size_t count;
  int64_t numbers[MOST_NUMBERS]; /* what was asked for, and the shapes */
  handle primitive, reorder; /* kernels are laid out anew, in oneDNN's own order */
  handle scratch[2];         /* memory that these two need meanwhile */
  handle arrays[3];          /* x, k and y, wherever they lie */
  handle kernel;             /* as oneDNN likes it */
  int alone;                 /* it is computed by one thread */
  struct plan *next;
} plan;

static plan *plans;

/* Where images or outputs lie. */
static int described(handle *found, const int64_t *shape, int axes, int channels_last) {
  dimensions sizes = {0}, steps = {0};
  int64_t step = 1, order[MOST_AXES + 2]; /* oneDNN's axes: batch, channels, the others */
  order[0] = 0;
  for (int i = 0; i < axes; i++) order[channels_last ? i + 1 : i + 2] = i + 2;
  order[channels_last ? axes + 1 : 1] = 1;
  for (int i = axes + 1; i >= 0; i--) {
    sizes[order[i]] = shape[i];
    steps[order[i]] = step;
    step *= shape[i];
  }
  return dnnl.memory_desc_create_with_strides(found, axes + 2, sizes, F32, steps);
}

/* How a kernel (*sizes, channels / groups, filters) lies, and one of its shape in any order. */
static int described_kernel(handle *found, handle *any, const int64_t *shape, int axes, int64_t groups) {
  dimensions sizes = {0}, steps = {0};
  int more = groups > 1, rank = axes + 2 + more;
  int64_t channels = shape[axes], filters = shape[axes + 1], step = channels * filters;
  if (more) sizes[0] = groups, steps[0] = filters / groups;
  sizes[more] = filters / groups, steps[more] = 1;
  sizes[more + 1] = channels, steps[more + 1] = filters;
  for (int i = axes - 1; i >= 0; i--) {
    sizes[more + 2 + i] = shape[i];
    steps[more + 2 + i] = step;
    step *= shape[i];
  }
  return dnnl.memory_desc_create_with_strides(found, rank, sizes, F32, steps) ||
         dnnl.memory_desc_create_with_tag(any, rank, sizes, F32, ANY);
}

/* The primitive's description; oneDNN wants the forward one as a hint for the others. */
static int chosen(handle *found, int wanted, handle x, handle k, handle y, dimensions *window) {
  handle hint = NULL;
  int wrong = dnnl.convolution_forward_primitive_desc_create(&hint, engine, TRAINING, DIRECT, x, k, NULL, y,
      window[0], window[1], window[2], window[3], settings);
  if (wanted == Y || wrong) {
    *found = hint;
    return wrong;
  }
  if (wanted == X)
    wrong = dnnl.convolution_backward_data_primitive_desc_create(found, engine, DIRECT, x, k, y,
        window[0], window[1], window[2], window[3], hint, settings);
  else
    wrong = dnnl.convolution_backward_weights_primitive_desc_create(found, engine, DIRECT, x, k, NULL, y,
        window[0], window[1], window[2], window[3], hint, settings);
  dnnl.primitive_desc_destroy(hint);
  return wrong;
}

/* The memory that a primitive needs while it computes. */
static int scratch(handle *found, handle how) {
  return dnnl.memory_create(found, dnnl.primitive_desc_query_md(how, QUERY_SCRATCHPAD, 0), engine, (void *)-1);
}

/* What turns a kernel from one order into another. */
static int turned(plan *p, handle from, handle to) {
  handle how = NULL;
  int wrong = dnnl.reorder_primitive_desc_create(&how, from, engine, to, engine, settings) ||
              dnnl.primitive_create(&p->reorder, how) || scratch(&p->scratch[1], how);
  if (how) dnnl.primitive_desc_destroy(how);
  return wrong;
}

/* Makes a convolution ready: its numbers, then the shapes of x, k and y. */
static int prepared(plan *p) {
  const int64_t *numbers = p->numbers;
  int wanted = (int)numbers[0], last = (int)numbers[2], axes = (int)numbers[3];
  const int64_t *shapes = numbers + 4 + 4 * axes;
  handle lie[3] = {NULL}, any = NULL, how = NULL;
  dimensions window[4] = {{0}};
  for (int part = 0; part < 4; part++)
    for (int i = 0; i < axes; i++) /* of dilations oneDNN counts what lies between two taps */
      window[part][i] = numbers[4 + part * axes + i] - (part == 1);
  int wrong = described(&lie[X], shapes, axes, last) ||
              described_kernel(&lie[K], &any, shapes + axes + 2, axes, numbers[1]) ||
              described(&lie[Y], shapes + 2 * (axes + 2), axes, last) ||
              chosen(&how, wanted, lie[X], any, lie[Y], window) ||
              dnnl.primitive_create(&p->primitive, how) || scratch(&p->scratch[0], how);
  if (!wrong) {
    handle own = dnnl.primitive_desc_query_md(how, wanted == K ? QUERY_DIFF_WEIGHTS : QUERY_WEIGHTS, 0);
    wrong = (wanted == K ? turned(p, own, lie[K]) : turned(p, lie[K], own)) ||
            dnnl.memory_create(&p->kernel, own, engine, (void *)-1); /* -1: oneDNN allocates it */
    for (int i = 0; i < 3; i++) wrong = wrong || dnnl.memory_create(&p->arrays[i], lie[i], engine, NULL);
  }
  for (int i = 0; i < 3; i++)
    if (lie[i]) dnnl.memory_desc_destroy(lie[i]);
  if (any) dnnl.memory_desc_destroy(any);
  if (how) dnnl.primitive_desc_destroy(how);
  return wrong;
}

/* Computes. */
static int run(plan *p) {
  int wanted = (int)p->numbers[0];
  handle given = p->arrays[K], own = p->kernel;
  argument turn[] = {{SOURCE, wanted == K ? own : given}, {RESULT, wanted == K ? given : own},
                     {SCRATCHPAD, p->scratch[1]}};
  argument three[] = {
    {wanted == X ? DIFF_SOURCE : SOURCE, p->arrays[X]},
    {wanted == K ? DIFF_WEIGHTS : WEIGHTS, own},
    {wanted == Y ? RESULT : DIFF_RESULT, p->arrays[Y]},
    {SCRATCHPAD, p->scratch[0]},
  };
  if (wanted != K && dnnl.primitive_execute(p->reorder, stream, 3, turn)) return 1;
  if (dnnl.primitive_execute(p->primitive, stream, 4, three)) return 1;
  if (wanted == K && dnnl.primitive_execute(p->reorder, stream, 3, turn)) return 1;
  return dnnl.stream_wait(stream);
}

/* Does something with a plan by as many threads as are good for it. */
static int with_threads(plan *p, int (*what)(plan *)) {
  int before = p->alone && use_threads && most_threads ? most_threads() : 0;
  if (before) use_threads(1);
  int wrong = what(p);
  if (before) use_threads(before);
  return wrong;
}

/* ---------------------------------------------------------------------------------------- the handler */

static xla_error *failed(const xla_call *call, const char *message) {
  error_arguments what = {sizeof what, NULL, message, XLA_INTERNAL};
  return call->api->create_error(&what);
}

/* The plan of a call: the one that was made before, or a new one. */
static plan *found(const xla_array *asked, xla_buffer *const *shapes) {
  plan wanted = {0};
  wanted.count = asked->count;
  memcpy(wanted.numbers, asked->data, asked->count * sizeof *asked->data);
  for (int i = 0; i < 3; i++) {
    memcpy(wanted.numbers + wanted.count, shapes[i]->dims, (size_t)shapes[i]->rank * sizeof(int64_t));
    wanted.count += (size_t)shapes[i]->rank;
  }
  for (plan *p = plans; p; p = p->next)
    if (p->count == wanted.count && !memcmp(p->numbers, wanted.numbers, sizeof wanted.numbers)) return p;
  int64_t work = 1;
  for (int64_t i = 0; i < shapes[Y]->rank; i++) work *= shapes[Y]->dims[i];
  for (int64_t i = 0; i + 1 < shapes[K]->rank; i++) work *= shapes[K]->dims[i];
  wanted.alone = work < ALONE;
  plan *made = malloc(sizeof *made);
  if (!made) return NULL;
  *made = wanted;
  if (with_threads(made, prepared)) {
    free(made);
    return NULL;
  }
  made->next = plans;
  return plans = made;
}

/* XLA calls this: to learn the version of the interface, and for each convolution. */
xla_error *cornu_convolution(xla_call *call) {
  for (extension *e = call->extensions; e; e = e->next)
    if (e->type == XLA_METADATA) {
      xla_metadata *told = ((metadata_extension *)e)->metadata;
      told->version.major = call->api ? call->api->version.major : 0; /* older versions do not say */
      told->version.minor = call->api ? call->api->version.minor : 1;
      told->traits = 0;
      return NULL;
    }
  if (call->stage != XLA_EXECUTE) return NULL;
  const xla_attributes *attributes = &call->attributes;
  if (call->arguments.count != 2 || call->results.count != 1 || attributes->count != 1 ||
      attributes->types[0] != XLA_ARRAY || attributes->values[0]->type != XLA_S64)
    return failed(call, "a convolution takes two arrays and one list of numbers, and gives one array");
  const xla_array *asked = attributes->values[0];
  int64_t axes = asked->count > 3 ? asked->data[3] : 0, wanted = asked->count > 3 ? asked->data[0] : -1;
  xla_buffer *three[3];
  int right = axes > 0 && axes <= MOST_AXES && asked->count == (size_t)(4 + 4 * axes) && wanted >= X && wanted <= Y;
  for (int i = 0, next = 0; i < 3; i++) {
    three[i] = i == wanted || next == 2 ? call->results.buffers[0] : call->arguments.buffers[next++];
    right = right && three[i]->rank == axes + 2 && three[i]->type == XLA_F32;
  }
  if (!right) return failed(call, "a convolution has 1 to 3 axes of float32, and its numbers say so");
  xla_error *error = NULL;
  pthread_mutex_lock(&one_at_a_time);
  plan *p = stream ? found(asked, three) : NULL;
  int wrong = !p;
  for (int i = 0; i < 3; i++) wrong = wrong || dnnl.memory_set_data_handle(p->arrays[i], three[i]->data);
  if (wrong || with_threads(p, run))
    error = failed(call, p ? "oneDNN failed while it computed a convolution" : "oneDNN cannot compute this convolution");
  pthread_mutex_unlock(&one_at_a_time);
  return error;
}
