/* SPDX-License-Identifier: MIT
 * Tests cubestream_frames.h against the daemon's side of the protocol. Exits with 1 at the first failure.
 * gcc -std=gnu11 -Wall -Wextra -fsanitize=address,undefined -pthread -I.. frames_test.c -o frames_test && ./frames_test
 *
 * A thread plays the daemon during cs_connect(), which waits for it. Everything after that is one thread that plays
 * both sides in turn: the socket keeps the messages, so nothing depends on timing.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "cubestream_frames.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>

#define CHECK(condition)                                                      \
  do {                                                                        \
    if (!(condition)) {                                                       \
      fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition); \
      exit(1);                                                                \
    }                                                                         \
  } while (0)

#define CHECK_ERROR(text, part)                                                                         \
  do {                                                                                                  \
    if (!strstr(text, part)) {                                                                          \
      fprintf(stderr, "%s:%d: the error is \"%s\"; expected \"%s\"\n", __FILE__, __LINE__, text, part); \
      exit(1);                                                                                          \
    }                                                                                                   \
  } while (0)

/* The folder and the socket of the daemon, for the end of a test that fails. Empty: none. */
static char made_directory[64], made_path[96];
static void remove_socket(void) {
  if (made_path[0]) unlink(made_path);
  if (made_directory[0]) rmdir(made_directory);
  made_path[0] = made_directory[0] = 0;
}
static void time_is_over(int number) {
  (void)number;
  remove_socket();
  _exit(1);
}

enum { HELLO = 1, CONFIG, BUFFERS, REQUEST, FRAME, RELEASE, STATUS, ERROR, DEMAND, INPUT, WANTS, MESSAGE };
enum { SLOTS = 3 };

/* ---- the daemon -------------------------------------------------------------------------------------------------- */

typedef struct {
  char directory[64], path[96];
  int listener, fd;
  uint32_t sequence;
  /* the next CONFIG and BUFFERS */
  uint32_t generation, width, height, format, mode, flags, answers;
  int memory[SLOTS]; /* descriptors of the last BUFFERS */
  /* what the daemon does wrong during the handshake */
  const char *refuse;   /* sends ERROR instead of HELLO */
  uint32_t refuse_code; /* of that ERROR */
  int refuse_unread;    /* closes before it reads HELLO */
  int hello_size;       /* 0: right */
  int hello_version;    /* 0: 1 */
  int skip_hello;
  int config_at, config_value; /* writes a byte of CONFIG; config_at 0: none */
  int config_size;
  int descriptors;   /* 0: right; -1: none */
  int memory_size;   /* 0: right */
  int buffers_slots; /* 0: right */
  int not_memory;    /* sends pipes */
  unsigned char hello[112];
  int in_handshake;
} Daemon;

static void put16(unsigned char *at, unsigned value) {
  at[0] = (unsigned char)value;
  at[1] = (unsigned char)(value >> 8);
}
static void put32(unsigned char *at, uint32_t value) {
  put16(at, value & 0xffff);
  put16(at + 2, value >> 16);
}
static void put64(unsigned char *at, uint64_t value) {
  put32(at, (uint32_t)value);
  put32(at + 4, (uint32_t)(value >> 32));
}
static uint32_t get32(const unsigned char *at) {
  return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* Sends bytes as they are, with descriptors. */
static void send_raw(Daemon *daemon, const void *bytes, size_t size, const int *fds, size_t count) {
  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int) * 64)];
  } control;
  struct iovec part;
  struct msghdr header;
  memset(&header, 0, sizeof header);
  part.iov_base = (void *)bytes;
  part.iov_len = size;
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (count > 0) {
    memset(&control, 0, sizeof control);
    header.msg_control = control.bytes;
    header.msg_controllen = CMSG_SPACE(sizeof(int) * count);
    struct cmsghdr *item = CMSG_FIRSTHDR(&header);
    item->cmsg_level = SOL_SOCKET;
    item->cmsg_type = SCM_RIGHTS;
    item->cmsg_len = CMSG_LEN(sizeof(int) * count);
    memcpy(CMSG_DATA(item), fds, sizeof(int) * count);
  }
  const ssize_t sent = sendmsg(daemon->fd, &header, MSG_NOSIGNAL);
  /* A client may end a handshake that is wrong while the daemon still sends. */
  CHECK(sent == (ssize_t)size || (daemon->in_handshake && (errno == EPIPE || errno == ECONNRESET)));
}

/* Fills in the header and sends. */
static void send_message(Daemon *daemon, unsigned type, unsigned char *message, size_t size) {
  put16(message, type);
  put16(message + 2, (unsigned)size);
  put32(message + 4, daemon->sequence++);
  send_raw(daemon, message, size, NULL, 0);
}

/* With input after it: `bytes` of `count` events. */
static void send_request_with(Daemon *daemon, uint64_t number, const char *events, size_t bytes, uint32_t count) {
  unsigned char message[1024] = {0};
  const double time = 1.5;
  uint64_t bits = 0;
  memcpy(&bits, &time, sizeof bits);
  put64(message + 8, number);
  put64(message + 16, 123456789012345u);
  put64(message + 24, bits);
  put32(message + 32, daemon->generation);
  put32(message + 36, daemon->width);
  put32(message + 40, daemon->height);
  put32(message + 44, number == 1 ? 3 : 1); /* moving; no frame is there yet */
  put32(message + 48, (uint32_t)bytes);
  put32(message + 52, count);
  memcpy(message + 56, events, bytes);
  send_message(daemon, REQUEST, message, 56 + bytes);
}
static void send_request(Daemon *daemon, uint64_t number) { send_request_with(daemon, number, "", 0, 0); }

static void send_input(Daemon *daemon, const char *events, size_t bytes, uint32_t count) {
  unsigned char message[65535] = {0};
  put32(message + 8, count);
  put32(message + 12, (uint32_t)bytes);
  memcpy(message + 16, events, bytes);
  send_message(daemon, INPUT, message, 16 + bytes);
}

static void send_release(Daemon *daemon, uint32_t generation, uint32_t slot) {
  unsigned char message[16] = {0};
  put32(message + 8, generation);
  put32(message + 12, slot);
  send_message(daemon, RELEASE, message, sizeof message);
}

static void send_demand(Daemon *daemon, uint32_t watched, uint32_t rate) {
  unsigned char message[16] = {0};
  put32(message + 8, watched);
  put32(message + 12, rate);
  send_message(daemon, DEMAND, message, sizeof message);
}

/* Fields of a later version follow the text. */
static void send_error(Daemon *daemon, uint32_t code, const char *text) {
  unsigned char message[1024] = {0};
  CHECK(strlen(text) < 900);
  put32(message + 8, code);
  put32(message + 12, (uint32_t)strlen(text));
  memcpy(message + 16, text, strlen(text));
  memset(message + 16 + strlen(text), 'z', 8);
  send_message(daemon, ERROR, message, 16 + strlen(text) + 8);
}

static void close_memory(Daemon *daemon) {
  for (int i = 0; i < SLOTS; ++i) {
    if (daemon->memory[i] >= 0) close(daemon->memory[i]);
    daemon->memory[i] = -1;
  }
}

/* Bytes of a slot. Rows are padded to a multiple of 64 bytes; planes follow each other. */
static uint64_t plan(const Daemon *daemon, uint64_t offset[3], uint32_t stride[3], uint32_t rows[3], uint32_t *planes) {
  uint64_t bytes = 0;
  *planes = daemon->format == CS_I420 ? 3 : daemon->format == CS_NV12 ? 2 : 1;
  for (uint32_t i = 0; i < *planes; ++i) {
    uint32_t width = daemon->width * (daemon->format <= CS_BGRA ? 4 : daemon->format == CS_RGB ? 3 : 1);
    if (i > 0 && daemon->format == CS_I420) width /= 2;
    stride[i] = (width + 63) / 64 * 64;
    rows[i] = i > 0 ? daemon->height / 2 : daemon->height;
    offset[i] = bytes;
    bytes += (uint64_t)stride[i] * rows[i];
  }
  return bytes;
}

static void send_config_message(Daemon *daemon) {
  unsigned char message[104] = {0};
  uint64_t offset[3];
  uint32_t stride[3], rows[3], planes = 0;
  const uint64_t bytes = plan(daemon, offset, stride, rows, &planes);
  put32(message + 8, daemon->generation);
  put32(message + 12, daemon->width);
  put32(message + 16, daemon->height);
  put32(message + 20, 30);
  put32(message + 24, daemon->format);
  put32(message + 28, daemon->mode);
  put32(message + 32, daemon->flags);
  put32(message + 36, SLOTS);
  put64(message + 40, bytes);
  put32(message + 48, planes);
  put32(message + 52, daemon->answers);
  for (uint32_t i = 0; i < planes; ++i) {
    put64(message + 56 + 16 * i, offset[i]);
    put32(message + 56 + 16 * i + 8, stride[i]);
    put32(message + 56 + 16 * i + 12, rows[i]);
  }
  if (daemon->config_at) message[daemon->config_at] = (unsigned char)daemon->config_value;
  send_message(daemon, CONFIG, message, daemon->config_size ? (size_t)daemon->config_size : sizeof message);
}

static void send_buffers_message(Daemon *daemon) {
  unsigned char message[16] = {0};
  uint64_t offset[3];
  uint32_t stride[3], rows[3], planes = 0;
  const uint64_t bytes = plan(daemon, offset, stride, rows, &planes);
  const size_t count = daemon->descriptors < 0 ? 0 : daemon->descriptors ? (size_t)daemon->descriptors : (size_t)SLOTS;
  int fds[64], pipes[2] = {-1, -1};
  close_memory(daemon);
  for (int i = 0; i < SLOTS; ++i) {
    daemon->memory[i] = memfd_create("frame", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    CHECK(daemon->memory[i] >= 0);
    CHECK(ftruncate(daemon->memory[i], daemon->memory_size ? daemon->memory_size : (off_t)bytes) == 0);
    CHECK(fcntl(daemon->memory[i], F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0);
  }
  if (daemon->not_memory) CHECK(pipe(pipes) == 0);
  for (size_t i = 0; i < 64; ++i) fds[i] = daemon->not_memory ? pipes[0] : daemon->memory[i % SLOTS];
  put16(message, BUFFERS);
  put16(message + 2, sizeof message);
  put32(message + 4, daemon->sequence++);
  put32(message + 8, daemon->generation);
  put32(message + 12, daemon->buffers_slots ? (uint32_t)daemon->buffers_slots : (uint32_t)SLOTS);
  send_raw(daemon, message, sizeof message, fds, count);
  if (daemon->not_memory) {
    close(pipes[0]);
    close(pipes[1]);
  }
}

static void send_config(Daemon *daemon) {
  send_config_message(daemon);
  send_buffers_message(daemon);
}

/* The next message of the producer must have this type. Returns its size. */
static size_t receive(Daemon *daemon, unsigned type, unsigned char *message, size_t size) {
  const ssize_t got = recv(daemon->fd, message, size, 0);
  CHECK(got >= 8);
  CHECK(message[0] == type && message[1] == 0);
  CHECK((ssize_t)(message[2] | message[3] << 8) == got);
  return (size_t)got;
}

static int nothing_to_receive(Daemon *daemon) {
  char byte;
  return recv(daemon->fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0 && errno == EAGAIN;
}

static void *handshake(void *argument) {
  Daemon *daemon = (Daemon *)argument;
  unsigned char message[112] = {0};
  daemon->fd = accept4(daemon->listener, NULL, NULL, SOCK_CLOEXEC);
  CHECK(daemon->fd >= 0);
  if (daemon->refuse_unread) {
    struct pollfd entry = {daemon->fd, POLLIN, 0};
    CHECK(poll(&entry, 1, -1) == 1); /* HELLO is there, and is not read: the client gets a reset */
    send_error(daemon, daemon->refuse_code, daemon->refuse);
    close(daemon->fd);
    daemon->fd = -1;
    return NULL;
  }
  if (receive(daemon, HELLO, daemon->hello, sizeof daemon->hello) != 112) exit(1);
  if (daemon->refuse) {
    send_error(daemon, daemon->refuse_code, daemon->refuse);
    close(daemon->fd);
    daemon->fd = -1;
    return NULL;
  }
  if (!daemon->skip_hello) {
    put16(message + 8, daemon->hello_version ? (unsigned)daemon->hello_version : 1);
    put16(message + 10, 1);
    put32(message + 12, 0x3e);
    put32(message + 20, 3);
    put32(message + 24, 7680);
    put32(message + 28, 4320);
    put32(message + 32, 30);
    memcpy(message + 48, "cubestream", 10);
    send_message(daemon, HELLO, message, daemon->hello_size ? (size_t)daemon->hello_size : sizeof message);
  }
  daemon->in_handshake = 1;
  send_config(daemon);
  send_demand(daemon, 0, 30);
  daemon->in_handshake = 0;
  return NULL;
}

static Daemon start(void) {
  Daemon daemon;
  struct sockaddr_un address;
  memset(&daemon, 0, sizeof daemon);
  daemon.fd = -1;
  daemon.generation = 1;
  daemon.width = 128;
  daemon.height = 96;
  daemon.format = CS_RGBA;
  daemon.mode = CS_PULL;
  for (int i = 0; i < SLOTS; ++i) daemon.memory[i] = -1;
  snprintf(daemon.directory, sizeof daemon.directory, "/tmp/frames_test.XXXXXX");
  CHECK(mkdtemp(daemon.directory));
  snprintf(daemon.path, sizeof daemon.path, "%s/frames.sock", daemon.directory);
  memcpy(made_directory, daemon.directory, sizeof made_directory);
  memcpy(made_path, daemon.path, sizeof made_path);
  memset(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  memcpy(address.sun_path, daemon.path, strlen(daemon.path));
  daemon.listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  CHECK(bind(daemon.listener, (struct sockaddr *)&address, sizeof address) == 0);
  CHECK(listen(daemon.listener, 4) == 0);
  return daemon;
}

static void hang_up(Daemon *daemon) {
  close_memory(daemon);
  if (daemon->fd >= 0) close(daemon->fd);
  daemon->fd = -1;
}

static void stop(Daemon *daemon) {
  hang_up(daemon);
  close(daemon->listener);
  unlink(daemon->path);
  CHECK(rmdir(daemon->directory) == 0);
  made_path[0] = made_directory[0] = 0;
}

static cs_screen *connect_with(Daemon *daemon, cs_options options, char *error, size_t error_size) {
  pthread_t thread;
  cs_screen *screen = NULL;
  options.path = daemon->path;
  CHECK(pthread_create(&thread, NULL, handshake, daemon) == 0);
  screen = cs_connect(&options, error, error_size);
  CHECK(pthread_join(thread, NULL) == 0);
  return screen;
}

static cs_screen *connect_to(Daemon *daemon) {
  char error[512] = "";
  cs_options options;
  cs_screen *screen = NULL;
  memset(&options, 0, sizeof options);
  options.format = daemon->format;
  options.mode = daemon->mode;
  options.bottom_up = (int)daemon->flags;
  screen = connect_with(daemon, options, error, sizeof error);
  if (!screen) fprintf(stderr, "cs_connect: %s\n", error);
  CHECK(screen);
  return screen;
}

/* cs_connect() must fail with this text. Ends the daemon. */
static void refused(Daemon *daemon, const char *part) {
  char error[512] = "";
  cs_options options;
  memset(&options, 0, sizeof options);
  errno = 0;
  CHECK(!connect_with(daemon, options, error, sizeof error));
  CHECK(errno == (daemon->refuse_code ? EAGAIN : EPROTO));
  CHECK_ERROR(error, part);
  stop(daemon);
}

/* The last messages must have ended the connection with this text. Ends both. */
static void broken(Daemon *daemon, cs_screen *screen, const char *part) {
  CHECK(cs_wait(screen, NULL, 0) == -1);
  CHECK_ERROR(cs_error(screen), part);
  CHECK(cs_wait(screen, NULL, -1) == -1);
  CHECK(!cs_begin(screen).data[0]);
  CHECK(cs_show(screen, NULL) == -1);
  CHECK(cs_status(screen, "", 0) == -1);
  cs_close(screen);
  stop(daemon);
}

static unsigned char byte_at(const Daemon *daemon, uint32_t slot, off_t offset) {
  unsigned char byte = 0;
  CHECK(slot < SLOTS && pread(daemon->memory[slot], &byte, 1, offset) == 1);
  return byte;
}

static int count_fds(void) {
  DIR *directory = opendir("/proc/self/fd");
  int count = 0;
  CHECK(directory);
  while (readdir(directory)) ++count;
  closedir(directory);
  return count;
}

static int count_mappings(void) {
  FILE *file = fopen("/proc/self/maps", "r");
  char line[512];
  int count = 0;
  CHECK(file);
  while (fgets(line, sizeof line, file)) count += strstr(line, "memfd:frame") != NULL;
  fclose(file);
  return count;
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static void hello_carries_the_options(void) {
  Daemon daemon = start();
  cs_options options;
  char error[16] = "";
  cs_screen *screen = NULL;
  memset(&options, 0, sizeof options);
  daemon.format = options.format = CS_NV12;
  daemon.mode = options.mode = CS_PUSH;
  daemon.flags = 1;
  options.bottom_up = 7;
  options.width = 640;
  options.height = 360;
  options.frames_per_second = 25;
  options.name = "a name that is longer than the 63 bytes that the field of HELLO can hold";
  screen = connect_with(&daemon, options, error, sizeof error);
  CHECK(screen && *error == 0);
  CHECK(get32(daemon.hello + 4) == 0 && get32(daemon.hello + 8) == 0x10001 && get32(daemon.hello + 12) == 0);
  CHECK(get32(daemon.hello + 16) == CS_NV12 && get32(daemon.hello + 20) == CS_PUSH);
  CHECK(get32(daemon.hello + 24) == 640 && get32(daemon.hello + 28) == 360 && get32(daemon.hello + 32) == 25);
  CHECK(get32(daemon.hello + 36) == 1 && get32(daemon.hello + 40) == 0 && get32(daemon.hello + 44) == 0);
  CHECK(memcmp(daemon.hello + 48, options.name, 63) == 0 && daemon.hello[111] == 0);
  CHECK(cs_frames_per_second(screen) == 30);
  CHECK(fcntl(cs_fd(screen), F_GETFD) == FD_CLOEXEC);
  cs_close(screen);
  stop(&daemon);
}

static void pull_mode_answers_each_request_once(void) {
  Daemon daemon = start();
  cs_screen *screen = connect_to(&daemon);
  cs_request request;
  unsigned char message[8192];
  cs_frame frame;
  CHECK(cs_wait(screen, &request, 0) == 0);
  for (uint64_t number = 1; number <= 20; ++number) {
    send_request(&daemon, number);
    CHECK(cs_wait(screen, &request, -1) == 1);
    CHECK(request.number == number && request.deadline_ns == 123456789012345u && request.time == 1.5);
    CHECK(request.width == 128 && request.height == 96 && request.moving == 1);
    CHECK(request.first == (number == 1));
    CHECK(cs_wait(screen, NULL, 0) == 0);
    frame = cs_begin(screen);
    CHECK(frame.data[0] && !frame.data[1] && !frame.data[2]);
    CHECK(frame.width == 128 && frame.height == 96 && frame.format == CS_RGBA && frame.stride[0] == 512);
    memset(frame.data[0], (int)number, (size_t)frame.stride[0] * frame.height);
    CHECK(cs_show(screen, &frame) == 1);
    CHECK(receive(&daemon, FRAME, message, sizeof message) == 48);
    CHECK(get32(message + 4) == number && get32(message + 8) == number && get32(message + 12) == 0);
    CHECK(get32(message + 24) == 1 && get32(message + 32) == 0 && get32(message + 36) == 0);
    CHECK(byte_at(&daemon, get32(message + 28), 0) == number);
    CHECK(byte_at(&daemon, get32(message + 28), 512 * 96 - 1) == number);
    send_release(&daemon, 1, get32(message + 28));
  }
  frame = cs_begin(screen);
  CHECK(frame.data[0] && cs_show(screen, &frame) == 0); /* without a request */
  CHECK(cs_show(screen, NULL) == 0);
  CHECK(nothing_to_receive(&daemon));
  cs_close(screen);
  stop(&daemon);
}

static void a_request_waits_for_a_free_slot(void) {
  Daemon daemon = start();
  cs_screen *screen = connect_to(&daemon);
  unsigned char message[64];
  uint32_t used = 0;
  for (uint64_t number = 1; number <= SLOTS; ++number) {
    send_request(&daemon, number);
    CHECK(cs_wait(screen, NULL, -1) == 1);
    const cs_frame frame = cs_begin(screen);
    CHECK(cs_show(screen, &frame) == 1);
    receive(&daemon, FRAME, message, sizeof message);
    used |= 1u << get32(message + 28);
  }
  CHECK(used == 7);
  CHECK(!cs_begin(screen).data[0]);
  send_request(&daemon, 4);
  send_release(&daemon, 7, 2); /* of another generation */
  CHECK(cs_wait(screen, NULL, 0) == 0);
  send_release(&daemon, 1, 2);
  CHECK(cs_wait(screen, NULL, -1) == 1);
  CHECK(cs_begin(screen).slot == 2);
  cs_close(screen);
  stop(&daemon);
}

static void unchanged_frames_use_no_slot(void) {
  Daemon daemon = start();
  cs_screen *screen = connect_to(&daemon);
  unsigned char message[64];
  for (uint64_t number = 1; number <= 10; ++number) {
    send_request(&daemon, number);
    CHECK(cs_wait(screen, NULL, -1) == 1);
    CHECK(cs_begin(screen).data[0]);
    CHECK(cs_show(screen, NULL) == 1);
    CHECK(receive(&daemon, FRAME, message, sizeof message) == 48);
    CHECK(get32(message + 8) == number && get32(message + 24) == 1 && get32(message + 32) == 1);
  }
  cs_close(screen);
  stop(&daemon);
}

static void push_mode_follows_the_demand(void) {
  Daemon daemon = start();
  daemon.mode = CS_PUSH;
  daemon.format = CS_I420;
  cs_screen *screen = connect_to(&daemon);
  cs_request request;
  unsigned char message[64];
  CHECK(cs_wait(screen, &request, 0) == 0 && !cs_watched(screen));
  send_demand(&daemon, 1, 60);
  CHECK(cs_wait(screen, &request, -1) == 1 && cs_watched(screen) && cs_frames_per_second(screen) == 60);
  CHECK(request.number == 0 && request.width == 128);
  for (int i = 0; i < SLOTS; ++i) {
    cs_frame frame = cs_begin(screen);
    CHECK(frame.data[0] && frame.data[1] == frame.data[0] + 128 * 96 && frame.data[2] == frame.data[1] + 64 * 48);
    CHECK(frame.stride[0] == 128 && frame.stride[1] == 64 && frame.stride[2] == 64);
    frame.data[2][64 * 48 - 1] = 77;
    frame.keyframe = i == 1;
    frame.captured_ns = 5;
    CHECK(cs_show(screen, &frame) == 1);
    CHECK(receive(&daemon, FRAME, message, sizeof message) == 48);
    CHECK(get32(message + 8) == 0 && get32(message + 12) == 0 && get32(message + 16) == 5);
    CHECK(get32(message + 32) == (i == 1 ? 2 : 0));
    CHECK(byte_at(&daemon, get32(message + 28), 128 * 96 * 3 / 2 - 1) == 77);
  }
  CHECK(!cs_begin(screen).data[0]);
  CHECK(cs_wait(screen, NULL, 0) == 0);
  CHECK(cs_show(screen, NULL) == 1);
  receive(&daemon, FRAME, message, sizeof message);
  send_release(&daemon, 1, 1);
  CHECK(cs_begin(screen).slot == 1); /* without cs_wait() */
  send_demand(&daemon, 0, 60);
  CHECK(cs_wait(screen, NULL, 0) == 0 && !cs_watched(screen));
  CHECK(cs_begin(screen).data[0]); /* the program may push all the same */
  cs_close(screen);
  stop(&daemon);
}

static void metadata_follows_the_frame(void) {
  Daemon daemon = start();
  daemon.mode = CS_PUSH;
  cs_screen *screen = connect_to(&daemon);
  unsigned char message[8192], metadata[CS_METADATA_MAX + 1];
  cs_frame frame = cs_begin(screen);
  for (size_t i = 0; i < sizeof metadata; ++i) metadata[i] = (unsigned char)(i * 7);
  frame.metadata = metadata;
  frame.metadata_size = CS_METADATA_MAX;
  CHECK(cs_show(screen, &frame) == 1);
  CHECK(receive(&daemon, FRAME, message, sizeof message) == 48 + CS_METADATA_MAX);
  CHECK(get32(message + 36) == CS_METADATA_MAX && memcmp(message + 48, metadata, CS_METADATA_MAX) == 0);
  frame = cs_begin(screen);
  frame.metadata = metadata;
  frame.metadata_size = CS_METADATA_MAX + 1;
  CHECK(cs_show(screen, &frame) == -1);
  CHECK(nothing_to_receive(&daemon));
  broken(&daemon, screen, "4097 bytes of metadata");
}

static void a_frame_is_shown_once(void) {
  Daemon daemon = start();
  daemon.mode = CS_PUSH;
  cs_screen *screen = connect_to(&daemon);
  const cs_frame frame = cs_begin(screen);
  CHECK(cs_show(screen, &frame) == 1);
  CHECK(cs_show(screen, &frame) == -1);
  broken(&daemon, screen, "not that of the last cs_begin()");
}

static void the_program_asks_for_another_size(void) {
  Daemon daemon = start();
  cs_screen *screen = connect_to(&daemon);
  cs_options wanted;
  unsigned char message[128];
  cs_request request;
  cs_frame frame;
  memset(&wanted, 0, sizeof wanted);
  send_request(&daemon, 1);
  CHECK(cs_wait(screen, NULL, -1) == 1);
  /* The daemon changes its size by itself while the program asks: that CONFIG is not the answer. */
  daemon.generation = 2;
  daemon.width = 640;
  send_config(&daemon);
  daemon.generation = 3;
  daemon.answers = 2; /* HELLO has number 0, CONFIG will have number 1 */
  daemon.width = wanted.width = 322;
  daemon.height = wanted.height = 242;
  daemon.format = wanted.format = CS_RGB;
  daemon.flags = 1;
  wanted.bottom_up = 1;
  send_config(&daemon);
  send_request(&daemon, 2);
  CHECK(cs_configure(screen, &wanted) == 1);
  CHECK(receive(&daemon, CONFIG, message, sizeof message) == 104);
  CHECK(get32(message + 4) + 1 == daemon.answers);
  CHECK(get32(message + 8) == 0 && get32(message + 12) == 322 && get32(message + 16) == 242);
  CHECK(get32(message + 20) == 0 && get32(message + 24) == CS_RGB && get32(message + 28) == CS_PULL);
  CHECK(get32(message + 32) == 1 && get32(message + 36) == 0 && get32(message + 48) == 0);
  CHECK(cs_show(screen, NULL) == 0); /* request 1 is void */
  CHECK(cs_wait(screen, &request, -1) == 1 && request.number == 2 && request.width == 322);
  frame = cs_begin(screen);
  CHECK(frame.format == CS_RGB && frame.width == 322 && frame.height == 242 && frame.stride[0] == 1024);
  memset(frame.data[0], 9, (size_t)frame.stride[0] * frame.height);
  CHECK(cs_show(screen, &frame) == 1);
  CHECK(receive(&daemon, FRAME, message, sizeof message) == 48 && get32(message + 24) == 3);
  /* pull to push */
  daemon.generation = 4;
  daemon.answers = 4; /* after FRAME */
  daemon.mode = wanted.mode = CS_PUSH;
  send_demand(&daemon, 1, 30);
  send_config(&daemon);
  CHECK(cs_configure(screen, &wanted) == 1);
  CHECK(cs_wait(screen, &request, 0) == 1 && request.number == 0);
  wanted.format = 6;
  CHECK(cs_configure(screen, &wanted) == -1);
  broken(&daemon, screen, "format 6 or mode 2 is unknown");
}

static void the_daemon_refuses_another_size(void) {
  Daemon daemon = start();
  cs_screen *screen = connect_to(&daemon);
  cs_options wanted;
  memset(&wanted, 0, sizeof wanted);
  wanted.width = 3;
  send_error(&daemon, 0, "CONFIG: a width of 3 is not even");
  CHECK(cs_configure(screen, &wanted) == -1);
  broken(&daemon, screen, "CONFIG: a width of 3 is not even");
}

static void the_daemon_changes_the_size_at_any_time(void) {
  Daemon daemon = start();
  cs_screen *screen = connect_to(&daemon);
  cs_request request;
  unsigned char message[64];
  cs_frame frame;
  /* while the program draws */
  send_request(&daemon, 1);
  CHECK(cs_wait(screen, NULL, -1) == 1);
  frame = cs_begin(screen);
  daemon.generation = 2;
  daemon.width = 256;
  send_config(&daemon);
  CHECK(cs_wait(screen, NULL, 0) == 0);
  memset(frame.data[0], 1, (size_t)frame.stride[0] * frame.height); /* still valid */
  CHECK(count_mappings() == SLOTS + 1);
  CHECK(cs_show(screen, &frame) == 0);
  CHECK(nothing_to_receive(&daemon));
  /* between REQUEST and the program's look at it */
  send_request(&daemon, 2);
  daemon.generation = 3;
  daemon.width = 64;
  send_config_message(&daemon);
  CHECK(cs_wait(screen, NULL, 0) == 0);
  CHECK(!cs_begin(screen).data[0]); /* CONFIG has come, BUFFERS not yet */
  send_request(&daemon, 3);
  CHECK(cs_wait(screen, NULL, 0) == 0);
  send_buffers_message(&daemon);
  CHECK(cs_wait(screen, &request, -1) == 1 && request.number == 3 && request.width == 64);
  frame = cs_begin(screen);
  CHECK(frame.width == 64 && frame.stride[0] == 256 && cs_show(screen, &frame) == 1);
  CHECK(count_mappings() == SLOTS);
  receive(&daemon, FRAME, message, sizeof message);
  CHECK(get32(message + 24) == 3);
  /* two changes while the program draws */
  frame = cs_begin(screen);
  daemon.generation = 4;
  send_config(&daemon);
  daemon.generation = 5;
  send_config(&daemon);
  CHECK(cs_wait(screen, NULL, 0) == 0);
  memset(frame.data[0], 1, (size_t)frame.stride[0] * frame.height);
  cs_close(screen);
  CHECK(count_mappings() == 0);
  stop(&daemon);
}

static void status_is_cut_between_characters(void) {
  Daemon daemon = start();
  cs_screen *screen = connect_to(&daemon);
  unsigned char message[512];
  char text[400];
  CHECK(cs_status(screen, "loading", 40) == 1);
  CHECK(receive(&daemon, STATUS, message, sizeof message) == 23);
  CHECK(get32(message + 8) == 40 && get32(message + 12) == 7 && memcmp(message + 16, "loading", 7) == 0);
  CHECK(cs_status(screen, "", -1) == 1);
  CHECK(receive(&daemon, STATUS, message, sizeof message) == 16 && get32(message + 8) > 100);
  memset(text, 'a', sizeof text);
  text[399] = 0;
  CHECK(cs_status(screen, text, 100) == 1);
  CHECK(receive(&daemon, STATUS, message, sizeof message) == 16 + 256 && get32(message + 12) == 256);
  memcpy(text + 254, "\xe2\x82\xac", 3); /* the euro sign would end at byte 257 */
  CHECK(cs_status(screen, text, 100) == 1);
  CHECK(receive(&daemon, STATUS, message, sizeof message) == 16 + 254);
  cs_close(screen);
  stop(&daemon);
}

static void an_error_arrives_with_its_sentence(void) {
  Daemon daemon = start();
  cs_screen *screen = connect_to(&daemon);
  CHECK(!cs_may_retry(screen));
  send_error(&daemon, 0, "FRAME: slot 9 does not exist\x1b[31m");
  hang_up(&daemon);
  CHECK(cs_wait(screen, NULL, 0) == -1);
  CHECK(strcmp(cs_error(screen), "FRAME: slot 9 does not exist [31m") == 0); /* and not what follows */
  CHECK(!cs_may_retry(screen));
  broken(&daemon, screen, "FRAME: slot 9 does not exist [31m");

  /* also if the program sends first, and if the daemon closes with unread messages */
  daemon = start();
  daemon.mode = CS_PUSH;
  screen = connect_to(&daemon);
  CHECK(cs_status(screen, "unread", 0) == 1);
  send_error(&daemon, 0, "too many messages");
  hang_up(&daemon);
  CHECK(cs_show(screen, NULL) == -1);
  broken(&daemon, screen, "too many messages");

  daemon = start();
  screen = connect_to(&daemon);
  CHECK(cs_status(screen, "unread", 0) == 1);
  send_error(&daemon, 0, "");
  hang_up(&daemon);
  broken(&daemon, screen, "gave no reason");

  unsigned char message[17] = {0};
  daemon = start();
  screen = connect_to(&daemon);
  put32(message + 12, 2);
  send_message(&daemon, ERROR, message, sizeof message);
  broken(&daemon, screen, "ERROR: 2 bytes of text; the message has 1");
}

static void a_second_producer_gets_an_error(void) {
  Daemon daemon = start();
  daemon.refuse = "another program is connected already: vtk_cone.py";
  daemon.refuse_code = 1;
  refused(&daemon, "another program is connected already: vtk_cone.py");
  daemon = start();
  daemon.refuse = "another program is connected already";
  daemon.refuse_code = 1;
  daemon.refuse_unread = 1;
  refused(&daemon, "another program is connected already");
  daemon = start();
  daemon.refuse = "HELLO: format 1 is unknown"; /* a rule was broken: code 0 */
  refused(&daemon, "HELLO: format 1 is unknown");
}

static void a_daemon_that_stops_may_come_back(void) {
  static const struct {
    uint32_t code;
    int may_retry;
  } cases[] = {{0, 0}, {1, 1}, {2, 1}, {3, 0}, {0xffffffffu, 0}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    Daemon daemon = start();
    cs_screen *screen = connect_to(&daemon);
    send_error(&daemon, cases[i].code, "the daemon stops");
    CHECK(cs_wait(screen, NULL, -1) == -1);
    CHECK(cs_may_retry(screen) == cases[i].may_retry);
    broken(&daemon, screen, "the daemon stops");
  }
}

static void no_daemon(void) {
  char error[512] = "", path[200];
  cs_options options;
  Daemon daemon = start();
  memset(&options, 0, sizeof options);
  options.path = "/nonexistent/frames.sock";
  CHECK(!cs_connect(&options, error, sizeof error) && errno == EAGAIN);
  CHECK_ERROR(error, "/nonexistent/frames.sock: No such file or directory");
  CHECK(!cs_connect(&options, NULL, 0));
  memset(path, 'x', sizeof path);
  path[199] = 0;
  options.path = path;
  CHECK(!cs_connect(&options, error, sizeof error) && errno == EPROTO);
  CHECK_ERROR(error, "File name too long");
  options.path = daemon.path;
  options.format = 9;
  CHECK(!cs_connect(&options, error, sizeof error) && errno == EPROTO);
  CHECK_ERROR(error, "format 9 or mode 1 is unknown");
  /* the environment; a daemon that does not answer */
  memset(&options, 0, sizeof options);
  options.timeout_ms = 1;
  setenv("CS_SCENE_SOCKET", daemon.path, 1);
  CHECK(!cs_connect(&options, error, sizeof error) && errno == EAGAIN);
  CHECK_ERROR(error, "does not answer within 1 ms");
  setenv("CS_SCENE_SOCKET", "", 1);
  setenv("XDG_RUNTIME_DIR", daemon.directory, 1);
  if (access("/run/cubestream/frames.sock", F_OK) != 0) {
    CHECK(!cs_connect(NULL, error, sizeof error));
    CHECK_ERROR(error, daemon.directory);
    CHECK_ERROR(error, "/cubestream/frames.sock: No such file or directory");
  }
  unsetenv("CS_SCENE_SOCKET");
  stop(&daemon);
}

static void another_path_is_tried_only_without_a_daemon(void) {
  Daemon daemon = start();
  char error[512] = "";
  const char *paths[] = {"/nonexistent/frames.sock", daemon.path}, *tried = NULL;
  const uid_t user = geteuid();
  cs_options options;
  cs_screen screen;
  memset(&options, 0, sizeof options);
  memset(&screen, 0, sizeof screen);
  screen.timeout_ms = 1000;
  CHECK(csi_open_first(&screen, paths, 2, &tried) == 1 && tried == daemon.path);
  close(screen.fd);
  close(daemon.listener); /* as after a daemon that was killed: the file stays */
  paths[0] = daemon.path;
  paths[1] = "/nonexistent/frames.sock";
  CHECK(csi_open_first(&screen, paths, 2, &tried) == -1 && errno == ENOENT && tried == paths[1]);
  CHECK(csi_open_first(&screen, paths, 1, &tried) == -1 && errno == ECONNREFUSED && tried == daemon.path);
  /* a folder that this user may not enter; root may enter all */
  CHECK(chmod(daemon.directory, 0) == 0);
  CHECK(user != 0 || seteuid(65534) == 0);
  CHECK(csi_open_first(&screen, paths, 2, &tried) == -1 && errno == EACCES && tried == daemon.path);
  options.path = daemon.path;
  CHECK(!cs_connect(&options, error, sizeof error) && errno == EPROTO);
  CHECK(user != 0 || seteuid(0) == 0);
  CHECK_ERROR(error, "Permission denied; this user must be in the group of the socket (cubestream-frames");
  CHECK(chmod(daemon.directory, 0700) == 0);
  daemon.listener = -1;
  stop(&daemon);
}

static void malformed_handshakes(void) {
  static const struct {
    int at, value;
    const char *error;
  } bytes[] = {
      {8, 0, "generation 0 is not new"},
      {12, 129, "size 129x96 is not valid"},
      {15, 0xff, "is not valid"},
      {12, 0, "size 0x96 is not valid"},
      {16, 32, "size 128x32 is not valid"},
      {24, 0, "format 0"},
      {24, 6, "format 6"},
      {24, 2, "format 2, mode 1, flags 0 are not"},
      {28, 2, "mode 2"},
      {28, 0, "mode 0"},
      {32, 1, "flags 1"},
      {36, 0, "0 slots"},
      {36, 9, "9 slots"},
      {39, 0xff, "slots"},
      {40, 1, "slot 0 has 49152"},
      {41, 0xbf, "plane 0 does not fit"},
      {47, 0xff, "too large"},
      {48, 0, "0 planes"},
      {48, 3, "3 planes"},
      {51, 0xff, "planes"},
      {56, 1, "plane 0 does not fit"},
      {63, 0xff, "plane 0 does not fit"},
      {64, 1, "plane 0 does not fit"},
      {65, 1, "plane 0 does not fit"},
      {67, 0xff, "plane 0 does not fit"},
      {68, 95, "plane 0 does not fit"},
      {68, 97, "plane 0 does not fit"},
      {71, 0xff, "plane 0 does not fit"},
  };
  Daemon daemon;
  for (size_t i = 0; i < sizeof bytes / sizeof bytes[0]; ++i) {
    daemon = start();
    daemon.config_at = bytes[i].at;
    daemon.config_value = bytes[i].value;
    refused(&daemon, bytes[i].error);
  }
  daemon = start();
  daemon.hello_size = 111;
  refused(&daemon, "message type 1: 111 bytes; expected 112 or more");
  daemon = start();
  daemon.hello_version = 2;
  refused(&daemon, "the daemon uses version 2");
  daemon = start();
  daemon.skip_hello = 1;
  refused(&daemon, "the first message has type 2");
  daemon = start();
  daemon.config_size = 103;
  refused(&daemon, "message type 2: 103 bytes");
  daemon = start();
  daemon.descriptors = -1;
  refused(&daemon, "BUFFERS: 0 descriptors for 3 slots");
  daemon = start();
  daemon.descriptors = 2;
  refused(&daemon, "BUFFERS: 2 descriptors for 3 slots");
  daemon = start();
  daemon.descriptors = 4;
  refused(&daemon, "BUFFERS: 4 descriptors for 3 slots");
  daemon = start();
  daemon.descriptors = 64;
  refused(&daemon, "descriptors were lost");
  daemon = start();
  daemon.memory_size = 128 * 96 * 4 - 1;
  refused(&daemon, "BUFFERS: slot 0 has 49151 bytes; CONFIG says 49152");
  daemon = start();
  daemon.not_memory = 1;
  refused(&daemon, "BUFFERS: slot 0");
  daemon = start();
  daemon.buffers_slots = 2;
  refused(&daemon, "BUFFERS: 2 slots; CONFIG says 3");
}

static void malformed_messages(void) {
  static const struct {
    unsigned type, size, says;
    const char *error;
  } cases[] = {
      {0, 1, 1, "a message of 1 bytes is shorter"},
      {REQUEST, 7, 7, "a message of 7 bytes is shorter"},
      {REQUEST, 56, 55, "the header says 55 bytes, 56 came"},
      {REQUEST, 56, 0, "the header says 0 bytes"},
      {DEMAND, 16, 0xffff, "the header says 65535 bytes"},
      {77, 16, 17, "the header says 17 bytes"},
      {HELLO, 8, 8, "message type 1: 8 bytes"},
      {CONFIG, 103, 103, "message type 2: 103 bytes"},
      {BUFFERS, 15, 15, "message type 3: 15 bytes"},
      {REQUEST, 55, 55, "message type 4: 55 bytes"},
      {RELEASE, 12, 12, "message type 6: 12 bytes"},
      {ERROR, 15, 15, "message type 8: 15 bytes"},
      {DEMAND, 8, 8, "message type 9: 8 bytes"},
      {BUFFERS, 16, 16, "BUFFERS of generation 0 without its CONFIG"},
  };
  static unsigned char message[70000];
  Daemon daemon;
  cs_screen *screen = NULL;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    daemon = start();
    screen = connect_to(&daemon);
    memset(message, 0, sizeof message);
    put16(message, cases[i].type);
    put16(message + 2, cases[i].says);
    send_raw(&daemon, message, cases[i].size, NULL, 0);
    broken(&daemon, screen, cases[i].error);
  }
  daemon = start();
  screen = connect_to(&daemon);
  send_raw(&daemon, message, 65536, NULL, 0);
  broken(&daemon, screen, "longer than 65535 bytes");
  daemon = start();
  screen = connect_to(&daemon);
  send_raw(&daemon, message, 70000, NULL, 0);
  broken(&daemon, screen, "longer than 65535 bytes");
  daemon = start();
  screen = connect_to(&daemon);
  send_release(&daemon, 1, SLOTS);
  broken(&daemon, screen, "RELEASE: no slot 3");
  daemon = start();
  screen = connect_to(&daemon);
  send_buffers_message(&daemon); /* twice */
  broken(&daemon, screen, "BUFFERS of generation 1 without its CONFIG");
  daemon = start();
  screen = connect_to(&daemon);
  daemon.generation = 2;
  daemon.format = CS_BGRA;
  send_config(&daemon);
  broken(&daemon, screen, "format 2, mode 1, flags 0 are not those that the program asked for");
}

/* A pseudorandom byte of a pseudorandom message: an error or not, but no fault and no leak. */
static void mutated_messages(void) {
  uint32_t random = 1;
  Daemon daemon = start();
  cs_screen *screen = NULL;
  for (int round = 0; round < 3000; ++round) {
    unsigned char message[128] = {0};
    size_t size = 0;
    if (!screen) {
      daemon.generation = 1;
      screen = connect_to(&daemon);
    }
    for (size_t i = 0; i < sizeof message; ++i) {
      random = random * 1664525u + 1013904223u;
      if (random >> 30 == 0) message[i] = (unsigned char)(random >> 16);
    }
    random = random * 1664525u + 1013904223u;
    size = 1 + (random >> 8) % sizeof message;
    if (random >> 31) size = 112;
    put16(message, random >> 16 & 15);
    put16(message + 2, (unsigned)size);
    if (random >> 30 & 1) put32(message + 8, (uint32_t)round % 3);
    send_raw(&daemon, message, size, &daemon.memory[0], (random >> 20) % SLOTS);
    if (cs_wait(screen, NULL, 0) < 0) {
      CHECK(*cs_error(screen));
      cs_close(screen);
      hang_up(&daemon);
      screen = NULL;
    }
  }
  cs_close(screen);
  stop(&daemon);
}

static void later_versions_are_understood(void) {
  Daemon daemon = start();
  cs_screen *screen = connect_to(&daemon);
  unsigned char message[600] = {0};
  cs_request request;
  send_message(&daemon, 77, message, 8);
  send_message(&daemon, 65535, message, 600);
  send_message(&daemon, FRAME, message, 8);
  put16(message, 78); /* an unknown message with descriptors: they are closed */
  put16(message + 2, 8);
  send_raw(&daemon, message, 8, daemon.memory, SLOTS);
  memset(message, 0, sizeof message);
  put64(message + 8, 5);
  put32(message + 32, 1);
  put32(message + 48, 500);
  send_message(&daemon, REQUEST, message, 556); /* with input events */
  CHECK(cs_wait(screen, &request, -1) == 1 && request.number == 5);
  cs_close(screen);
  stop(&daemon);
}

static void *hang_up_soon(void *argument) {
  Daemon *daemon = (Daemon *)argument;
  hang_up(daemon);
  return NULL;
}

static void the_daemon_ends_while_the_program_waits(void) {
  Daemon daemon = start();
  cs_screen *screen = connect_to(&daemon);
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, hang_up_soon, &daemon) == 0);
  CHECK(cs_wait(screen, NULL, -1) == -1);
  CHECK(pthread_join(thread, NULL) == 0);
  broken(&daemon, screen, "the daemon closed the connection");

  daemon = start();
  screen = connect_to(&daemon);
  hang_up(&daemon);
  CHECK(cs_status(screen, "no SIGPIPE", 0) == -1 && cs_may_retry(screen));
  broken(&daemon, screen, "the daemon closed the connection");

  daemon = start();
  screen = connect_to(&daemon);
  const cs_options none = {NULL, NULL, 0, 0, 0, 0, 0, 0, 0};
  hang_up(&daemon);
  CHECK(cs_configure(screen, &none) == -1);
  broken(&daemon, screen, "the daemon closed the connection");
}

static volatile sig_atomic_t signals;
static void on_signal(int number) {
  (void)number;
  signals = signals + 1;
}

static void time_limits(void) {
  Daemon daemon = start();
  const cs_options none = {NULL, NULL, 0, 0, 0, 0, 0, 0, 0};
  cs_screen *screen = connect_to(&daemon);
  screen->timeout_ms = 20; /* not for the handshake, which may take longer on a busy machine */
  const uint64_t before = cs_clock_ns();
  CHECK(cs_wait(screen, NULL, 3) == 0);
  CHECK(cs_clock_ns() - before >= 3000000u);
  CHECK(cs_configure(screen, &none) == -1);
  broken(&daemon, screen, "the daemon does not answer within 20 ms");

  /* a daemon that does not read */
  daemon = start();
  screen = connect_to(&daemon);
  screen->timeout_ms = 20;
  int sent = 0;
  while (cs_status(screen, "not read", 0) == 1) CHECK(++sent < 1000000);
  CHECK(sent > 0);
  broken(&daemon, screen, "the daemon does not read");
}

static void a_signal_ends_the_wait(void) {
  Daemon daemon = start();
  cs_screen *screen = connect_to(&daemon);
  struct sigaction action, old;
  struct itimerval often = {{0, 1000}, {0, 1000}}, never = {{0, 0}, {0, 0}};
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  CHECK(sigaction(SIGALRM, &action, &old) == 0);
  CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
  CHECK(cs_wait(screen, NULL, -1) == 0);
  CHECK(signals > 0);
  cs_close(screen);
  hang_up(&daemon);
  CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
  CHECK(sigaction(SIGALRM, &old, NULL) == 0);
  stop(&daemon);
}

#define EVENTS(text) text, sizeof text - 1

static void input_comes_with_requests(void) {
  Daemon daemon = start();
  cs_screen *screen = connect_to(&daemon);
  cs_event event;
  CHECK(cs_next_event(screen, &event) == 0);
  send_input(&daemon, EVENTS("\x05\x07\x02\0\x01KeyA"), 1); /* while there is no viewer */
  send_request_with(&daemon, 1,
                    EVENTS("\x01\x0d\x01\x02\x07\xff\x01\0\xff\xff\0\0\xff\xff\x05"
                           "\x02\x0b\0\0\0\x3f\0\0\x80\xbf\x04\0\x02"
                           "\x03\x0d\0\0\0\0\0\0\xf0\x42\0\0\xff\xff\x01"
                           "\x04\x0a\0\0\xc0\x3f\0\0\0\0xx"
                           "\x63\x03new"
                           "\x06\x03\xe2\x82\xac"
                           "\x07\x07\x01\x01\x01\x01\x01\x80\xff"
                           "\x08\x09\x20\x03\x58\x02\0\0\xc0\x3f\x01"),
                    8);
  CHECK(cs_wait(screen, NULL, -1) == 1);
  CHECK(cs_next_event(screen, &event) == 1 && event.kind == CS_KEY && event.action == CS_UP);
  CHECK(strcmp(event.text, "KeyA") == 0 && event.modifiers == CS_SHIFT && !event.repeat);
  CHECK(cs_next_event(screen, &event) == 1 && event.kind == CS_POINTER && event.action == CS_DOWN);
  CHECK(event.device == CS_TOUCH && event.id == 7 && event.button == -1 && event.buttons == 1);
  CHECK(event.x == daemon.width && event.y == 0 && event.pressure == 1 && event.modifiers == 5);
  CHECK(cs_next_event(screen, &event) == 1 && event.kind == CS_MOTION);
  CHECK(event.dx == daemon.width / 2.0 && event.dy == -(double)daemon.height && event.buttons == 4);
  CHECK(cs_next_event(screen, &event) == 1 && event.kind == CS_WHEEL && event.dy == 120 && event.pinch == 0);
  CHECK(event.y == daemon.height && event.modifiers == 1);
  CHECK(cs_next_event(screen, &event) == 1 && event.kind == CS_WHEEL && event.pinch == 1.5);
  CHECK(cs_next_event(screen, &event) == 1 && event.kind == CS_TEXT && strcmp(event.text, "\xe2\x82\xac") == 0);
  CHECK(cs_next_event(screen, &event) == 1 && event.kind == CS_GAMEPAD && event.connected && event.axes == 1);
  CHECK(event.axis[0] == -1 && event.pad_buttons == 1 && event.pad_button[0] == 1);
  CHECK(cs_next_event(screen, &event) == 1 && event.kind == CS_VIEWPORT && event.width == 800);
  CHECK(event.height == 600 && event.pixel_ratio == 1.5 && event.visible);
  CHECK(cs_next_event(screen, &event) == 0);
  cs_close(screen);
  hang_up(&daemon);
  stop(&daemon);
}

static void input_that_is_not_read_is_lost(void) {
  static char many[30000];
  Daemon daemon = start();
  cs_screen *screen = connect_to(&daemon);
  cs_event event;
  int count = 0;
  for (size_t at = 0; at < sizeof many; at += 10) memcpy(many + at, "\x05\x08\x01\0\0KeyAB", 10);
  for (int i = 0; i < 7; ++i) {
    send_input(&daemon, many, sizeof many, sizeof many / 10);
    CHECK(cs_wait(screen, NULL, 0) == 0);
  }
  while (cs_next_event(screen, &event)) ++count;
  CHECK(count > 0 && count <= 6554);
  CHECK(strcmp(event.text, "KeyAB") == 0);
  cs_close(screen);
  hang_up(&daemon);
  stop(&daemon);
}

static void malformed_input_ends_the_connection(void) {
  for (int i = 0; i < 3; ++i) {
    Daemon daemon = start();
    cs_screen *screen = connect_to(&daemon);
    if (i == 0) send_input(&daemon, EVENTS("\x05\x09xx"), 1);
    if (i == 1) send_request_with(&daemon, 1, EVENTS("\x05"), 1);
    if (i == 2) send_input(&daemon, "", 0, 1);
    CHECK(cs_wait(screen, NULL, -1) == -1);
    broken(&daemon, screen, "input is shorter than its events");
  }
}

static void the_program_says_what_it_wants(void) {
  unsigned char message[128] = {0};
  Daemon daemon = start();
  cs_screen *screen = connect_to(&daemon);
  CHECK(cs_want(screen, CS_POINTER | CS_KEY, "grab", 1) == 1);
  CHECK(receive(&daemon, WANTS, message, sizeof message) == 20);
  CHECK(get32(message + 8) == 9 && message[12] == 1 && memcmp(message + 16, "grab", 4) == 0);
  CHECK(cs_want(screen, 0, NULL, 0) == 1);
  CHECK(receive(&daemon, WANTS, message, sizeof message) == 16);
  CHECK(get32(message + 8) == 0 && message[12] == 0);
  cs_close(screen);
  hang_up(&daemon);
  stop(&daemon);
}

static void json_goes_both_ways(void) {
  unsigned char message[64] = {0};
  Daemon daemon = start();
  cs_screen *screen = connect_to(&daemon);
  CHECK(cs_next_json(screen) == NULL);
  CHECK(cs_send_json(screen, "{\"a\":1}") == 1);
  CHECK(receive(&daemon, MESSAGE, message, sizeof message) == 15 && memcmp(message + 8, "{\"a\":1}", 7) == 0);
  memcpy(message + 8, "[1]", 3);
  send_message(&daemon, MESSAGE, message, 11);
  memcpy(message + 8, "\"two\"", 5);
  send_message(&daemon, MESSAGE, message, 13);
  CHECK(cs_wait(screen, NULL, 0) == 0);
  CHECK(strcmp(cs_next_json(screen), "[1]") == 0);
  CHECK(strcmp(cs_next_json(screen), "\"two\"") == 0);
  CHECK(cs_next_json(screen) == NULL);
  char *large = (char *)malloc(CS_MESSAGE_MAX + 2);
  CHECK(large);
  memset(large, '1', CS_MESSAGE_MAX + 1);
  large[CS_MESSAGE_MAX + 1] = 0;
  CHECK(cs_send_json(screen, large) == -1);
  free(large);
  broken(&daemon, screen, "at most 16384");
}

int main(void) {
  static const struct {
    const char *name;
    void (*run)(void);
  } tests[] = {
#define TEST(name) {#name, name}
      TEST(hello_carries_the_options),
      TEST(pull_mode_answers_each_request_once),
      TEST(a_request_waits_for_a_free_slot),
      TEST(unchanged_frames_use_no_slot),
      TEST(push_mode_follows_the_demand),
      TEST(metadata_follows_the_frame),
      TEST(a_frame_is_shown_once),
      TEST(the_program_asks_for_another_size),
      TEST(the_daemon_refuses_another_size),
      TEST(the_daemon_changes_the_size_at_any_time),
      TEST(status_is_cut_between_characters),
      TEST(an_error_arrives_with_its_sentence),
      TEST(a_second_producer_gets_an_error),
      TEST(a_daemon_that_stops_may_come_back),
      TEST(no_daemon),
      TEST(another_path_is_tried_only_without_a_daemon),
      TEST(malformed_handshakes),
      TEST(malformed_messages),
      TEST(mutated_messages),
      TEST(later_versions_are_understood),
      TEST(the_daemon_ends_while_the_program_waits),
      TEST(time_limits),
      TEST(a_signal_ends_the_wait),
      TEST(input_comes_with_requests),
      TEST(input_that_is_not_read_is_lost),
      TEST(malformed_input_ends_the_connection),
      TEST(the_program_says_what_it_wants),
      TEST(json_goes_both_ways),
#undef TEST
  };
  atexit(remove_socket);
  signal(SIGALRM, time_is_over);
  alarm(240); /* a test that hangs fails */
  for (size_t i = 0; i < sizeof tests / sizeof tests[0]; ++i) {
    const int fds = count_fds();
    printf("%s\n", tests[i].name);
    fflush(stdout);
    tests[i].run();
    CHECK(count_fds() == fds);
    CHECK(count_mappings() == 0);
  }
  puts("all tests pass");
  return 0;
}
