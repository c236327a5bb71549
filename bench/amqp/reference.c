/* librabbitmq alone: publishes one body again and again under publisher confirms, with a bounded
 * number unconfirmed, as many as there are in a row. Prints messages and seconds.
 * reference PORT QUEUE BODY_FILE MESSAGES OUTSTANDING */
#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

static amqp_connection_state_t connection;

static void fail(const char *what) {
  fprintf(stderr, "reference: %s\n", what);
  exit(1);
}

static void check(const char *what) {
  if (amqp_get_rpc_reply(connection).reply_type != AMQP_RESPONSE_NORMAL) fail(what);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static amqp_bytes_t body_of(const char *path) {
  static char text[1 << 20];
  FILE *file = fopen(path, "rb");
  if (!file) fail("the body cannot be read");
  amqp_bytes_t body = {fread(text, 1, sizeof text, file), text};
  fclose(file);
  return body;
}

static void open_connection(int port) {
  connection = amqp_new_connection();
  amqp_socket_t *socket = amqp_tcp_socket_new(connection);
  if (!socket || amqp_socket_open(socket, "127.0.0.1", port)) fail("no connection");
  amqp_rpc_reply_t reply =
      amqp_login(connection, "/", 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest");
  if (reply.reply_type != AMQP_RESPONSE_NORMAL) fail("no login");
  amqp_channel_open(connection, 1);
  check("no channel");
  amqp_confirm_select(connection, 1);
  check("no confirms");
}

static void publish(amqp_bytes_t queue, amqp_bytes_t body, long number) {
  char id[40];
  snprintf(id, sizeof id, "d_%026ld", number);
  amqp_basic_properties_t properties;
  memset(&properties, 0, sizeof properties);
  properties._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG |
                      AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_TIMESTAMP_FLAG |
                      AMQP_BASIC_TYPE_FLAG | AMQP_BASIC_APP_ID_FLAG;
  properties.content_type = amqp_cstring_bytes("application/json");
  properties.delivery_mode = 2;
  properties.message_id = amqp_cstring_bytes(id);
  properties.timestamp = (uint64_t)time(NULL);
  properties.type = amqp_cstring_bytes("\\core\\event\\user_created");
  properties.app_id = amqp_cstring_bytes("MoodleIntegrationHub");
  if (amqp_basic_publish(connection, 1, amqp_empty_bytes, queue, 1, 0, &properties, body)) {
    fail("a message was not sent");
  }
}

/* The last message that is confirmed; `confirmed` if there is nothing new to read. */
static long read_confirms(long confirmed, int wait) {
  struct timeval at_once = {0, 0};
  amqp_frame_t frame;
  int status = wait ? amqp_simple_wait_frame(connection, &frame)
                    : amqp_simple_wait_frame_noblock(connection, &frame, &at_once);
  amqp_maybe_release_buffers(connection);
  if (status == AMQP_STATUS_TIMEOUT) return confirmed;
  if (status) fail("the connection broke");
  if (frame.frame_type != AMQP_FRAME_METHOD || frame.payload.method.id != AMQP_BASIC_ACK_METHOD) {
    fail("something else than an acknowledgement");
  }
  const amqp_basic_ack_t *ack = frame.payload.method.decoded;
  /* One by one or many at once: RabbitMQ confirms out of order, so that what counts is how many. */
  static char *seen;
  static long lowest = 1;
  if (!seen) seen = calloc(1, 1 << 28);
  if (!seen) fail("no memory");
  long tag = (long)ack->delivery_tag;
  if (tag >= 1 << 28) fail("too many messages");
  long first = ack->multiple ? lowest : tag;
  for (long i = first; i <= tag; ++i) {
    confirmed += !seen[i];
    seen[i] = 1;
  }
  while (seen[lowest]) ++lowest;
  return confirmed;
}

int main(int count, char **arguments) {
  if (count != 6) fail("PORT QUEUE BODY_FILE MESSAGES OUTSTANDING");
  open_connection(atoi(arguments[1]));
  const amqp_bytes_t queue = amqp_cstring_bytes(arguments[2]);
  const amqp_bytes_t body = body_of(arguments[3]);
  const long messages = atol(arguments[4]);
  const long outstanding = atol(arguments[5]);
  const double start = now();
  long sent = 0;
  long confirmed = 0;
  while (confirmed < messages) {
    while (sent < messages && sent - confirmed < outstanding) publish(queue, body, ++sent);
    confirmed = read_confirms(confirmed, 1);
    while (amqp_data_in_buffer(connection) || amqp_frames_enqueued(connection)) {
      confirmed = read_confirms(confirmed, 0);
    }
  }
  const double seconds = now() - start;
  printf("{\"messages\": %ld, \"seconds\": %.4f, \"cpu_seconds\": %.4f}\n", confirmed, seconds,
         (double)clock() / CLOCKS_PER_SEC);
  amqp_connection_close(connection, AMQP_REPLY_SUCCESS);
  amqp_destroy_connection(connection);
  return 0;
}
