/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the cubestream authors
 *
 * Gives the frames of your program to cubestream (CS_SCENE=external). The protocol is in docs/scenes.md.
 * Header only; C11 or C++17; Linux; no library but libc.
 *
 *   cs_screen *screen = cs_connect(NULL, NULL, 0);        RGBA, pull mode, the size of the daemon
 *   cs_request request;
 *   int wanted;
 *   while (screen && (wanted = cs_wait(screen, &request, 1000)) >= 0) {
 *     if (!wanted) continue;                              no frame is wanted within 1 s
 *     cs_frame frame = cs_begin(screen);
 *     draw(frame.data[0], frame.stride[0], frame.width, frame.height, request.time);
 *     cs_show(screen, &frame);
 *   }
 *   cs_close(screen);
 *
 * Functions that return int return -1 when the connection is over: cs_error() says why, and only cs_close() is useful
 * then. If cs_may_retry() is 1, wait a second and call cs_connect() again, as examples/plasma.c does. No function
 * raises SIGPIPE. Threads: one thread at a time uses a cs_screen. Different screens are independent. Names that begin
 * with csi_ or CSI_ are internal.
 */
#ifndef CUBESTREAM_FRAMES_H
#define CUBESTREAM_FRAMES_H

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#ifndef CLOCK_MONOTONIC
#error "cubestream_frames.h needs POSIX: compile with -std=gnu11, or with -std=c11 -D_POSIX_C_SOURCE=200809L"
#endif

/* Pixel formats, 8 bits each; alpha is ignored. I420 and NV12 are ITU-R BT.601, limited range. */
enum { CS_RGBA = 1, CS_BGRA = 2, CS_RGB = 3, CS_I420 = 4, CS_NV12 = 5 };
/* Pull: the daemon asks for each frame. Push: the program sends frames by its own clock. */
enum { CS_PULL = 1, CS_PUSH = 2 };
enum { CS_METADATA_MAX = 4096 };
/* Kinds of input: what cs_want() asks for, and cs_event.kind. CS_WHEEL stands for wheel and pinch. */
enum { CS_POINTER = 1, CS_MOTION = 2, CS_WHEEL = 4, CS_KEY = 8, CS_TEXT = 16, CS_GAMEPAD = 32, CS_VIEWPORT = 64 };
enum { CS_MOVE, CS_DOWN, CS_UP, CS_CANCEL, CS_LEAVE }; /* cs_event.action */
enum { CS_MOUSE, CS_PEN, CS_TOUCH };                   /* cs_event.device */
enum { CS_SHIFT = 1, CS_CONTROL = 2, CS_ALT = 4, CS_META = 8, CS_CAPS_LOCK = 16, CS_NUM_LOCK = 32 }; /* .modifiers */
enum { CS_MESSAGE_MAX = 16 * 1024 };

/* What the program would like to send. Set all members to 0, then those that you need. */
typedef struct cs_options {
  const char *path;           /* socket; NULL: see cs_connect() */
  const char *name;           /* for the log of the daemon, at most 63 bytes; NULL: the name of the thread */
  uint32_t format;            /* CS_RGBA and so on; 0: CS_RGBA */
  uint32_t mode;              /* CS_PULL or CS_PUSH; 0: CS_PULL */
  uint32_t width, height;     /* pixels; even and at least 64; both 0: as the daemon is configured */
  uint32_t frames_per_second; /* at most; 0: as the daemon is configured */
  int bottom_up;              /* 1: the first row in memory is the lowest, as glReadPixels() writes it */
  int timeout_ms;             /* for an answer of the daemon; 0: 5000 */
} cs_options;

/* A frame that is wanted. In push mode, number, deadline_ns, time, moving and first are 0. */
typedef struct cs_request {
  uint64_t number;        /* from 1 */
  uint64_t deadline_ns;   /* when the frame is due, by cs_clock_ns() */
  double time;            /* seconds since the start of the daemon; for animation */
  uint32_t width, height; /* pixels */
  int moving;             /* 1: something moves, so speed matters more than quality */
  int first;              /* 1: the daemon has no frame yet, so draw one: an unchanged frame shows nothing */
} cs_request;

/* A frame to draw into. The program writes the pixels and may set the last four members. */
typedef struct cs_frame {
  uint8_t *data[3];          /* first row of each plane; NULL: no such plane, or no slot is free */
  uint32_t stride[3];        /* bytes from row to row */
  uint32_t width, height;    /* pixels */
  uint32_t format;           /* the one that the program asked for */
  uint32_t generation, slot; /* internal */
  uint64_t captured_ns;      /* when drawing began, by cs_clock_ns(); cs_begin() sets it */
  int keyframe;              /* 1: encode it as a keyframe */
  const void *metadata;      /* is sent with the frame */
  size_t metadata_size;      /* bytes, at most CS_METADATA_MAX */
} cs_frame;

/* What a viewer did. Members that a kind does not have are 0. CS_CANCEL ends what is down without a click: a button or
 * key never stays down. */
typedef struct cs_event {
  int kind;           /* CS_POINTER and so on */
  int action, device; /* CS_POINTER; CS_KEY: CS_DOWN or CS_UP */
  int id;             /* CS_POINTER: tells fingers apart, 0 for the mouse; CS_GAMEPAD: its index */
  int button;         /* CS_POINTER: 0 left, 1 middle, 2 right, 3 back, 4 forward; -1: none */
  uint32_t buttons;   /* bit n: button n is down */
  double x, y;        /* pixels of the frame, from its top-left corner */
  double dx, dy;      /* CS_MOTION: pixels of the frame; CS_WHEEL: CSS pixels, positive dy towards the person */
  double pinch;       /* CS_WHEEL: factor, above 1: the fingers move apart; 0: it is a wheel */
  double pressure;    /* 0 to 1 */
  uint32_t modifiers; /* bits: CS_SHIFT and so on */
  int repeat;         /* CS_KEY: 1 if the key stays down */
  char text[256];     /* CS_KEY: KeyboardEvent.code such as "KeyA"; CS_TEXT: UTF-8 */
  int connected;      /* CS_GAMEPAD */
  int axes, pad_buttons;
  double axis[8];         /* -1 to 1 */
  double pad_button[32];  /* 0 to 1 */
  uint32_t width, height; /* CS_VIEWPORT: CSS pixels of the area of the picture */
  double pixel_ratio;
  int visible;
} cs_event;

/* A connection to the daemon. All members are internal. */
typedef struct cs_screen cs_screen;

/* ---- internal ---------------------------------------------------------------------------------------------------- */

enum { CSI_HELLO = 1, CSI_CONFIG, CSI_BUFFERS, CSI_REQUEST, CSI_FRAME, CSI_RELEASE, CSI_STATUS, CSI_ERROR };
enum { CSI_DEMAND = 9, CSI_INPUT, CSI_WANTS, CSI_MESSAGE };
enum { CSI_QUEUE = 65536 };
enum { CSI_BUSY = 1, CSI_STOPPING = 2 }; /* codes of ERROR after which a producer may try again */
enum { CSI_MAX_SLOTS = 8, CSI_MAX_MESSAGE = 65535 };
enum { CSI_NO_REQUEST, CSI_NEW_REQUEST, CSI_OPEN_REQUEST }; /* open: cs_wait() has returned it */

/* Bytes that wait for the program: events as they travel, or JSON texts, each after its size in two bytes. */
typedef struct csi_queue {
  size_t begin, end;
  unsigned char bytes[CSI_QUEUE + 1];
} csi_queue;

struct cs_screen {
  int fd, timeout_ms, failed, greeted, watched;
  uint32_t sequence;
  uint32_t asked_format, asked_mode, asked_flags; /* by the last HELLO or CONFIG of the program */
  int configuring;                                /* cs_configure() waits for the answer */
  uint32_t configure_number;                      /* the value of "answers" in that answer */
  int may_retry;                                  /* the reason of the failure may pass */

  cs_frame layout; /* from the last CONFIG: size, format, generation, strides */
  uint32_t frames_per_second, mode, flags, slots, planes;
  uint64_t bytes, offset[3];

  unsigned char *memory[CSI_MAX_SLOTS];
  int own[CSI_MAX_SLOTS];     /* 1: the program may write the slot */
  uint32_t mapped;            /* number of slots that are mapped */
  int drawing;                /* the slot that cs_begin() gave; -1: none */
  unsigned char *void_memory; /* such a slot of an old generation, kept for the program that may still draw */
  uint64_t void_bytes;

  int request_state;
  cs_request request;
  csi_queue events, texts;
  char error[512];
  unsigned char buffer[CSI_MAX_MESSAGE + 1];
};

/* Little-endian numbers. */
static inline uint64_t csi_get(const unsigned char *at, size_t bytes) {
  uint64_t value = 0;
  while (bytes > 0) value = value << 8 | at[--bytes];
  return value;
}
static inline uint32_t csi_u16(const unsigned char *at) { return (uint32_t)csi_get(at, 2); }
static inline uint32_t csi_u32(const unsigned char *at) { return (uint32_t)csi_get(at, 4); }
static inline void csi_put(unsigned char *at, size_t bytes, uint64_t value) {
  for (size_t i = 0; i < bytes; ++i, value >>= 8) at[i] = (unsigned char)(value & 0xff);
}
static inline void csi_put_u32s(unsigned char *at, const uint32_t *values, size_t count) {
  for (size_t i = 0; i < count; ++i) csi_put(at + 4 * i, 4, values[i]);
}

/* Keeps the first error. Always returns -1. */
static inline int csi_end(cs_screen *screen, int may_retry, const char *format, va_list values) {
  if (screen->failed) return -1;
  vsnprintf(screen->error, sizeof screen->error, format, values);
  screen->may_retry = may_retry;
  screen->failed = 1;
  return -1;
}
/* For a reason that stays: a mistake of this program or of the daemon. */
__attribute__((format(printf, 2, 3))) static inline int csi_fail(cs_screen *screen, const char *format, ...) {
  va_list values;
  va_start(values, format);
  csi_end(screen, 0, format, values);
  va_end(values);
  return -1;
}
/* For a reason that may pass: the daemon does not run, restarts, or has another producer. */
__attribute__((format(printf, 2, 3))) static inline int csi_lose(cs_screen *screen, const char *format, ...) {
  va_list values;
  va_start(values, format);
  csi_end(screen, 1, format, values);
  va_end(values);
  return -1;
}

/* CLOCK_MONOTONIC in nanoseconds: the clock of deadline_ns and captured_ns. Any thread. */
static inline uint64_t cs_clock_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* poll() on the socket until timeout_ms after start_ns; a negative timeout_ms: without limit. Returns 1; 0 if the time
 * is over; -1 after a signal or a failure. */
static inline int csi_poll(cs_screen *screen, short events, uint64_t start_ns, int timeout_ms) {
  struct pollfd entry = {screen->fd, events, 0};
  const uint64_t elapsed_ms = (cs_clock_ns() - start_ns) / 1000000u;
  int result = -1;
  if (timeout_ms > 0) timeout_ms = elapsed_ms < (uint64_t)timeout_ms ? timeout_ms - (int)elapsed_ms : 0;
  result = poll(&entry, 1, timeout_ms);
  if (result < 0 && errno != EINTR) csi_fail(screen, "poll: %s", strerror(errno));
  return result;
}

static inline void csi_free_void_memory(cs_screen *screen) {
  if (screen->void_memory) munmap(screen->void_memory, (size_t)screen->void_bytes);
  screen->void_memory = NULL;
}

/* The slots and the request of the old generation are void. The slot that the program draws into stays mapped. */
static inline void csi_drop_generation(cs_screen *screen) {
  for (uint32_t i = 0; i < screen->mapped; ++i) {
    if (screen->drawing == (int)i) {
      screen->void_memory = screen->memory[i];
      screen->void_bytes = screen->bytes;
    } else {
      munmap(screen->memory[i], (size_t)screen->bytes);
    }
  }
  screen->mapped = 0;
  screen->drawing = -1;
  screen->request_state = CSI_NO_REQUEST;
}

static inline int csi_ask(cs_screen *screen, const cs_options *options) {
  screen->asked_format = options->format ? options->format : (uint32_t)CS_RGBA;
  screen->asked_mode = options->mode ? options->mode : (uint32_t)CS_PULL;
  screen->asked_flags = options->bottom_up ? 1 : 0;
  if (screen->asked_format <= CS_NV12 && screen->asked_mode <= CS_PUSH) return 1;
  return csi_fail(screen, "format %u or mode %u is unknown", screen->asked_format, screen->asked_mode);
}
static inline int csi_is_as_asked(const cs_screen *screen) {
  return screen->layout.format == screen->asked_format && screen->mode == screen->asked_mode &&
         (screen->flags & 1u) == screen->asked_flags;
}

static inline int csi_on_config(cs_screen *screen, const unsigned char *message) {
  const uint32_t generation = csi_u32(message + 8), width = csi_u32(message + 12), height = csi_u32(message + 16);
  const uint32_t format = csi_u32(message + 24), slots = csi_u32(message + 36), planes = csi_u32(message + 48);
  if (generation == screen->layout.generation) return csi_fail(screen, "CONFIG: generation %u is not new", generation);
  if (width < 64 || height < 64 || width > 32768 || height > 32768 || width % 2 != 0 || height % 2 != 0)
    return csi_fail(screen, "CONFIG: size %ux%u is not valid", width, height);
  if (format < CS_RGBA || format > CS_NV12 || planes != (format == CS_I420 ? 3u : format == CS_NV12 ? 2u : 1u))
    return csi_fail(screen, "CONFIG: format %u with %u planes is not valid", format, planes);
  if (slots < 1 || slots > CSI_MAX_SLOTS)
    return csi_fail(screen, "CONFIG: %u slots; expected 1 to %d", slots, (int)CSI_MAX_SLOTS);

  csi_drop_generation(screen);
  screen->bytes = csi_get(message + 40, 8);
  if (screen->bytes > SIZE_MAX / 2) return csi_fail(screen, "CONFIG: a slot is too large");
  for (uint32_t i = 0; i < planes; ++i) {
    const unsigned char *plane = message + 56 + 16 * i;
    const uint32_t stride = csi_u32(plane + 8), rows = csi_u32(plane + 12);
    const uint32_t pixel = format < CS_RGB ? 4 : format == CS_RGB ? 3 : 1;
    screen->offset[i] = csi_get(plane, 8);
    screen->layout.stride[i] = stride;
    if (stride < (i > 0 && format == CS_I420 ? width / 2 : width * pixel) || rows < (i > 0 ? height / 2 : height) ||
        screen->offset[i] > screen->bytes || (uint64_t)stride * rows > screen->bytes - screen->offset[i])
      return csi_fail(screen, "CONFIG: plane %u does not fit into the slot", i);
  }
  screen->layout.generation = generation;
  screen->layout.width = width;
  screen->layout.height = height;
  screen->layout.format = format;
  screen->frames_per_second = csi_u32(message + 20);
  screen->mode = csi_u32(message + 28);
  screen->flags = csi_u32(message + 32);
  screen->slots = slots;
  screen->planes = planes;
  /* While the program waits for the answer, a CONFIG that the daemon sent before may still arrive. */
  if (screen->configuring && csi_u32(message + 52) != screen->configure_number) return 1;
  screen->configuring = 0;
  if (csi_is_as_asked(screen)) return 1;
  return csi_fail(screen, "CONFIG: format %u, mode %u, flags %u are not those that the program asked for", format,
                  screen->mode, screen->flags);
}

static inline int csi_on_buffers(cs_screen *screen, const unsigned char *message, const int *fds, uint32_t fd_count) {
  const uint32_t generation = csi_u32(message + 8), slots = csi_u32(message + 12);
  if (screen->layout.generation == 0 || generation != screen->layout.generation || screen->mapped > 0)
    return csi_fail(screen, "BUFFERS of generation %u without its CONFIG", generation);
  if (slots != screen->slots) return csi_fail(screen, "BUFFERS: %u slots; CONFIG says %u", slots, screen->slots);
  if (fd_count != slots) return csi_fail(screen, "BUFFERS: %u descriptors for %u slots", fd_count, slots);
  for (uint32_t i = 0; i < slots; ++i) {
    struct stat info;
    void *memory = MAP_FAILED;
    if (fstat(fds[i], &info) != 0) return csi_fail(screen, "BUFFERS: fstat slot %u: %s", i, strerror(errno));
    if (!S_ISREG(info.st_mode) || info.st_size < 0 || (uint64_t)info.st_size < screen->bytes)
      return csi_fail(screen, "BUFFERS: slot %u has %lld bytes; CONFIG says %llu", i, (long long)info.st_size,
                      (unsigned long long)screen->bytes);
    memory = mmap(NULL, (size_t)screen->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fds[i], 0);
    if (memory == MAP_FAILED) return csi_fail(screen, "BUFFERS: mmap slot %u: %s", i, strerror(errno));
    screen->memory[i] = (unsigned char *)memory;
    screen->own[i] = 1;
    screen->mapped = i + 1;
  }
  return 1;
}

static inline int csi_on_error(cs_screen *screen, const unsigned char *message, size_t size) {
  static const char *const no_reason = "the daemon ended the connection and gave no reason";
  const uint32_t code = csi_u32(message + 8), length = csi_u32(message + 12);
  char text[sizeof screen->error] = {0};
  if (length > size - 16) return csi_fail(screen, "ERROR: %u bytes of text; the message has %zu", length, size - 16);
  for (size_t i = 0; i < length && i + 1 < sizeof text && message[16 + i] != 0; ++i)
    text[i] = message[16 + i] < ' ' ? ' ' : (char)message[16 + i];
  if (code == CSI_BUSY || code == CSI_STOPPING) return csi_lose(screen, "%s", text[0] ? text : no_reason);
  return csi_fail(screen, "%s", text[0] ? text : no_reason);
}

static inline int csi_on_hello(cs_screen *screen, const unsigned char *message) {
  if (csi_u16(message + 8) != 1)
    return csi_fail(screen, "the daemon uses version %u; this program knows 1", csi_u16(message + 8));
  if ((csi_u32(message + 12) >> screen->asked_format & 1u) == 0 || (csi_u32(message + 20) & screen->asked_mode) == 0)
    return csi_fail(screen, "the daemon lacks format %u or mode %u", screen->asked_format, screen->asked_mode);
  screen->greeted = 1;
  return 1;
}

/* Appends bytes. A program that does not read them loses those that wait. */
static inline void csi_queue_add(csi_queue *queue, const unsigned char *bytes, size_t size) {
  if (queue->begin > 0) {
    memmove(queue->bytes, queue->bytes + queue->begin, queue->end - queue->begin);
    queue->end -= queue->begin;
    queue->begin = 0;
  }
  if (size > CSI_QUEUE) return;
  if (queue->end + size > CSI_QUEUE) queue->end = 0;
  memcpy(queue->bytes + queue->end, bytes, size);
  queue->end += size;
}

/* Takes events that follow the first `head` bytes of a message. */
static inline int csi_on_events(cs_screen *screen, const unsigned char *message, size_t size, size_t head,
                                uint32_t bytes, uint32_t count) {
  const unsigned char *at = message + head, *end = NULL;
  if (bytes > size - head) return csi_fail(screen, "%u bytes of input; the message has %zu", bytes, size - head);
  for (end = at + bytes; count > 0; --count, at += 2 + at[1])
    if (end - at < 2 || end - at < 2 + at[1]) return csi_fail(screen, "input is shorter than its events");
  csi_queue_add(&screen->events, message + head, (size_t)(at - message) - head);
  return 1;
}

static inline int csi_on_text(cs_screen *screen, const unsigned char *message, size_t size) {
  unsigned char head[2];
  if (size - 8 > CS_MESSAGE_MAX) return csi_fail(screen, "MESSAGE: %zu bytes; at most %d", size - 8, CS_MESSAGE_MAX);
  csi_put(head, 2, size - 8);
  /* Both or none: what waits is lost before the first, if there is not enough room for them. */
  if (screen->texts.end - screen->texts.begin + size > CSI_QUEUE) screen->texts.begin = screen->texts.end = 0;
  csi_queue_add(&screen->texts, head, 2);
  csi_queue_add(&screen->texts, message + 8, size - 8);
  return 1;
}

/* Takes one message. Returns 1, or -1 if it ends the connection. */
static inline int csi_on_message(cs_screen *screen, const unsigned char *message, size_t size, const int *fds,
                                 uint32_t fd_count) {
  static const uint16_t smallest[] = {0, 112, 104, 16, 56, 0, 16, 0, 16, 16, 16, 0, 8};
  uint32_t type = 0, slot = 0;
  uint64_t bits = 0;
  if (size < 8) return csi_fail(screen, "a message of %zu bytes is shorter than a header", size);
  type = csi_u16(message);
  if (csi_u16(message + 2) != size)
    return csi_fail(screen, "message type %u: the header says %u bytes, %zu came", type, csi_u16(message + 2), size);
  if (type > CSI_MESSAGE || smallest[type] == 0) return 1; /* of a later version */
  if (size < smallest[type])
    return csi_fail(screen, "message type %u: %zu bytes; expected %u or more", type, size, (unsigned)smallest[type]);
  if (!screen->greeted && type != CSI_HELLO && type != CSI_ERROR)
    return csi_fail(screen, "the first message has type %u; expected HELLO", type);
  slot = csi_u32(message + 12); /* of RELEASE */
  if (type == CSI_HELLO) return csi_on_hello(screen, message);
  if (type == CSI_CONFIG) return csi_on_config(screen, message);
  if (type == CSI_BUFFERS) return csi_on_buffers(screen, message, fds, fd_count);
  if (type == CSI_ERROR) return csi_on_error(screen, message, size);
  if (type == CSI_INPUT) return csi_on_events(screen, message, size, 16, csi_u32(message + 12), csi_u32(message + 8));
  if (type == CSI_MESSAGE) return csi_on_text(screen, message, size);
  /* The input of a void request counts too. */
  if (type == CSI_REQUEST && csi_on_events(screen, message, size, 56, csi_u32(message + 48), csi_u32(message + 52)) < 0)
    return -1;
  if (type == CSI_REQUEST && csi_u32(message + 32) == screen->layout.generation && screen->mode == CS_PULL) {
    screen->request.number = csi_get(message + 8, 8);
    screen->request.deadline_ns = csi_get(message + 16, 8);
    bits = csi_get(message + 24, 8);
    memcpy(&screen->request.time, &bits, sizeof bits);
    screen->request.moving = (int)(csi_u32(message + 44) & 1u);
    screen->request.first = (int)(csi_u32(message + 44) >> 1 & 1u);
    screen->request_state = CSI_NEW_REQUEST;
  } else if (type == CSI_RELEASE && csi_u32(message + 8) == screen->layout.generation) {
    if (slot >= screen->mapped) return csi_fail(screen, "RELEASE: no slot %u", slot);
    screen->own[slot] = 1;
  } else if (type == CSI_DEMAND) {
    screen->watched = csi_u32(message + 8) != 0;
    if (csi_u32(message + 12) > 0) screen->frames_per_second = csi_u32(message + 12);
  }
  return 1;
}

/* Reads one message. Returns 1; 0 if there is none; -1 if the connection is over. Closes all received descriptors. */
static inline int csi_read(cs_screen *screen) {
  union {
    struct cmsghdr align;
    unsigned char bytes[CMSG_SPACE(sizeof(int) * CSI_MAX_SLOTS)];
  } control;
  struct iovec part = {screen->buffer, sizeof screen->buffer};
  struct msghdr header;
  int fds[CSI_MAX_SLOTS], resets = 0, result = -1;
  uint32_t fd_count = 0;
  ssize_t size = -1;
  while (size < 0) {
    if (screen->failed) return -1;
    memset(&header, 0, sizeof header);
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.bytes;
    header.msg_controllen = sizeof control.bytes;
    size = recvmsg(screen->fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return 0;
    /* The kernel reports a reset once, before the messages that arrived ahead of it, such as ERROR. */
    if (size < 0 && errno != EINTR && (errno != ECONNRESET || ++resets > 1))
      csi_lose(screen, "recvmsg: %s", strerror(errno));
  }
  for (struct cmsghdr *item = CMSG_FIRSTHDR(&header); item; item = CMSG_NXTHDR(&header, item)) {
    if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS) continue;
    for (size_t at = 0; fd_count < CSI_MAX_SLOTS && CMSG_LEN(at + sizeof(int)) <= item->cmsg_len; at += sizeof(int))
      memcpy(&fds[fd_count++], CMSG_DATA(item) + at, sizeof(int));
  }
  if (size == 0)
    csi_lose(screen, "the daemon closed the connection");
  else if ((header.msg_flags & MSG_TRUNC) != 0 || size > CSI_MAX_MESSAGE)
    csi_fail(screen, "a message is longer than %d bytes", (int)CSI_MAX_MESSAGE);
  else if ((header.msg_flags & MSG_CTRUNC) != 0)
    csi_fail(screen, "descriptors were lost: more than %d, or the limit of open files", (int)CSI_MAX_SLOTS);
  else
    result = csi_on_message(screen, screen->buffer, (size_t)size, fds, fd_count);
  for (uint32_t i = 0; i < fd_count; ++i) close(fds[i]);
  return result;
}

/* Reads all messages that have arrived. Returns 0, or -1 if the connection is over. */
static inline int csi_read_all(cs_screen *screen) {
  int result = 1;
  while (result > 0) result = csi_read(screen);
  return result;
}

/* Sends a message with an optional tail. Waits while the daemon does not read. Returns 1 or -1. */
static inline int csi_send(cs_screen *screen, uint32_t type, unsigned char *message, size_t size, const void *tail,
                           size_t tail_size) {
  const uint64_t start = cs_clock_ns();
  struct iovec parts[2] = {{message, size}, {(void *)tail, tail_size}};
  struct msghdr header;
  csi_put(message, 2, type);
  csi_put(message + 2, 2, size + tail_size);
  csi_put(message + 4, 4, screen->sequence);
  memset(&header, 0, sizeof header);
  header.msg_iov = parts;
  header.msg_iovlen = 2;
  while (sendmsg(screen->fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
    const int reason = errno;
    if (reason == EINTR) continue;
    if (reason != EAGAIN && reason != EWOULDBLOCK) {
      csi_read_all(screen); /* an ERROR of the daemon says more */
      return csi_lose(screen, "sendmsg: %s", strerror(reason));
    }
    if (csi_poll(screen, POLLOUT, start, screen->timeout_ms) == 0)
      return csi_lose(screen, "the daemon does not read: a message waits for %d ms", screen->timeout_ms);
  }
  ++screen->sequence;
  return 1;
}

/* Connects to one path; waits while the queue of the listening socket is full. Returns 1; or -1 with errno. */
static inline int csi_open(cs_screen *screen, const char *path) {
  struct timeval limit = {screen->timeout_ms / 1000, screen->timeout_ms % 1000 * 1000};
  struct sockaddr_un address;
  int reason = ENAMETOOLONG;
  memset(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  if (strlen(path) < sizeof address.sun_path) {
    memcpy(address.sun_path, path, strlen(path));
    screen->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (screen->fd < 0) return -1;
    setsockopt(screen->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    do {
      reason = connect(screen->fd, (const struct sockaddr *)&address, sizeof address) == 0 ? 0 : errno;
    } while (reason == EINTR);
    if (reason == 0) return 1;
    close(screen->fd);
    screen->fd = -1;
  }
  errno = reason;
  return -1;
}

/* Connects to the first of the paths where a daemon listens; a path that exists and cannot be used is an error. The
 * last one that was tried is in *tried. Returns 1; or -1 with errno. */
static inline int csi_open_first(cs_screen *screen, const char *const *paths, size_t count, const char **tried) {
  int result = -1;
  for (size_t i = 0; i < count; ++i) {
    result = csi_open(screen, *tried = paths[i]);
    if (result > 0 || (errno != ENOENT && errno != ECONNREFUSED)) break;
  }
  return result;
}

/* Reads messages until the slots of the asked format are mapped. Returns 1 or -1. */
static inline int csi_await_buffers(cs_screen *screen) {
  const uint64_t start = cs_clock_ns();
  while (csi_read_all(screen) == 0) {
    if (screen->mapped > 0 && !screen->configuring) return 1;
    if (csi_poll(screen, POLLIN, start, screen->timeout_ms) == 0)
      return csi_lose(screen, "the daemon does not answer within %d ms", screen->timeout_ms);
  }
  return -1;
}

static inline int csi_free_slot(const cs_screen *screen) {
  if (screen->drawing >= 0) return screen->drawing;
  for (uint32_t i = 0; i < screen->mapped; ++i)
    if (screen->own[i]) return (int)i;
  return -1;
}

/* ---- public ------------------------------------------------------------------------------------------------------ */

/* Ends the connection and frees everything, also the memory of frames. NULL is allowed. */
static inline void cs_close(cs_screen *screen) {
  if (!screen) return;
  screen->drawing = -1;
  csi_drop_generation(screen);
  csi_free_void_memory(screen);
  if (screen->fd >= 0) close(screen->fd);
  free(screen);
}

/* Connects, and waits until the daemon has sent the memory. The socket is options->path; if that is NULL, the
 * environment variable CS_SCENE_SOCKET; without it /run/cubestream/frames.sock, then, if no daemon listens there,
 * $XDG_RUNTIME_DIR/cubestream/frames.sock. options may be NULL. Failure: returns NULL, writes a sentence to error if
 * error_size is above 0, and sets errno: EAGAIN if the reason may pass, as for cs_may_retry(); EPROTO if not. */
static inline cs_screen *cs_connect(const cs_options *options, char *error, size_t error_size) {
  unsigned char hello[112] = {0};
  char name[64] = {0}, user_path[256];
  const char *path = getenv("CS_SCENE_SOCKET"), *user_directory = getenv("XDG_RUNTIME_DIR");
  const char *const paths[] = {"/run/cubestream/frames.sock", user_path};
  const cs_options none = {NULL, NULL, 0, 0, 0, 0, 0, 0, 0};
  int result = -1, may_retry = 0;
  cs_screen *screen = (cs_screen *)calloc(1, sizeof *screen);
  if (!screen) {
    if (error_size > 0) snprintf(error, error_size, "not enough memory");
    errno = EAGAIN;
    return NULL;
  }
  if (!options) options = &none;
  screen->fd = screen->drawing = -1;
  screen->timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : 5000;
  if (options->path) path = options->path;
  snprintf(user_path, sizeof user_path, "%s/cubestream/frames.sock", user_directory ? user_directory : "");
  if (path && *path)
    result = csi_open(screen, path);
  else
    result = csi_open_first(screen, paths, user_directory && *user_directory ? 2 : 1, &path);
  if (result < 0 && (errno == ENOENT || errno == ECONNREFUSED || errno == EAGAIN))
    csi_lose(screen, "connect to %s: %s; is cubestream running with CS_SCENE=external?", path, strerror(errno));
  else if (result < 0 && errno == EACCES)
    csi_fail(screen, "connect to %s: %s; this user must be in the group of the socket (%s)", path, strerror(errno),
             "cubestream-frames for the service");
  else if (result < 0)
    csi_fail(screen, "connect to %s: %s", path, strerror(errno));
  else
    result = csi_ask(screen, options);
  if (result > 0) {
    const uint32_t fields[] = {screen->asked_format, screen->asked_mode,         options->width,
                               options->height,      options->frames_per_second, screen->asked_flags};
    prctl(PR_GET_NAME, name);
    if (options->name) snprintf(name, sizeof name, "%s", options->name);
    memcpy(hello + 48, name, sizeof name);
    csi_put(hello + 8, 2, 1);
    csi_put(hello + 10, 2, 1);
    csi_put_u32s(hello + 16, fields, 6);
    result = csi_send(screen, CSI_HELLO, hello, sizeof hello, NULL, 0);
  }
  if (result > 0) result = csi_await_buffers(screen);
  if (result > 0) return screen;
  if (error_size > 0) snprintf(error, error_size, "%s", screen->error);
  may_retry = screen->may_retry;
  cs_close(screen);
  errno = may_retry ? EAGAIN : EPROTO;
  return NULL;
}

/* Waits until a frame is wanted, at most timeout_ms; negative: without limit; 0: does not wait.
 * Returns 1 if a frame is wanted and a slot is free: in pull mode once for each request, in push mode while someone
 * watches. Returns 0 if the time is over or a signal handler ran; -1 if the connection is over. request may be NULL.
 * Answer each request with cs_show(); the daemon sends no other one before. */
static inline int cs_wait(cs_screen *screen, cs_request *request, int timeout_ms) {
  const uint64_t start = cs_clock_ns();
  while (csi_read_all(screen) == 0) {
    if (csi_free_slot(screen) >= 0 &&
        (screen->mode == CS_PULL ? screen->request_state == CSI_NEW_REQUEST : screen->watched)) {
      if (screen->mode == CS_PUSH) memset(&screen->request, 0, sizeof screen->request);
      screen->request.width = screen->layout.width;
      screen->request.height = screen->layout.height;
      screen->request_state = CSI_OPEN_REQUEST;
      if (request) *request = screen->request;
      return 1;
    }
    if (csi_poll(screen, POLLIN, start, timeout_ms) <= 0) return screen->failed ? -1 : 0;
  }
  return -1;
}

/* The socket, for poll() with POLLIN. When it is readable, call cs_wait() with a timeout of 0; also before the first
 * poll() and after cs_configure(), which may have read a request. Do not read, write or close the socket. */
static inline int cs_fd(const cs_screen *screen) { return screen->fd; }

/* Gives a free slot to draw into. Does not wait. If none is free, data[0] is NULL: call cs_wait(), or drop the frame.
 * The memory stays valid until cs_show(), cs_close() or the next cs_begin(), even if the size changes meanwhile. Its
 * content is not defined. In push mode, this reads the messages of the daemon first. */
static inline cs_frame cs_begin(cs_screen *screen) {
  cs_frame frame = screen->layout;
  screen->drawing = -1;
  csi_free_void_memory(screen);
  if (screen->mode == CS_PUSH && csi_read_all(screen) == 0) frame = screen->layout;
  screen->drawing = screen->failed ? -1 : csi_free_slot(screen);
  if (screen->drawing < 0) return frame;
  for (uint32_t i = 0; i < screen->planes; ++i) frame.data[i] = screen->memory[screen->drawing] + screen->offset[i];
  frame.slot = (uint32_t)screen->drawing;
  frame.captured_ns = cs_clock_ns();
  return frame;
}

/* Sends the frame of the last cs_begin(); its memory is the daemon's from then on. frame NULL: the frame before is
 * still right (if cs_request.first is 0); nothing is encoded, and the slot of cs_begin() is free again. At most 500
 * calls a second. Returns 1 if it was sent; 0 if it is void, because the size changed or, in pull mode, no request is
 * open; -1 if the connection is over, also because of another frame than that of cs_begin() or of too much metadata. */
static inline int cs_show(cs_screen *screen, const cs_frame *frame) {
  unsigned char message[48] = {0};
  if (screen->failed) return -1;
  if (frame && frame->data[0] && frame->generation != screen->layout.generation) return 0;
  if (frame && (!frame->data[0] || screen->drawing < 0 || frame->slot != (uint32_t)screen->drawing))
    return csi_fail(screen, "cs_show: the frame is not that of the last cs_begin()");
  if (frame && frame->metadata_size > CS_METADATA_MAX)
    return csi_fail(screen, "cs_show: %zu bytes of metadata; at most %d", frame->metadata_size, (int)CS_METADATA_MAX);
  screen->drawing = -1;
  if (screen->mode == CS_PULL && screen->request_state != CSI_OPEN_REQUEST) return 0;
  screen->request_state = CSI_NO_REQUEST;
  csi_put(message + 8, 8, screen->mode == CS_PULL ? screen->request.number : 0);
  csi_put(message + 24, 4, screen->layout.generation);
  csi_put(message + 32, 4, !frame ? 1 : frame->keyframe ? 2 : 0);
  if (!frame) return csi_send(screen, CSI_FRAME, message, sizeof message, NULL, 0);
  screen->own[frame->slot] = 0;
  csi_put(message + 16, 8, frame->captured_ns);
  csi_put(message + 28, 4, frame->slot);
  csi_put(message + 36, 4, frame->metadata_size);
  return csi_send(screen, CSI_FRAME, message, sizeof message, frame->metadata, frame->metadata_size);
}

/* Asks for another format, mode, size and bottom_up (the other members of wanted are ignored), and waits for the
 * answer, at most timeout_ms of cs_connect(). The daemon answers with what is wanted, or ends the connection. It may
 * change the size by itself later: cs_begin() has it. An open request is void. Returns 1, or -1 if the connection is
 * over. */
static inline int cs_configure(cs_screen *screen, const cs_options *wanted) {
  unsigned char message[104] = {0};
  if (screen->failed || csi_ask(screen, wanted) < 0) return -1;
  const uint32_t fields[] = {
      0, wanted->width, wanted->height, 0, screen->asked_format, screen->asked_mode, screen->asked_flags};
  csi_put_u32s(message + 8, fields, 7);
  screen->configuring = 1;
  screen->configure_number = screen->sequence + 1;
  if (csi_send(screen, CSI_CONFIG, message, sizeof message, NULL, 0) < 0) return -1;
  return csi_await_buffers(screen);
}

/* Shows a text on the page until the next cs_show(), such as "loading the scene"; an empty text removes it. While there
 * is no picture yet, an unchanged frame does not remove it. After 256 bytes the text is cut. percent: 0 to 100; another
 * number: unknown. Returns 1, or -1 if the connection is over. */
static inline int cs_status(cs_screen *screen, const char *text, int percent) {
  unsigned char message[16] = {0};
  size_t size = strlen(text);
  if (screen->failed) return -1;
  if (size > 256)
    for (size = 256; size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80;) --size; /* not within a character */
  csi_put(message + 8, 4, percent >= 0 && percent <= 100 ? (uint64_t)percent : 255);
  csi_put(message + 12, 4, size);
  return csi_send(screen, CSI_STATUS, message, sizeof message, text, size);
}

/* Says which input the program wants, as a sum of CS_POINTER and so on; before, it gets none. cursor: the name of a CSS
 * cursor over the picture, such as "grab", at most 32 letters; NULL: the default. lock: 1 asks pages to lock the
 * pointer at the next press, and to send CS_MOTION. Returns 1, or -1 if the connection is over. */
static inline int cs_want(cs_screen *screen, uint32_t kinds, const char *cursor, int lock) {
  unsigned char message[16] = {0};
  if (screen->failed) return -1;
  csi_put(message + 8, 4, kinds);
  message[12] = lock ? 1 : 0;
  return csi_send(screen, CSI_WANTS, message, sizeof message, cursor ? cursor : "", cursor ? strlen(cursor) : 0);
}

static inline float csi_float(const unsigned char *at) {
  const uint32_t bits = csi_u32(at);
  float value = 0;
  memcpy(&value, &bits, sizeof value);
  return value;
}
static inline double csi_place(const unsigned char *at, uint32_t side) {
  return (double)csi_u16(at) * (double)side / 65535.0;
}

/* Reads the fields of an event. Returns 0 if its kind or a value is unknown. */
static inline int csi_event(const cs_screen *screen, uint32_t kind, const unsigned char *at, size_t size,
                            cs_event *event) {
  static const unsigned char smallest[] = {0, 13, 11, 13, 8, 4, 1, 4, 9};
  const uint32_t width = screen->layout.width, height = screen->layout.height;
  memset(event, 0, sizeof *event);
  event->button = -1;
  if (kind < 1 || kind > 8 || size < smallest[kind]) return 0;
  if (kind == 1) {
    event->kind = CS_POINTER;
    event->action = at[0];
    event->device = at[1];
    event->id = at[2];
    event->button = at[3] == 255 ? -1 : at[3];
    event->buttons = csi_u16(at + 4);
    event->x = csi_place(at + 6, width);
    event->y = csi_place(at + 8, height);
    event->pressure = csi_u16(at + 10) / 65535.0;
    event->modifiers = at[12];
    return at[0] <= CS_LEAVE && at[1] <= CS_TOUCH;
  }
  if (kind == 2 || kind == 3) {
    event->kind = kind == 2 ? CS_MOTION : CS_WHEEL;
    event->dx = csi_float(at) * (kind == 2 ? (double)width : 1);
    event->dy = csi_float(at + 4) * (kind == 2 ? (double)height : 1);
    if (kind == 2) event->buttons = csi_u16(at + 8);
    if (kind == 3) event->x = csi_place(at + 8, width);
    if (kind == 3) event->y = csi_place(at + 10, height);
    event->modifiers = at[kind == 2 ? 10 : 12];
    return 1;
  }
  if (kind == 4) {
    event->kind = CS_WHEEL;
    event->pinch = csi_float(at);
    event->x = csi_place(at + 4, width);
    event->y = csi_place(at + 6, height);
    return 1;
  }
  if (kind == 5 || kind == 6) {
    event->kind = kind == 5 ? CS_KEY : CS_TEXT;
    memcpy(event->text, at + (kind == 5 ? 3 : 0), size - (kind == 5 ? 3 : 0));
    if (kind == 6) return 1;
    event->action = at[0] == 1 ? CS_DOWN : CS_UP;
    event->repeat = at[1] & 1;
    event->modifiers = at[2];
    return 1;
  }
  if (kind == 7) {
    event->kind = CS_GAMEPAD;
    event->id = at[0];
    event->connected = at[1] != 0;
    event->axes = at[2];
    event->pad_buttons = at[3];
    if (at[2] > 8 || at[3] > 32 || size < 4u + 2u * at[2] + at[3]) return 0;
    for (int i = 0; i < event->axes; ++i) event->axis[i] = (int16_t)csi_u16(at + 4 + 2 * i) / 32767.0;
    for (int i = 0; i < event->pad_buttons; ++i) event->pad_button[i] = at[4 + 2 * event->axes + i] / 255.0;
    return 1;
  }
  event->kind = CS_VIEWPORT;
  event->width = csi_u16(at);
  event->height = csi_u16(at + 2);
  event->pixel_ratio = csi_float(at + 4);
  event->visible = at[8] != 0;
  return 1;
}

/* The next event that viewers caused. In pull mode the events come with the request that cs_wait() returns; what came
 * while there was no viewer, such as the end of a key, is first. Call it until it returns 0, before each frame: up to
 * 64 KiB of events wait, then the older ones are lost. Does not wait. Returns 1, or 0 if there is none. */
static inline int cs_next_event(cs_screen *screen, cs_event *event) {
  csi_queue *queue = &screen->events;
  if (screen->mode == CS_PUSH && !screen->failed) csi_read_all(screen);
  while (queue->end - queue->begin >= 2) {
    const unsigned char *at = queue->bytes + queue->begin;
    queue->begin += 2u + at[1];
    if (csi_event(screen, at[0], at + 2, at[1], event)) return 1;
  }
  return 0;
}

/* Sends a JSON text in UTF-8 to the pages of all viewers, as cubestream.onmessage(data): at most CS_MESSAGE_MAX bytes.
 * The daemon ends the connection if it is not valid JSON. Returns 1, or -1 if the connection is over. */
static inline int cs_send_json(cs_screen *screen, const char *json) {
  unsigned char message[8] = {0};
  if (screen->failed) return -1;
  if (strlen(json) > CS_MESSAGE_MAX)
    return csi_fail(screen, "cs_send_json: %zu bytes; at most %d", strlen(json), (int)CS_MESSAGE_MAX);
  return csi_send(screen, CSI_MESSAGE, message, sizeof message, json, strlen(json));
}

/* The next JSON text that a page has sent by cubestream.send(data); NULL: none. Valid until the next call of any
 * function for this screen. Does not wait; cs_wait() reads what has arrived. */
static inline const char *cs_next_json(cs_screen *screen) {
  csi_queue *queue = &screen->texts;
  size_t size = 0;
  char *text = NULL;
  if (queue->end - queue->begin < 2) return NULL;
  size = csi_u16(queue->bytes + queue->begin);
  text = (char *)queue->bytes + queue->begin;
  memmove(text, text + 2, size); /* room for the zero at the end */
  text[size] = 0;
  queue->begin += 2 + size;
  return text;
}

/* 1 if anyone watches, by the last message that was read. */
static inline int cs_watched(const cs_screen *screen) { return screen->watched; }

/* Frames per second of the stream, by the last message that was read: the clock for push mode. */
static inline uint32_t cs_frames_per_second(const cs_screen *screen) { return screen->frames_per_second; }

/* Why the connection is over; empty while it works. Valid until cs_close(). */
static inline const char *cs_error(const cs_screen *screen) { return screen->error; }

/* 1 if the connection is over for a reason that may pass: the daemon stopped, restarts, does not answer, or has another
 * producer. 0 while it works, and after a mistake: the same program would fail again. */
static inline int cs_may_retry(const cs_screen *screen) { return screen->may_retry; }

#endif
